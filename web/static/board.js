// The board's hands: choosing without waiting, rows that follow events, forms without losing the place, ten seconds to undo.
import { listen } from "./sound.js";

const rows = document.getElementById("rows");
const shown = document.getElementById("shown");
const wide = matchMedia("(min-width: 64rem)");
const SETTLE_MS = 120;
const OTHERS_MS = 10_000;
const UNDO_S = 10;
const address = new URL(location.href);
let current = shown?.querySelector("[data-number]")?.dataset.number || address.searchParams.get("c");
let lastShown = performance.now();
let timer;

// ---- choosing

function mark(number) {
  for (const link of rows.querySelectorAll("a[aria-current]")) if (link.parentElement.dataset.number !== number) link.removeAttribute("aria-current");
  rows.querySelector(`#c-${CSS.escape(number || "-")} > a`)?.setAttribute("aria-current", "true");
}

function choose(number) {
  current = number;
  mark(number);
  address.searchParams.set("c", number);
  history.replaceState(history.state, "", address);
  shown.setAttribute("aria-busy", "true");
  clearTimeout(timer);
  timer = setTimeout(() => showAgain(true), SETTLE_MS);
}

rows.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!shown || !link?.parentElement.dataset.number || event.metaKey || event.ctrlKey || event.shiftKey || !wide.matches) return;
  event.preventDefault();
  link.focus();
  choose(link.parentElement.dataset.number);
});

rows.addEventListener("keydown", (event) => {
  const item = event.target.closest("li[data-number]");
  if (event.key !== "Enter" || !item || event.ctrlKey || event.isComposing) return;
  event.preventDefault();
  location.assign(`/complaints/${encodeURIComponent(item.dataset.number)}`);
});

// ---- following events

function asked(path) {
  const url = new URL(path, location.origin);
  if (address.searchParams.get("q")) url.searchParams.set("q", address.searchParams.get("q"));
  if (current) url.searchParams.set("c", current);
  return url.pathname + url.search;
}

// A form that somebody fills in is not taken from under their hands.
const busy = () => shown.querySelector("details.act[open]") !== null;

function showAgain(force) {
  if (!shown || !current || (!force && busy())) return;
  lastShown = performance.now();
  const url = `${shown.dataset.shown}?c=${encodeURIComponent(current)}`;
  htmx.ajax("GET", url, { source: shown, target: shown, swap: "innerMorph" });
}

function rowsAgain() {
  htmx.ajax("GET", asked(rows.dataset.rows), { source: rows, target: rows, swap: "innerMorph" });
}

rows.addEventListener("changed", (event) => {
  rowsAgain();
  const numbers = event.detail?.numbers;
  const others = performance.now() - lastShown > OTHERS_MS;
  if (!numbers || numbers.includes(current) || others) showAgain(false);
});

document.addEventListener("htmx:after:swap", (event) => {
  if (rows.contains(event.target) || event.target === rows) { mark(current); listen(rows); }
  if (shown && event.target === shown) shown.removeAttribute("aria-busy");
});

// ---- forms that keep the place

async function send(form) {
  if (form.dataset.sending !== undefined) return;
  form.dataset.sending = "";
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true });
  delete form.dataset.sending;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.ok) {
    fold(form);
    showAgain(true);
    rowsAgain();
    return;
  }
  refuse(form, page.querySelector("main [role=alert], main .card p")?.textContent || answer.statusText);
}

function refuse(form, words) {
  if (!form.isConnected) form = shown.querySelector(".acts");
  const said = form.querySelector("[role=alert]") || form.insertBefore(document.createElement("p"), form.firstChild);
  said.className = "alert";
  said.setAttribute("role", "alert");
  said.textContent = words;
  form.closest("details")?.setAttribute("open", "");
}

// Keys go on from where the form was opened; a field that is hidden would swallow the next one.
function fold(form) {
  const details = form.closest("details");
  if (!details) return;
  if (details.contains(document.activeElement)) details.querySelector("summary")?.focus({ preventScroll: true });
  details.removeAttribute("open");
}

const toast = document.getElementById("undo");
let held;

function release() {
  if (!held) return;
  const { form, tick } = held;
  held = undefined;
  clearInterval(tick);
  toast.hidden = true;
  send(form);
}

function hold(form) {
  release();
  let left = UNDO_S;
  const say = () => { toast.querySelector("span").textContent = toast.dataset.words.replace("{name}", form.dataset.name).replace("{left}", left); };
  const tick = setInterval(() => { left -= 1; if (left <= 0) release(); else say(); }, 1000);
  // The form is kept as it was sent, whatever becomes of the page under it.
  held = { form: form.cloneNode(true), tick };
  fold(form);
  say();
  toast.hidden = false;
}

toast.querySelector("button").addEventListener("click", () => {
  if (!held) return;
  clearInterval(held.tick);
  held = undefined;
  toast.hidden = true;
});
addEventListener("pagehide", release);

shown?.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  event.preventDefault();
  if (event.target.dataset.held !== undefined) hold(event.target);
  else send(event.target);
});

listen(rows, true);
if (current) mark(current);
