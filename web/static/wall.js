// The wall: rows and map follow events for days. Nobody is there to reload it, so it does that itself: when its session or
// the server's version ended, when the machine slept, and once in a while anyway.
import { serverNow } from "./live.js";
import { follow } from "./map.js";
import { listen, reload } from "./sound.js";

const rows = document.getElementById("rows");
const clock = document.getElementById("wall-clock");
const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.zone });
const ANEW_MS = 6 * 3600 * 1000;
const AGAIN_MS = 60 * 1000;
const SLEPT_MS = 60 * 1000;
const loadedAt = Date.now();
let readAt = Date.now();
let tickedAt = Date.now();
let asking;

// A second event while an answer is on its way asks once more afterwards, so that the last word is shown.
async function read() {
  if (asking) { asking = "again"; return; }
  asking = "once";
  try {
    const answer = await fetch(rows.dataset.rows, { headers: { Accept: "text/html" } });
    if (answer.redirected || [401, 403].includes(answer.status)) location.reload();
    else if (answer.ok) show(await answer.text());
  } catch { /* The server is away; the page says how old it is and asks again. */ }
  const again = asking === "again";
  asking = undefined;
  if (again) read();
}

function show(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  rows.replaceChildren(...fresh.body.childNodes);
  readAt = Date.now();
  document.dispatchEvent(new CustomEvent("htmx:after:swap"));
  listen(rows);
  follow();
}

// Loaded anew only while the server answers: otherwise the last known state stays, with the time at which it stopped.
async function anew() {
  try { if ((await fetch("/health/live")).ok) reload(); } catch { /* Later, then. */ }
}

setInterval(() => {
  const now = Date.now();
  const slept = now - tickedAt > SLEPT_MS;
  tickedAt = now;
  clock.textContent = hours.format(serverNow());
  if (slept || now - loadedAt > ANEW_MS) anew();
  else if (now - readAt > AGAIN_MS) { readAt = now; read(); }
}, 1000);

rows.addEventListener("changed", read);
listen(rows, true);
