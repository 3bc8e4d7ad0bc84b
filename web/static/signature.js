// A signature by finger, pen or mouse: strokes drawn on a canvas and kept as JSON in a hidden field, so that the form stays a
// plain form. <div data-signature><input type="hidden" name="signature"><canvas></canvas>
// <button data-undo> <button data-clear></div>. What the field holds at first is drawn again.
const PRECISION = 10;

function attach(box) {
  const field = box.querySelector("input[type=hidden]");
  const canvas = box.querySelector("canvas");
  const pen = canvas.getContext("2d");
  let strokes = [];
  let begun = null;
  let drawing = null;

  const size = () => canvas.getBoundingClientRect();
  const round = (n) => Math.round(n * PRECISION) / PRECISION;

  function keep() {
    const { width, height } = size();
    field.value = strokes.length ? JSON.stringify({ width: round(width), height: round(height), strokes }) : "";
    box.toggleAttribute("data-signed", strokes.length > 0);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function draw() {
    const { width, height } = size();
    const dots = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(width * dots));
    canvas.height = Math.max(1, Math.round(height * dots));
    pen.scale(dots, dots);
    pen.lineWidth = 2.5;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = getComputedStyle(canvas).color;
    for (const stroke of strokes) {
      pen.beginPath();
      stroke.forEach((point, at) => (at ? pen.lineTo(point.x, point.y) : pen.moveTo(point.x, point.y)));
      pen.stroke();
    }
  }

  function point(event) {
    const { left, top } = size();
    begun ??= event.timeStamp;
    return { x: round(event.clientX - left), y: round(event.clientY - top), t: Math.max(0, Math.round(event.timeStamp - begun)) };
  }

  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawing = event.pointerId;
    strokes.push([point(event)]);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drawing !== event.pointerId) return;
    const seen = event.getCoalescedEvents?.() ?? [];
    for (const each of seen.length ? seen : [event]) strokes.at(-1).push(point(each));
    draw();
  });
  const end = (event) => {
    if (drawing !== event.pointerId) return;
    drawing = null;
    keep();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  box.querySelector("[data-undo]")?.addEventListener("click", () => { strokes.pop(); keep(); draw(); });
  box.querySelector("[data-clear]")?.addEventListener("click", () => { strokes = []; begun = null; keep(); draw(); });
  new ResizeObserver(draw).observe(canvas);
  try { strokes = JSON.parse(field.value || "{}").strokes || []; } catch { strokes = []; }
  box.toggleAttribute("data-signed", strokes.length > 0);
  draw();
}

for (const box of document.querySelectorAll("[data-signature]")) attach(box);
