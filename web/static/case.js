// A case that changed while it is read says so; nothing is taken from under the reader's hands.
const banner = document.getElementById("changed");
const number = document.getElementById("case")?.dataset.number;
document.getElementById("case")?.addEventListener("changed", (event) => {
  if (event.detail?.numbers?.includes(number)) banner.hidden = false;
});
