// The device's own way to pass an address on, where it has one: the button is shown only then.
(function () {
  "use strict";

  if (!navigator.share) {
    return;
  }
  document.querySelectorAll("[data-share]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator
        .share({ title: button.dataset.shareTitle, url: button.dataset.share })
        .catch(function () {
          // Whoever changes their mind closes the sheet: nothing went wrong.
        });
    });
  });
})();
