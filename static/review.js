// Counts what is chosen in the queue of applications and what it would leave of the places. Without
// this the next page says it.
(function () {
  "use strict";

  const form = document.getElementById("review");
  if (form === null) {
    return;
  }
  const all = document.getElementById("review-all");
  const boxes = Array.from(form.querySelectorAll("input[name=application]"));

  function count() {
    const chosen = boxes.filter(function (box) {
      return box.checked;
    });
    form.querySelector("[data-chosen-count]").textContent = chosen.length;
    document.querySelectorAll("[data-left]").forEach(function (place) {
      const taken = chosen.filter(function (box) {
        return place.dataset.of === "*" || box.dataset.quota === place.dataset.of;
      }).length;
      const left = Number(place.dataset.left) - taken;
      place.textContent = left;
      place.classList.toggle("review-short", left < 0);
      const line = place.closest("[data-quota-of]");
      if (line !== null) {
        line.hidden = taken === 0;
      }
    });
  }

  all.addEventListener("change", function () {
    boxes.forEach(function (box) {
      box.checked = all.checked;
    });
    count();
  });

  form.addEventListener("change", function (event) {
    if (event.target.name === "application" && !event.target.checked) {
      all.checked = false;
    }
    count();
  });

  form.querySelector("[data-live]").hidden = false;
  window.addEventListener("pageshow", count);
})();
