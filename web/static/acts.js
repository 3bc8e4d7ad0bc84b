// Forms that open in place: the first field gets the focus, Escape closes them and gives it back, one is open at a time.
const form = (details) => details.querySelector("form")?.querySelector("input:not([type=hidden]), textarea, select, button");

// Opened in the click itself: whoever types on at once types into the form and presses no other key by it.
document.addEventListener("click", (event) => {
  const details = event.target.closest?.("details.act > summary")?.parentElement;
  if (!details) return;
  event.preventDefault();
  details.open = !details.open;
  if (!details.open) return;
  // Rows and cases are refreshed while people type; what is open is left as it is, also by a refresh already on its way.
  details.setAttribute("hx-morph-skip", "");
  for (const other of document.querySelectorAll("details.act[open]")) if (other !== details && !other.contains(details)) other.open = false;
  form(details)?.focus();
});

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.act:not([open])")) event.target.removeAttribute("hx-morph-skip");
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const details = event.target.closest?.("details.act[open]");
  if (!details) return;
  details.open = false;
  details.querySelector("summary").focus();
});

// A second click on a slow line sends nothing twice.
document.addEventListener("submit", (event) => {
  const sent = event.target;
  if (sent.dataset.sent !== undefined) { event.preventDefault(); return; }
  if (!event.defaultPrevented && sent.method === "post") {
    sent.dataset.sent = "";
    setTimeout(() => delete sent.dataset.sent, 5000);
  }
});
