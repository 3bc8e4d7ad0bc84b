// Spares the agent keys and keeps the call: everything here is an addition to a form that works without it. Words come
// from the page; what is known about the call comes from the server, as parts that replace their likes.
import * as kept from "./intake_kept.js";
import { combobox } from "./intake_who.js";

const form = document.getElementById("call");
const actor = form.dataset.actor;
const field = (name) => form.elements[name];
const notices = document.getElementById("notices");
const keptCard = document.getElementById("kept");
const timer = document.getElementById("timer");
const questions = [...document.querySelectorAll("[data-question]")];
const meta = document.querySelector('meta[name="server-now"]');
const csrf = document.querySelector('meta[name="csrf"]').content;
const serverNow = () => Date.parse(meta.content) + performance.now() * Number(meta.dataset.speed || 1);
const clock = (ms) => new Date(ms).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
const GOAL_S = 60;

// What the fields don't say: the unit chosen (its radio may not be here yet), what is not the same, the first key's time.
const state = { unit: "", apart: [], attempt: null };
let isAsking = false, isStale = false, focusUnits = false, afresh = false;

/* ---- fields as a draft ---- */

function fields() {
  const given = Object.fromEntries(new FormData(form));
  delete given.csrf;
  return { ...given, unit: state.unit };
}

const isBlank = (given) => !Object.entries(given).some(([name, value]) => value && name !== "called_at");

function keep() {
  const given = fields();
  if (isBlank(given)) { kept.discard(); return; }
  if (!field("called_at").value) field("called_at").value = new Date(serverNow()).toISOString();
  const stored = kept.save({ actor, savedAt: Date.now(), fields: fields(), apart: state.apart, attempt: state.attempt });
  notice("unstored", !stored);
}

function restore(draft) {
  for (const [name, value] of Object.entries(draft.fields)) {
    const found = form.elements[name];
    if (name === "unit" || !found) continue;
    if (found instanceof RadioNodeList) [...found].forEach((radio) => { radio.checked = radio.value === value; });
    else found.value = value;
  }
  Object.assign(state, { unit: draft.fields.unit || "", apart: draft.apart || [], attempt: draft.attempt || null });
  const details = form.querySelector("details");
  details.open = [...details.querySelectorAll("input")].some((input) => input.value);
}

/* ---- notices ---- */

function notice(name, isOn, { time = "", act = null } = {}) {
  notices.querySelector(`[data-notice="${name}"]`)?.remove();
  if (!isOn) return;
  const words = { away: "away", "signed-out": "signedOut", restored: "restored", unstored: "unstored" }[name];
  const line = document.createElement("p");
  line.className = `notice ${name === "restored" ? "" : "warn"}`;
  line.dataset.notice = name;
  line.append(notices.dataset[words].replace("{time}", time));
  if (act) line.append(act);
  notices.append(line);
}

function reached(status) {
  notice("away", status === -1 || status >= 500);
  if (status === 0 && keptCard.dataset.stuck !== undefined) flush();
  if (status !== 401) { notice("signed-out", false); return; }
  const link = document.createElement("a");
  link.href = signInPath();
  link.textContent = notices.dataset.signIn;
  notice("signed-out", true, { act: link });
}

const signInPath = () => `/sign-in?${new URLSearchParams({ back: "/intake" })}`;

/* ---- what the server says to the call so far ---- */

// One question at a time: whatever changes meanwhile is asked once the answer is there, and a stale answer isn't shown.
async function refresh() {
  isStale = isAsking;
  if (isAsking) return;
  isAsking = true;
  try {
    const answer = await fetch("/intake/aside", { method: "POST", body: new URLSearchParams({ csrf, ...fields() }) });
    reached(answer.ok ? 0 : answer.status);
    const html = await answer.text();
    if (answer.ok && !isStale) replaceParts(html);
  } catch {
    reached(-1);
    focusUnits = false;
  } finally { isAsking = false; }
  if (isStale) refresh();
}

const shown = new Map();
function replaceParts(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  const focused = document.activeElement?.id;
  for (const part of made.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    if (shown.get(part.id) === part.innerHTML) continue;
    shown.set(part.id, part.innerHTML);
    old.replaceChildren(...part.childNodes);
  }
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
  hideApart();
  arm();
  if (focusUnits) { focusUnits = false; afterWho(); }
}

function hideApart() {
  for (const card of document.querySelectorAll("[data-alike]")) card.hidden = state.apart.includes(card.dataset.alike);
  const first = [...document.querySelectorAll("[data-alike]")].find((card) => !card.hidden);
  for (const [key, which] of [["d", "[formaction]"], ["x", "[data-apart]"]]) {
    const act = first?.querySelector(which);
    if (!act || act.dataset.key) continue;
    act.dataset.key = key;
    const cap = document.createElement("kbd");
    cap.textContent = key.toUpperCase();
    act.append(" ", cap);
  }
}

let soon = 0;
function changed(wait = 0) {
  keep();
  clearTimeout(soon);
  soon = setTimeout(refresh, wait);
}

/* ---- the order of the talk ---- */

// Digits belong to the step in which the focus is; the others show none.
function arm() {
  const here = document.activeElement?.closest?.("[data-digits]") || document.querySelector("[data-question]:not([hidden]) [data-digits]");
  for (const label of document.querySelectorAll("[data-digit]")) {
    if (label.parentElement === here) label.dataset.key = label.dataset.digit;
    else delete label.dataset.key;
  }
}

function afterWho() {
  const unit = form.querySelector("#units input");
  if (!field("caller_phone").value) field("caller_phone").focus();
  else if (state.unit) field("sentence").focus();
  else (unit || field("serial_number")).focus();
}

const answered = (question) => question.querySelector("input:checked");

function ask(wanted = null, { focus = true } = {}) {
  const next = wanted || questions.find((question) => !answered(question));
  for (const question of questions) question.hidden = question !== next;
  document.getElementById("progress").textContent = `${questions.filter(answered).length} / ${questions.length}`;
  document.getElementById("again").hidden = !questions.some(answered);
  const line = document.getElementById("answered");
  line.replaceChildren(...questions.filter((question) => question !== next && answered(question)).map(told));
  line.hidden = !line.children.length;
  if (focus) (next ? next.querySelector("input:checked, input") : document.getElementById("log")).focus();
  arm();
}

function told(question) {
  const button = document.createElement("button");
  button.type = "button";
  const answer = answered(question).closest("label").querySelector(".what").textContent.trim();
  button.textContent = `${question.querySelector("legend").textContent} ${answer}`;
  button.addEventListener("click", () => ask(question));
  return button;
}

document.getElementById("again").addEventListener("click", () => ask(questions.findLast(answered)));

let byArrow = false;
form.addEventListener("keydown", (event) => {
  byArrow = event.key.startsWith("Arrow");
  if (event.key !== "Enter" || event.ctrlKey || event.isComposing || event.keyCode === 229) return;
  const at = event.target;
  if (at === field("sentence")) {
    if (event.shiftKey) return;
    event.preventDefault();
    ask();
  } else if (at.matches("input") && at.id !== "who") {
    // Enter never sends half a call: it goes on to the next step.
    event.preventDefault();
    if (at.closest("#questions")) ask();
    else if (at === field("caller_phone")) afterWho();
    else field("sentence").focus();
  }
});

form.addEventListener("change", (event) => {
  const at = event.target;
  if (at.id === "who") {
    guess();
  } else if (at.name === "unit") {
    state.unit = at.value;
    field("serial_number").value = "";
    if (!byArrow) field("sentence").focus();
  } else if (at.closest("[data-question]") && !byArrow) ask();
  changed();
});

form.addEventListener("input", (event) => {
  const at = event.target;
  if (at.matches("[type=radio]")) return;
  if (at.id === "serial_number") {
    state.unit = "";
    form.querySelectorAll('[name="unit"]').forEach((radio) => { radio.checked = false; });
  }
  if (at.id === "who" || at.id === "sentence") keep();
  else changed(300);
});
document.addEventListener("focusin", arm);

document.addEventListener("click", (event) => {
  const apart = event.target.closest("[data-apart]");
  if (apart) {
    state.apart.push(apart.dataset.apart);
    hideApart();
    keep();
  }
});

// Left without Enter, a whole number is still the caller's, unless the register says otherwise afterwards.
function guess() {
  const typed = field("who").value.trim();
  if (!isPhone(typed) || digits(typed).length < WHOLE_NUMBER || field("caller_phone").value) return;
  field("caller_phone").value = field("caller_phone").dataset.guess = typed;
}

// Digits of a number with its area; a serial number may have eight.
const WHOLE_NUMBER = 10;
const digits = (text) => text.replace(/\D/g, "");
const isPhone = (text) => /^[\d+\-() ]+$/.test(text) && digits(text).length >= 7;

combobox(document.getElementById("who"), document.getElementById("callers"), document.getElementById("nobody"), {
  choose(match, typed) {
    field("who").value = match.who;
    field("customer_id").value = match.customer;
    field("site_id").value = match.site;
    if (match.name) field("caller_name").value = match.name;
    // A number that was typed whole is the caller's own; else the one that the register or the last call knows.
    if (isPhone(typed) && match.phone.endsWith(digits(typed).slice(-7))) field("caller_phone").value = typed;
    else if (match.phone && [field("caller_phone").dataset.guess, ""].includes(field("caller_phone").value)) field("caller_phone").value = match.phone;
    state.unit = match.unit;
    focusUnits = true;
    changed();
  },
  leave(typed) {
    if (isPhone(typed)) field("caller_phone").value = typed;
    else if (typed && !field("caller_name").value) field("caller_name").value = typed;
    focusUnits = true;
    changed();
  },
  failed: reached,
});

/* ---- logging ---- */

function body() {
  const given = fields(), call = { facts: {} };
  if (!given.serial_number) given.serial_number = given.unit;
  for (const [name, value] of Object.entries(given)) {
    const said = value.trim();
    if (!said || ["unit", "who", "apart"].includes(name)) continue;
    if (!name.startsWith("facts.")) call[name] = said;
    else if (said !== "unknown") call.facts[name.slice(6)] = { true: true, false: false }[said] ?? said;
  }
  return JSON.stringify(call);
}

function over() {
  kept.discard();
  afresh = true;
}

async function log() {
  const finished = body();
  keep();
  if (state.attempt?.body !== finished) state.attempt = { key: kept.newKey(), body: finished };
  keep();
  const { key } = state.attempt;
  const outcome = await kept.send(key, finished, csrf);
  if (outcome.number) {
    over();
    location.assign(`/intake/logged/${encodeURIComponent(outcome.number)}`);
  } else if (outcome.signedOut) location.assign(signInPath());
  else if (outcome.away && kept.wait(key, { actor, body: finished, since: Date.now(), fields: fields() })) {
    over();
    location.hash = "kept";
    startAfresh();
  } else if (outcome.away) reached(-1);
  else showRefusal();
}

// The page as the server shows it names the field that was refused, with everything else as it was entered.
function showRefusal() {
  field("serial_number").value ||= state.unit;
  const apart = document.createElement("input");
  Object.assign(apart, { type: "hidden", name: "apart", value: "1" });
  form.append(apart);
  form.submit();
}

let busy = false;
form.addEventListener("submit", async (event) => {
  const to = event.submitter?.getAttribute("formaction");
  event.preventDefault();
  if (busy) return;
  busy = true;
  try { await (to ? addTo(event.submitter) : log()); } finally { busy = false; }
});

async function addTo(button) {
  const sent = new URLSearchParams({ csrf, ...fields(), to: button.value });
  if (!field("sentence").value.trim()) { field("sentence").focus(); field("sentence").reportValidity(); return; }
  try {
    const answer = await fetch("/intake/notes", { method: "POST", body: sent });
    reached(answer.ok ? 0 : answer.status);
    if (answer.ok) { over(); location.assign(answer.url); }
  } catch { reached(-1); }
}

/* ---- calls that wait for the server, unfinished calls ---- */

function startAfresh() {
  afresh = false;
  for (const input of form.querySelectorAll('input:not([type="radio"]):not([name="csrf"]), textarea')) input.value = "";
  form.querySelectorAll("[type=radio]").forEach((radio) => { radio.checked = false; });
  Object.assign(state, { unit: "", apart: [], attempt: null });
  notice("restored", false);
  ask(questions[0], { focus: false });
  show();
  field("who").focus();
  refresh();
}

function line(words, ...beside) {
  const made = document.createElement("li");
  const text = document.createElement("span");
  text.textContent = words;
  made.append(text, ...beside);
  return made;
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

const outcomes = new Map();

function show() {
  const words = keptCard.dataset;
  const waiting = kept.waiting();
  const lines = waiting.map((call) => {
    const about = `${call.fields.caller_phone} “${call.fields.sentence}”: `;
    const problem = outcomes.get(call.key)?.problem;
    if (problem) return line(about + words.refused.replace("{detail}", problem.detail), button(words.open, () => reopen(call)));
    // Somebody else's call is theirs to read; that it waits, everybody may know.
    return line(call.actor === actor ? about + words.waits.replace("{time}", clock(call.since)) : words.other);
  });
  for (const [, { number, about }] of [...outcomes].filter(([, each]) => each.number)) {
    const link = document.createElement("a");
    link.href = `/complaints/${encodeURIComponent(number)}`;
    link.textContent = number;
    lines.push(line(about + words.sent.replace("{number}", number), link));
  }
  for (const draft of kept.drafts(actor).filter((each) => !kept.isMine(each.id))) {
    const about = `${draft.fields.caller_phone || draft.fields.who || ""} “${draft.fields.sentence || ""}”: `;
    lines.push(line(about + words.unfinished.replace("{time}", clock(draft.savedAt)),
      button(words.open, () => { kept.goTo(draft.id); location.assign("/intake"); }),
      button(words.discard, () => { kept.discard(draft.id); show(); })));
  }
  keptCard.querySelector("ul").replaceChildren(...lines);
  keptCard.hidden = !lines.length;
  if (waiting.length) keptCard.dataset.stuck = ""; else delete keptCard.dataset.stuck;
}

function reopen(call) {
  kept.settle(call.key);
  outcomes.delete(call.key);
  restore({ fields: call.fields });
  changed();
  ask(null, { focus: false });
  show();
}

async function flush() {
  const ours = kept.waiting().filter((call) => call.actor === actor && !outcomes.get(call.key)?.problem);
  if (!ours.length) return;
  const sendAll = async () => {
    for (const call of ours) {
      const outcome = await kept.send(call.key, call.body, csrf);
      if (outcome.signedOut) { reached(401); return; }
      if (outcome.away) return;
      outcomes.set(call.key, { ...outcome, about: `${call.fields.caller_phone} “${call.fields.sentence}”: ` });
      if (outcome.number) kept.settle(call.key);
    }
    notice("away", false);
  };
  // One tab sends; the others see what is left.
  if (navigator.locks) await navigator.locks.request("intake.sending", { ifAvailable: true }, (lock) => (lock ? sendAll() : undefined));
  else await sendAll();
  show();
}

/* ---- beginning ---- */

function tick() {
  const began = Date.parse(field("called_at").value);
  timer.hidden = !began;
  if (!began) return;
  const s = Math.max(0, Math.floor((serverNow() - began) / 1000));
  const two = (n) => String(n).padStart(2, "0");
  timer.textContent = timer.dataset.words.replace("{time}", s < 3600 ? `${two(Math.floor(s / 60))}:${two(s % 60)}` : clock(began));
  timer.classList.toggle("late", s > GOAL_S);
}

async function begin() {
  const given = fields();
  const isFilled = !isBlank(given);  // By the telephone exchange, or refused and shown again.
  const draft = await kept.take(actor, (each) => !isFilled || (each.fields.caller_phone === given.caller_phone && digits(given.caller_phone).length > 0));
  if (draft && !document.querySelector('#call [aria-invalid="true"]')) {
    restore(draft);
    notice("restored", true, { time: clock(draft.savedAt), act: button(notices.dataset.afresh, () => { kept.discard(); startAfresh(); }) });
  }
  state.unit ||= form.querySelector('[name="unit"]:checked')?.value || "";
  keep();
  ask(questions.find((question) => !answered(question)) || null, { focus: false });
  focusFirst(Boolean(draft), isFilled);
  if (draft || isFilled) refresh();
  show();
  flush();
}

function focusFirst(isRestored, isFilled) {
  const wrong = form.querySelector('[aria-invalid="true"]');
  if (wrong) wrong.focus();
  else if (isRestored && field("sentence").value) ask();
  else if (isFilled && field("customer_id").value) afterWho();
  else if (field("who").value && document.activeElement !== field("who") && form.contains(document.activeElement)) { guess(); changed(); }
  else field("who").focus();
  // What was typed before this script was there is looked up now.
  if (field("who").value && !isRestored && !field("customer_id").value) field("who").dispatchEvent(new Event("input", { bubbles: true }));
}

addEventListener("online", flush);
addEventListener("pagehide", () => { if (!afresh) keep(); });
setInterval(flush, 5000);
setInterval(tick, 500);
begin().then(tick);
