// Single keys for whoever works without a mouse. A key is printed on its element (`data-key="a"`), so what a page can do by
// key is what it shows; `?` lists them. Inside fields every key types. Only Ctrl+Enter works there: it sends the form.
const STORED = "keys";
const dialog = document.getElementById("shortcuts");
const isOn = () => document.documentElement.dataset.keys !== "off";

function inField(target) {
  return target.closest?.('input:not([type="radio"]):not([type="checkbox"]):not([type="button"]), textarea, select, [contenteditable]') !== null;
}

function reachable(element) {
  return !element.disabled && element.checkVisibility?.() !== false;
}

function press(element) {
  if (element.matches("input, textarea, select")) {
    element.focus();
    if (element.matches('[type="radio"], [type="checkbox"]')) element.click();
  } else element.click();
}

function move(list, step) {
  const items = [...list.querySelectorAll("a[href], [data-item]")];
  const at = items.findIndex((item) => item === document.activeElement || item.hasAttribute("aria-current"));
  // Only the next ones are asked whether they can be reached: to ask all means to lay out rows that nobody sees.
  const onward = at < 0 ? items : step > 0 ? items.slice(at + 1) : items.slice(0, at).reverse();
  const next = onward.find(reachable) || items[at];
  if (!next) return;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (list.dataset.follow !== undefined) next.click();
}

function listAll() {
  const list = dialog.querySelector("ul");
  list.replaceChildren();
  const shown = new Set();
  for (const element of document.querySelectorAll("[data-key]")) {
    const key = element.dataset.key;
    if (shown.has(key) || !reachable(element)) continue;
    shown.add(key);
    const line = document.createElement("li");
    const cap = document.createElement("kbd");
    cap.textContent = key === " " ? "␣" : key.toUpperCase();
    const words = element.dataset.keyName || element.getAttribute("aria-label") || element.textContent;
    line.append(cap, words.replace(/\s+/g, " ").trim().replace(new RegExp(`\\s${key}$`, "i"), ""));
    list.append(line);
  }
  dialog.showModal();
}

function onKey(event) {
  // A key that an input method is still composing belongs to it; 229 is how older browsers say so.
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === "Enter" && event.ctrlKey) {
    const form = event.target.closest?.("form") || document.querySelector("form[data-main]");
    if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("[data-send]") || undefined); }
    return;
  }
  if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  if (event.key === "?" && dialog) { event.preventDefault(); listAll(); return; }
  if (document.querySelector("dialog[open]") && !event.target.closest?.("dialog")) return;
  const list = document.querySelector("[data-list]");
  if (list && (event.key === "j" || event.key === "k")) { event.preventDefault(); move(list, event.key === "j" ? 1 : -1); return; }
  const scope = event.target.closest?.("dialog[open]") || document;
  const found = [...scope.querySelectorAll(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)].find(reachable);
  if (found) { event.preventDefault(); press(found); }
}

function set(on) {
  document.documentElement.dataset.keys = on ? "on" : "off";
  try { localStorage.setItem(STORED, on ? "on" : "off"); } catch { /* A browser without storage forgets the choice. */ }
}

let stored = null;
try { stored = localStorage.getItem(STORED); } catch { /* As above. */ }
document.documentElement.dataset.keys = stored === "off" ? "off" : "on";
document.documentElement.dataset.script = "";
addEventListener("keydown", onKey);
const toggle = dialog?.querySelector("input[type=checkbox]");
if (toggle) {
  toggle.checked = isOn();
  toggle.addEventListener("change", () => set(toggle.checked));
}
for (const opener of document.querySelectorAll("[data-opens]")) {
  opener.addEventListener("click", () => document.getElementById(opener.dataset.opens)?.showModal());
}
