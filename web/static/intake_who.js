// The combobox "who calls": options come from the server as the reader's own language has them; the pattern is ARIA's.
const WAIT_MS = 60;

export function combobox(input, list, nobody, { choose, leave, failed }) {
  let timer = 0, isAsking = false, shownFor = "", settled = "", wanted = false, at = 0;
  const options = () => [...list.children];

  function mark(index) {
    const all = options();
    at = all.length ? (index + all.length) % all.length : 0;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    if (list.hidden || !all.length) return;
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  }

  function open(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) input.removeAttribute("aria-activedescendant");
  }

  // One question at a time: what was typed meanwhile is asked once the answer is there.
  async function look() {
    const asked = input.value.trim();
    if (isAsking) return;
    nobody.hidden = true;
    if (!asked) { open(false); shownFor = ""; return; }
    isAsking = true;
    try {
      const answer = await fetch(`/intake/callers?${new URLSearchParams({ q: asked })}`);
      failed(answer.ok ? 0 : answer.status);
      if (answer.ok) show(asked, await answer.text()); else wanted = false;
    } catch {
      failed(-1);
      if (wanted) { wanted = false; leave(asked); }
    } finally { isAsking = false; }
    if (![asked, settled].includes(input.value.trim())) look();
  }

  function show(asked, html) {
    if (input.value.trim() !== asked) return;
    list.innerHTML = html;
    shownFor = asked;
    const isFocused = document.activeElement === input;
    open(isFocused && list.children.length > 0);
    nobody.hidden = list.children.length > 0;
    mark(0);
    if (wanted) { wanted = false; pick(); }
  }

  function pick() {
    const option = options()[at];
    open(false);
    if (option) choose(option.dataset, input.value);
    else leave(input.value.trim());
    settled = input.value.trim();
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
