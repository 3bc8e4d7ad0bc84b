// A sound for a new major complaint, with a switch that is seen and remembered.
const sound = document.getElementById("sound");
const STORED = "sound";
const majors = new Set();
let audio;
let on = true;
try { on = localStorage.getItem(STORED) !== "off"; } catch { /* A browser without storage forgets the choice. */ }

function show() {
  sound.setAttribute("aria-pressed", String(on));
  sound.textContent = on ? sound.dataset.on : sound.dataset.off;
}

sound.addEventListener("click", () => {
  on = !on;
  try { localStorage.setItem(STORED, on ? "on" : "off"); } catch { /* As above. */ }
  show();
  if (on) beep();
});

// Browsers let a page sound only after somebody touched it.
for (const touched of ["pointerdown", "keydown"]) addEventListener(touched, () => { audio ||= new AudioContext(); audio.resume(); }, { passive: true });

function beep() {
  if (!on || !audio) return;
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

show();
