// The combobox "who calls": options come from the server as the reader's own language has them; the pattern is ARIA's.
const WAIT_MS = 60;

export function combobox(input, list, nobody, { choose, leave, failed }) {
  let timer = 0, request = null, shownFor = "", wanted = false, at = -1;
  const options = () => [...list.children];

  function mark(index) {
    const all = options();
    at = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    if (at < 0) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }

  function open(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) mark(-1), at = -1, input.removeAttribute("aria-activedescendant");
  }

  async function look() {
    const asked = input.value.trim();
    request?.abort();
    nobody.hidden = true;
    if (!asked) { open(false); shownFor = ""; return; }
    request = new AbortController();
    try {
      const answer = await fetch(`/intake/callers?${new URLSearchParams({ q: asked })}`, { signal: request.signal });
      if (!answer.ok) { wanted = false; failed(answer.status); return; }
      list.innerHTML = await answer.text();
      shownFor = asked;
      open(list.children.length > 0);
      nobody.hidden = list.children.length > 0;
      mark(0);
      failed(0);
      if (wanted) { wanted = false; pick(); }
    } catch (fault) {
      if (fault.name === "AbortError") return;
      failed(-1);
      if (wanted) { wanted = false; leave(asked); }
    }
  }

  function pick() {
    const option = options()[at];
    open(false);
    if (option && !list.dataset.stale) choose(option.dataset, input.value);
    else leave(input.value.trim());
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden && list.children.length) open(true);
      mark(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      open(false);
    } else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      const asked = input.value.trim();
      if (asked && asked !== shownFor) { wanted = true; clearTimeout(timer); look(); return; }  // Typed faster than answered.
      if (list.hidden) leave(asked); else pick();
    }
  });
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    mark(options().indexOf(option));
    pick();
  });
  input.addEventListener("blur", () => open(false));
}
