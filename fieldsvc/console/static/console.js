// Enhances pages that work without it: nothing is lost when it does not run.

// One click sends a form once: a slow line tempts to a second.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => {
    setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)), 0);
  });
}
addEventListener("pageshow", () => document.querySelectorAll("button:disabled").forEach((button) => (button.disabled = false)));

// What was refused is read first.
document.querySelector(".refused a, .refused")?.focus?.();

// "All of this page" in front of a list of check boxes.
for (const all of document.querySelectorAll("input[data-all]")) {
  const boxes = () => all.form.querySelectorAll(`input[name="${all.dataset.all}"]`);
  all.hidden = false;
  all.addEventListener("change", () => boxes().forEach((box) => (box.checked = all.checked)));
}

// A clock that is shown runs on: hours, minutes and seconds until a moment, or since it.
const clocks = document.querySelectorAll("[data-until], [data-since]");
function tick() {
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  for (const clock of clocks) {
    const { until, since } = clock.dataset;
    const left = Math.max(0, until ? new Date(until) - Date.now() : Date.now() - new Date(since)) / 1000;
    clock.textContent = `${two(left / 3600)}:${two((left / 60) % 60)}:${two(left % 60)}`;
  }
}
if (clocks.length) setInterval(tick, 1000);
