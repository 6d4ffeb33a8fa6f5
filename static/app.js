// What every page shares; each page works without it. Menus are <details>: here they also close
// when one taps elsewhere or presses Escape.
(function () {
  "use strict";

  document.documentElement.classList.add("has-script");

  // Copies of registers (static/offline.js) of anyone but whoever is logged in here are deleted.
  if ("caches" in window) {
    const own = "registers-" + (document.documentElement.dataset.device || "");
    caches.keys().then(function (names) {
      names
        .filter(function (name) {
          return name.startsWith("registers-") && name !== own;
        })
        .forEach(function (name) {
          caches.delete(name);
        });
    });
  }

  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== except) {
        menu.open = false;
      }
    });
  }

  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest("details.menu"));

    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(function () {
        copy.setAttribute("data-copied", "");
        const told = document.getElementById(copy.getAttribute("aria-describedby"));
        if (told) {
          told.hidden = false;
        }
      });
    }

    const print = event.target.closest("[data-print]");
    if (print) {
      window.print();
    }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      const open = document.querySelector("details.menu[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      }
    }
  });

  // A form that is sent twice by an impatient tap on a bad line is sent once.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form.hasAttribute("data-once")) {
      if (form.dataset.sent) {
        event.preventDefault();
      }
      form.dataset.sent = "yes";
    }
  });

  // Coming back with the browser's own button shows the page as it was left: it may be sent again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
    });
  });
})();
