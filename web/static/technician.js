// What a form alone can't do on a phone: say where one is when arriving, press once only, and look for new offers.
const LOCATE_MS = 10000;
const LOOK_MS = 15000;
const WHY = { 1: "denied", 2: "unavailable", 3: "timeout" };

function set(form, name, value) {
  const field = form.elements.namedItem(name);
  if (field) field.value = value;
}

function locate(form) {
  return new Promise((done) => {
    if (!navigator.geolocation) { set(form, "position_missing", "unavailable"); done(); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        set(form, "position.latitude", coords.latitude);
        set(form, "position.longitude", coords.longitude);
        set(form, "position.accuracy_m", Math.min(coords.accuracy, 1e6));
        set(form, "position_missing", "");
        done();
      },
      (fault) => { set(form, "position_missing", WHY[fault.code] || "unavailable"); done(); },
      { enableHighAccuracy: true, timeout: LOCATE_MS, maximumAge: 30000 },
    );
  });
}

addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.sent !== undefined) { event.preventDefault(); return; }
  form.dataset.sent = "";
  const button = event.submitter;
  if (form.dataset.locate === undefined) return;
  event.preventDefault();
  if (button?.dataset.waiting) button.textContent = button.dataset.waiting;
  await locate(form);
  form.submit();
});
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

const work = document.getElementById("work");
if (work) {
  setInterval(() => {
    const busy = work.querySelector("details[open]") || work.contains(document.activeElement) || document.hidden;
    if (!busy && !work.querySelector("[data-sent]")) work.dispatchEvent(new CustomEvent("changed"));
  }, LOOK_MS);
}
