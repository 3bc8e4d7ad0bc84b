// A sound for a new major complaint, with a switch that is seen and remembered. It never says more than is true: browsers
// let a page sound only after somebody touched it, and until then the switch asks for that.
const sound = document.getElementById("sound");
const STORED = "sound";
const HEARD = "heard";
const majors = new Set();
let audio;
let on = true;
let heard = false;
let asked = false;
try {
  on = localStorage.getItem(STORED) !== "off";
  heard = sessionStorage.getItem(STORED) === HEARD;
  sessionStorage.removeItem(STORED);
} catch { /* A browser without storage forgets the choice. */ }

const audible = () => audio?.state === "running";

function show() {
  sound.setAttribute("aria-pressed", String(on && audible()));
  sound.textContent = !on ? sound.dataset.off : audible() ? sound.dataset.on : sound.dataset.waits;
}

async function wake() {
  if (!audio) {
    audio = new AudioContext();
    audio.addEventListener("statechange", show);
  }
  if (!audible()) await audio.resume();
}

// The first press makes it heard; the next one switches, also where nothing will ever be heard.
sound.addEventListener("click", async () => {
  asked = on && !audible() && !asked;
  if (!asked) {
    on = !on;
    try { localStorage.setItem(STORED, on ? "on" : "off"); } catch { /* As above. */ }
  }
  show();
  if (!on) return;
  await wake();
  beep();
});

// Any touch will do. A key that the browser doesn't count as one (Escape) would only make it complain.
for (const touched of ["pointerup", "keydown"]) {
  addEventListener(touched, (event) => {
    if (on && !sound.contains(event.target) && (navigator.userActivation?.isActive ?? true)) wake();
  }, { passive: true });
}

// What is rung while nothing can be heard would sound all at once at the first touch.
function beep() {
  if (!on || !audible()) return;
  for (const [at, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    tone.frequency.value = pitch;
    loud.gain.value = 0.2;
    tone.connect(loud).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.2);
  }
}

export function listen(rows, first) {
  const found = [...rows.querySelectorAll('li[data-grade="major"]')];
  const fresh = first ? [] : found.filter((item) => !majors.has(item.dataset.number));
  for (const item of found) majors.add(item.dataset.number);
  if (!fresh.length) return;
  for (const item of fresh) item.classList.add("fresh");
  const news = document.getElementById("news");
  news.textContent = news.dataset.words.replace("{number}", fresh.map((item) => item.dataset.number).join(", "));
  beep();
}

// A page that loads itself anew goes on being heard: the browser counts the touch before. Whoever loads it by hand is
// there to touch it, and there the browser doesn't.
export function reload() {
  try { if (audible()) sessionStorage.setItem(STORED, HEARD); } catch { /* As above. */ }
  location.reload();
}

show();
if (on && heard) wake();
