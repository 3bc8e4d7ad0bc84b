// Keeps a page alive: times tick by the server's clock, rows follow the event stream, silence is admitted.
const meta = document.querySelector('meta[name="server-now"]');
const speed = Number(meta?.dataset.speed || 1);
const loadedAt = performance.now();
export const serverNow = () => Date.parse(meta.content) + (performance.now() - loadedAt) * speed;
const SOON_MS = 30 * 60 * 1000;
const STALE_MS = 25 * 1000;
const AGAIN_MS = 3000;

function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60000);
  const seconds = Math.floor((Math.abs(ms) % 60000) / 1000);
  const two = (n) => String(n).padStart(2, "0");
  return minutes < 60 ? `${two(minutes)}:${two(seconds)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-left]")) {
    const left = Date.parse(time.dateTime) - serverNow();
    const words = `${left < 0 ? time.dataset.late : time.dataset.left} ${span(left)}`;
    // Written only when it reads differently: three hundred rows laid out every second would cost keys their time.
    if (time.textContent !== words) time.textContent = words;
    time.classList.toggle("late", left < 0);
    time.classList.toggle("soon", left >= 0 && left < SOON_MS);
  }
}

// A browser opens six connections to a host over HTTP/1.1. Twelve tabs with a stream each would leave none for pages, so
// the tabs of a session share one: whichever holds the lock keeps it open and tells the others what it hears.
function share(address, tell) {
  const name = `live ${document.querySelector('meta[name="csrf"]')?.content}`;
  const others = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
  if (others) others.onmessage = ({ data }) => tell(...data);
  const heard = (kind, detail) => { tell(kind, detail); others?.postMessage([kind, detail]); };
  let source;
  const connect = () => {
    source = new EventSource(address);
    // What changed between the page and the stream is told by nobody: the rows are read again once it is open.
    source.addEventListener("open", () => heard("refresh"));
    source.addEventListener("ping", () => heard("ping"));
    // Which complaints changed, where the stream says it; nothing means that anything may have.
    source.addEventListener("changed", (event) => heard("changed", JSON.parse(event.data)));
    source.addEventListener("refresh", () => heard("refresh"));
    source.addEventListener("error", () => {
      // A refused reconnect (a proxy's error page, a restart) closes the stream for good; we try again ourselves, and
      // until it is open nothing was heard.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS);
    });
  };
  addEventListener("pagehide", () => source?.close());
  // Without locks (an old browser, a plain address in the house) each tab has a stream of its own.
  if (!others || !navigator.locks) { connect(); return; }
  const lead = () => { connect(); return new Promise(() => {}); };
  navigator.locks.request(name, { ifAvailable: true }, (lock) => {
    if (lock) return lead();
    tell("refresh");
    navigator.locks.request(name, lead).catch(() => {});
    return undefined;
  });
}

function follow(rows) {
  const banner = document.getElementById("stale");
  let heardAt = performance.now();
  let heardClock = serverNow();
  share(rows.dataset.live, (kind, detail) => {
    heardAt = performance.now();
    heardClock = serverNow();
    banner.hidden = true;
    if (kind !== "ping") rows.dispatchEvent(new CustomEvent("changed", { detail }));
  });
  setInterval(() => {
    if (performance.now() - heardAt > STALE_MS) {
      banner.textContent = banner.dataset.words.replace("{time}", new Date(heardClock).toLocaleTimeString(document.documentElement.lang));
      banner.hidden = false;
    }
  }, 1000);
}

// A page that comes back from the browser's memory has a closed stream and old rows: it is read anew.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

tick();
setInterval(tick, 1000);
const rows = document.querySelector("[data-live]");
if (rows) {
  document.addEventListener("htmx:after:swap", tick);
  follow(rows);
}
