// Forms that open in place: the first field gets the focus, Escape closes them and gives it back, one is open at a time.
const form = (details) => details.querySelector("input:not([type=hidden]), textarea, select, button");

document.addEventListener("toggle", (event) => {
  const details = event.target;
  if (!details.matches?.("details.act") || !details.open) return;
  for (const other of document.querySelectorAll("details.act[open]")) if (other !== details && !other.contains(details)) other.open = false;
  form(details)?.focus();
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
