// Keeps a page alive: times tick by the server's clock, rows follow the event stream, silence is admitted.
const meta = document.querySelector('meta[name="server-now"]');
const speed = Number(meta?.dataset.speed || 1);
const loadedAt = performance.now();
const serverNow = () => Date.parse(meta.content) + (performance.now() - loadedAt) * speed;
const SOON_MS = 30 * 60 * 1000;
const STALE_MS = 25 * 1000;

function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60000);
  const seconds = Math.floor((Math.abs(ms) % 60000) / 1000);
  const two = (n) => String(n).padStart(2, "0");
  return minutes < 60 ? `${two(minutes)}:${two(seconds)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-left]")) {
    const left = Date.parse(time.dateTime) - serverNow();
    time.textContent = `${left < 0 ? time.dataset.late : time.dataset.left} ${span(left)}`;
    time.classList.toggle("late", left < 0);
    time.classList.toggle("soon", left >= 0 && left < SOON_MS);
  }
}

function follow(rows) {
  const banner = document.getElementById("stale");
  let heardAt = performance.now();
  let heardClock = new Date();
  const heard = () => { heardAt = performance.now(); heardClock = new Date(); banner.hidden = true; };
  const refresh = (event) => {
    heard();
    // Which complaints changed, where the stream says it; nothing means that anything may have.
    const detail = event?.type === "changed" ? JSON.parse(event.data) : undefined;
    rows.dispatchEvent(new CustomEvent("changed", { detail }));
  };
  let source;
  const connect = () => {
    source = new EventSource(rows.dataset.live);
    // What changed between the page and the stream is told by nobody: the rows are read again once it is open.
    source.addEventListener("open", refresh);
    source.addEventListener("ping", heard);
    source.addEventListener("changed", refresh);
    source.addEventListener("refresh", refresh);
    source.addEventListener("error", () => {
      // A refused reconnect (a proxy's error page, a restart) closes the stream for good; we try again ourselves.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => { connect(); refresh(); }, 3000);
    });
  };
  connect();
  addEventListener("pagehide", () => source.close());
  setInterval(() => {
    if (performance.now() - heardAt > STALE_MS) {
      banner.textContent = banner.dataset.words.replace("{time}", heardClock.toLocaleTimeString());
      banner.hidden = false;
    }
  }, 1000);
}

tick();
setInterval(tick, 1000);
const rows = document.querySelector("[data-live]");
if (rows) {
  document.addEventListener("htmx:after:swap", tick);
  follow(rows);
}
