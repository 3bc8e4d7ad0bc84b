// Draws what `data-map` says: a site with its honest radius, people around it, rings; or all open cases. The map's element
// outlives refreshes of the page, so that a reader's view stays. The lists beside say everything, too, and are linked with it.
const NAMES_FROM = 7;
// Kilometres around a site that are shown at least.
const LEAST_KM = 25;
const CHINA = [[18, 73.5], [53.5, 135]];
const YEAR_S = 365 * 24 * 3600;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const wide = matchMedia("(min-width: 64rem)");
const chinese = document.documentElement.lang.startsWith("zh");
let map, layers, names, outlines, loading, drawn, about;
let spots = [];
let lit;

const part = () => document.querySelector("[data-map]");
const isOpen = (place) => getComputedStyle(place.querySelector(".map-body") || document.getElementById("map")).display !== "none";

// ---- the ground

function unpack(flat, per) {
  const line = [];
  let x = 0;
  let y = 0;
  for (let at = 0; at < flat.length; at += 2) line.push([(y += flat[at + 1]) / per, (x += flat[at]) / per]);
  return line;
}

async function ground(box) {
  outlines ||= await (await fetch(box.dataset.outlines)).json();
  if (!map || map.getContainer() !== box) return;
  const { perDegree: per, land, provinces, prefectures, lines } = outlines;
  const pane = map.createPane("ground");
  pane.style.zIndex = 200;
  const flat = { renderer: L.svg({ pane: "ground", padding: 0.3 }), pane: "ground", interactive: false };
  L.polygon(land.map((ring) => [unpack(ring, per)]), { ...flat, className: "land" }).addTo(map);
  for (const [className, all] of [["prefecture", prefectures], ["province", provinces], ["province", lines]]) {
    L.polyline(all.map((line) => unpack(line, per)), { ...flat, className, fill: false }).addTo(map);
  }
  map.attributionControl.addAttribution(outlines.credit);
  name();
}

function name() {
  names.clearLayers();
  if (!outlines) return;
  const seen = map.getBounds().pad(0.1);
  for (const [zh, en, x, y] of outlines.names[map.getZoom() >= NAMES_FROM ? 1 : 0]) {
    const at = [y / outlines.perDegree, x / outlines.perDegree];
    if (seen.contains(at)) label(at, chinese ? zh : en, "place-name").addTo(names);
  }
}

function label(at, words, className) {
  const html = document.createElement("span");
  html.textContent = words;
  html.ariaHidden = "true";
  return L.marker(at, { icon: L.divIcon({ className, html, iconSize: [0, 0] }), interactive: false, keyboard: false, pane: "names" });
}

function make(box) {
  map = L.map(box, {
    zoomControl: false, attributionControl: false, scrollWheelZoom: false, dragging: matchMedia("(pointer: fine)").matches,
    minZoom: 3, maxZoom: 17, zoomSnap: 0.5, worldCopyJump: true, zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm,
  });
  map.createPane("names").style.zIndex = 450;
  map.attributionControl = L.control.attribution({ prefix: false }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (box.dataset.static === undefined) L.control.zoom({ zoomInTitle: box.dataset.nearer, zoomOutTitle: box.dataset.farther }).addTo(map);
  layers = L.layerGroup().addTo(map);
  names = L.layerGroup().addTo(map);
  // The wheel scrolls the page until somebody has stepped into the map.
  map.on("focus", () => map.scrollWheelZoom.enable()).on("blur", () => map.scrollWheelZoom.disable());
  map.on("zoomend", spread).on("moveend", name);
  new ResizeObserver(() => map?.invalidateSize({ animate: false })).observe(box);
  drawn = about = undefined;
}

function cover(box) {
  if (!box.dataset.tiles) { ground(box); return; }
  const credit = document.createElement("span");
  credit.textContent = box.dataset.credit;
  // Providers ask who shows their tiles; they are told the origin and no more.
  L.tileLayer(box.dataset.tiles, { attribution: credit.innerHTML, maxZoom: 18, referrerPolicy: "strict-origin-when-cross-origin" }).addTo(map);
}

// ---- what stands on it

function spot(one, className, mark, zIndexOffset) {
  const html = document.createElement("span");
  html.className = `dot ${className}`;
  html.textContent = mark;
  const marker = L.marker(one.at, { icon: L.divIcon({ className: "spot", html, iconSize: [0, 0] }), keyboard: false, title: one.says || "", zIndexOffset });
  marker.addTo(layers);
  const element = marker.getElement();
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", one.says || mark);
  spots.push({ id: one.id, at: L.latLng(one.at), html });
  if (one.id) marker.on("click", () => pick(one.id)).on("mouseover", () => light(one.id)).on("mouseout", () => light());
}

function around(site, { km, says }, className) {
  L.circle(site.at, { radius: km * 1000, className: `ring ${className}`, fill: false, interactive: false }).addTo(layers);
  const north = km / 111.2;
  label([site.at[0] + (className ? -north : north), site.at[1]], says, `ring-name ${className}`).addTo(layers);
}

function draw(chart) {
  layers.clearLayers();
  spots = [];
  const { site } = chart;
  if (site) {
    for (const ring of chart.rings) around(site, ring, "");
    if (chart.reach) around(site, chart.reach, "reach");
    if (site.radius_m) L.circle(site.at, { radius: site.radius_m, className: "radius", interactive: false }).addTo(layers);
    spot(site, site.known ? "site" : "site rough", "", 2000);
  }
  for (const one of chart.people) spot(one, one.kind, one.mark, one.kind === "cannot" ? 0 : 1000);
  for (const one of chart.cases) spot(one, `case ${one.grade}`, one.mark, one.grade === "major" ? 1000 : 0);
}

function fit(chart) {
  const { site } = chart;
  const bounds = L.latLngBounds([]);
  if (site) {
    const near = site.known ? Math.max(LEAST_KM, chart.rings.at(-2)?.km || 0) : 100;
    bounds.extend(L.latLng(site.at).toBounds(near * 2000)).extend(L.latLng(site.at).toBounds(site.radius_m * 2));
  }
  for (const one of [...chart.people.filter((each) => each.kind !== "cannot"), ...chart.cases]) bounds.extend(one.at);
  map.fitBounds(bounds.isValid() ? bounds.pad(site ? 0.12 : 0.25) : CHINA, { maxZoom: site ? 13 : 8, animate: false });
}

// Whoever stands at the same place is drawn side by side: the first in the middle, six around it, twelve around those.
function spread() {
  const step = Math.max(23, ...spots.map((one) => one.html.offsetWidth + 2));
  const heaps = [];
  for (const one of spots) {
    const at = map.latLngToLayerPoint(one.at);
    const heap = heaps.find((each) => each.at.distanceTo(at) < step - 3);
    if (heap) heap.all.push(one); else heaps.push({ at, all: [one] });
  }
  for (const { all } of heaps) all.forEach((one, at) => { one.html.style.translate = beside(at, step); });
}

function beside(at, step) {
  let round = 0;
  let first = 0;
  while (at >= first + (round ? 6 * round : 1)) { first += round ? 6 * round : 1; round += 1; }
  const angle = round ? ((at - first) / (6 * round)) * 2 * Math.PI : 0;
  return `${Math.round(Math.cos(angle) * round * step)}px ${Math.round(Math.sin(angle) * round * step)}px`;
}

// ---- map and list point at each other

function light(id) {
  lit = id;
  for (const one of spots) if (one.id) one.html.classList.toggle("lit", one.id === id);
  for (const item of document.querySelectorAll(".people > li")) item.classList.toggle("lit", item.id === `p-${id}`);
}

function chosen() {
  const open = new Set([...document.querySelectorAll(".people > li:has(> details.act[open])")].map((item) => item.id));
  for (const one of spots) one.html.classList.toggle("chosen", open.has(`p-${one.id}`));
}

function pick(id) {
  const item = document.getElementById(`p-${id}`);
  if (!item) return;
  item.closest("details.barred")?.setAttribute("open", "");
  item.scrollIntoView({ block: "nearest" });
  item.querySelector("summary")?.focus({ preventScroll: true });
  light(id);
}

for (const happens of ["pointerover", "focusin"]) {
  document.addEventListener(happens, (event) => {
    const item = event.target.closest?.(".people > li[id]");
    if (item) light(item.id.slice(2));
    else if (!event.target.closest?.(".map")) light();
  });
}
document.addEventListener("toggle", (event) => { if (event.target.matches?.(".people details.act")) chosen(); }, true);

// ---- opened, closed, refreshed

export async function follow() {
  const place = part();
  if (!place) return;
  // A refresh that was on its way when somebody chose doesn't know the choice.
  const chose = document.cookie.match(/(?:^|; )map=(on|off)/)?.[1];
  if (chose) place.dataset.choice = chose;
  place.querySelector(".map-toggle")?.setAttribute("aria-expanded", String(isOpen(place)));
  if (!isOpen(place)) return;
  loading ||= import("/static/vendor/leaflet-1.9.4/leaflet.js");
  await loading;
  show();
}

// Without a pause in it: what was asked for may have changed while Leaflet came.
function show() {
  const place = part();
  const box = document.getElementById("map");
  if (!place || !box || !isOpen(place)) return;
  if (map && map.getContainer() !== box) { map.remove(); map = undefined; }
  const isNew = !map;
  if (isNew) make(box);
  const text = place.dataset.map;
  if (text !== drawn) {
    const chart = JSON.parse(text);
    // It may have been hidden, without a size, until now.
    map.invalidateSize({ animate: false });
    if (chart.key !== about || box.dataset.static !== undefined) fit(chart);
    draw(chart);
    [drawn, about] = [text, chart.key];
  }
  if (isNew) cover(box);
  spread();
  chosen();
  light(lit);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".map-toggle");
  if (!button) return;
  const place = button.closest("[data-map]");
  place.dataset.choice = isOpen(place) ? "off" : "on";
  document.cookie = `map=${place.dataset.choice}; path=/; max-age=${YEAR_S}; samesite=lax`;
  follow();
});
// Only what the map belongs to: rows change far more often, and measuring the page for nothing costs keys their time.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.target.id !== "shown") return;
  // A refresh brings the list as the server knows it, which doesn't know where somebody points.
  light(lit);
  requestIdleCallback(follow, { timeout: 300 });
});
wide.addEventListener("change", follow);
follow();
