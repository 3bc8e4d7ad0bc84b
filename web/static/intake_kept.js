// What this browser keeps of calls: unfinished ones (drafts) and finished ones that wait for the server. Nothing here
// touches the page. Drafts belong to whoever typed them; a finished call is sent under the key it was first sent with, so
// that it has one effect however often it is tried.
const DRAFTS = "intake.drafts";
const WAITING = "intake.waiting";
const HERE = "intake.draft";

function read(name) {
  try { return JSON.parse(localStorage.getItem(name)) || {}; } catch { return {}; }
}

function change(name, edit) {
  try {
    const all = read(name);
    edit(all);
    localStorage.setItem(name, JSON.stringify(all));
    return true;
  } catch { return false; }
}

export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Which draft this tab writes. A reload keeps it; a tab after a crash takes over one that no living tab holds.
let mine = null;
const held = (id) => new Promise((resolve) => {
  if (!navigator.locks) { resolve(true); return; }
  navigator.locks.request(`intake.${id}`, { ifAvailable: true }, (lock) => {
    resolve(lock !== null);
    return lock ? new Promise(() => {}) : undefined;
  });
});

export const drafts = (actor) => Object.entries(read(DRAFTS)).map(([id, draft]) => ({ id, ...draft }))
  .filter((draft) => draft.actor === actor).sort((a, b) => b.savedAt - a.savedAt);

async function claim(id) {
  if (!(await held(id))) return false;
  mine = id;
  try { sessionStorage.setItem(HERE, id); } catch { /* The draft itself is what counts. */ }
  return true;
}

// The draft to go on with: this tab's own, else (`fits`) the latest that nobody holds; a new one if there is none.
export async function take(actor, fits) {
  let last = null;
  try { last = sessionStorage.getItem(HERE); } catch { /* As above. */ }
  const all = drafts(actor);
  const order = [...all.filter((draft) => draft.id === last), ...all.filter((draft) => draft.id !== last)];
  for (const draft of order.filter(fits)) if (await claim(draft.id)) return draft;
  await claim(newKey());
  return null;
}

export const isMine = (id) => id === mine;
export const save = (draft) => change(DRAFTS, (all) => { all[mine] = draft; });
export const discard = (id = mine) => change(DRAFTS, (all) => { delete all[id]; });
export const goTo = (id) => { try { sessionStorage.setItem(HERE, id); } catch { /* As above. */ } };

export const waiting = () => Object.entries(read(WAITING)).map(([key, call]) => ({ key, ...call }))
  .sort((a, b) => a.since - b.since);
export const wait = (key, call) => change(WAITING, (all) => { all[key] = call; });
export const settle = (key) => change(WAITING, (all) => { delete all[key]; });

// Send a finished call. `number` when it is taken, `problem` when it was refused, `away` or `signedOut` when it must wait.
export async function send(key, body, csrf) {
  let answer;
  try {
    answer = await fetch("/api/v1/complaints", {
      method: "POST", body, signal: AbortSignal.timeout(15000),
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Idempotency-Key": key },
    });
  } catch { return { away: true }; }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return { number: said.number };
  if (answer.status === 401) return { signedOut: true };
  // A token of an earlier session is refused, too; the page then has to be opened anew.
  if (said.type === "/problems/forged-request") return { signedOut: true };
  if (answer.status >= 500 || answer.status === 429) return { away: true };
  return { problem: said };
}
