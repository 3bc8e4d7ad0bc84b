// The customer's page reads and works without this. With it, the phone can send where it is, a second tap sends nothing
// twice, and what changes on the way appears by itself.
const SOON_MS = 1000;

for (const form of document.querySelectorAll("form[data-locate]")) {
  if (!navigator.geolocation) continue;
  form.hidden = false;
  const button = form.querySelector("button");
  const wrong = form.querySelector("[role=alert]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.latitude.value = coords.latitude;
      form.longitude.value = coords.longitude;
      form.accuracy_m.value = Math.max(1, Math.round(coords.accuracy));
      form.submit();
    }, () => {
      button.disabled = false;
      wrong.textContent = form.dataset.failed;
      wrong.hidden = false;
    }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
  });
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent !== undefined) event.preventDefault();
    form.dataset.sent = "";
  });
}

// What says how soon it may be out of date is read again, each part in its place; nobody's typing is touched.
async function again(waited) {
  const due = [...document.querySelectorAll("[data-again]")].filter((part) => waited % Number(part.dataset.again) === 0);
  if (!due.length || document.hidden || !navigator.onLine) return;
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of due) {
      const found = fresh.getElementById(part.id);
      if (found && found.innerHTML !== part.innerHTML) part.replaceWith(document.importNode(found, true));
    }
  } catch { /* Without signal the page stays as it is; its clock goes on. */ }
}

let waited = 0;
setInterval(() => { waited += 1; again(waited); }, SOON_MS);
