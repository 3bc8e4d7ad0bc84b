// The figure of what waits for the reader follows what happens while a page stays open, as a board does all day. It is asked
// for after the page heard of a change, or came back into view; by itself it asks for nothing, so that a page left alone
// doesn't keep a session alive.
const SOON_MS = 20000;
let timer = 0;

async function read() {
  timer = 0;
  if (document.hidden) return;
  try {
    const answer = await fetch("/messages/waiting");
    // Whoever was signed out meanwhile is sent to the sign-in page, which is no figure.
    if (answer.ok && !answer.redirected) document.getElementById("waiting").outerHTML = await answer.text();
  } catch { /* The server is away; the next change asks again. */ }
}

function soon() { if (!timer) timer = setTimeout(read, SOON_MS); }

if (document.getElementById("waiting")) {
  // The event goes to the rows that are read anew and doesn't rise, so it is heard on its way down.
  document.addEventListener("changed", soon, true);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
}
