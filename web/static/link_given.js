// One press copies the link where the browser lets pages do so; where it doesn't, a press on the link marks it whole.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  const copied = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(copied.textContent);
      button.textContent = button.dataset.copied;
    } catch { getSelection().selectAllChildren(copied); }
  });
}
