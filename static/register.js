// The register by keyboard, its count, and nothing lost on a bad line. Without this the form is an
// ordinary one.
(function () {
  "use strict";

  let isLeaving = false;

  function form() {
    return document.getElementById("register-form");
  }

  function rows() {
    return Array.from(document.querySelectorAll(".register-row"));
  }

  function goTo(row) {
    const input = row && (row.querySelector(".marks :checked") || row.querySelector(".marks input"));
    if (input) {
      input.focus();
      row.scrollIntoView({ block: "nearest" });
    }
  }

  function isUnsaved() {
    const here = form();
    return (
      here !== null &&
      (here.hasAttribute("data-unsaved") ||
        Array.from(here.querySelectorAll("[type=radio]")).some(function (input) {
          return input.checked !== input.defaultChecked;
        }))
    );
  }

  function count() {
    const told = document.getElementById("register-count");
    if (told === null) {
      return;
    }
    const all = rows();
    const unmarked = all.filter(function (row) {
      return row.querySelector(".marks :checked") === null;
    }).length;
    const text = unmarked ? told.dataset.some.replace("{n}", unmarked) : told.dataset.none;
    if (told.textContent.trim() !== text) {
      told.textContent = text;
    }
    const rest = document.getElementById("register-all");
    if (rest !== null) {
      rest.hidden = unmarked === 0;
      rest.textContent = unmarked === all.length ? rest.dataset.all : rest.dataset.rest;
    }
  }

  function tell(what) {
    ["data-failed", "data-logged-out"].forEach(function (name) {
      const alert = document.querySelector("[" + name + "]");
      if (alert !== null) {
        alert.hidden = name !== what;
      }
    });
  }

  document.addEventListener("change", count);
  document.addEventListener("DOMContentLoaded", count);
  window.addEventListener("pageshow", function () {
    isLeaving = false;
    count();
  });

  document.addEventListener("keydown", function (event) {
    const all = rows();
    const inMarks = event.target.closest(".marks");
    if (event.ctrlKey || event.metaKey || event.altKey || !all.length || form() === null) {
      return;
    }
    if (inMarks === null && event.target !== document.body) {
      return;
    }
    const here = inMarks ? all.indexOf(inMarks.closest(".register-row")) : -1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (here === -1) {
        return;
      }
      event.preventDefault(); // else the browser would change the mark
      goTo(all[here + (event.key === "ArrowDown" ? 1 : -1)]);
      return;
    }
    const row = all[Math.max(here, 0)];
    const input = Array.from(row.querySelectorAll(".marks input")).find(function (choice) {
      return choice.dataset.key === event.key.toLowerCase();
    });
    if (input) {
      event.preventDefault();
      input.checked = true;
      input.focus();
      count();
      goTo(all[Math.max(here, 0) + 1]);
    }
  });

  window.addEventListener("beforeunload", function (event) {
    if (!isLeaving && isUnsaved()) {
      event.preventDefault();
    }
  });

  document.addEventListener("submit", function () {
    isLeaving = true;
    tell(null);
  });

  // Logged in anew in another tab, the browser has another token than this page.
  document.addEventListener("htmx:configRequest", function (event) {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    if (cookie !== null && event.detail.parameters.csrfmiddlewaretoken) {
      event.detail.parameters.csrfmiddlewaretoken = cookie[1];
      event.detail.headers["X-CSRFToken"] = cookie[1];
    }
  });

  // Only an answer that is a register takes the place of what was marked.
  document.addEventListener("htmx:beforeSwap", function (event) {
    const isRegister = event.detail.serverResponse.indexOf('id="register"') !== -1;
    isLeaving = false;
    event.detail.shouldSwap = isRegister;
    event.detail.isError = !isRegister && event.detail.xhr.status >= 400;
    if (!isRegister) {
      tell(event.detail.xhr.status < 400 ? "data-logged-out" : "data-failed");
    }
  });

  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, function () {
      isLeaving = false;
      tell("data-failed");
    });
  });

  document.addEventListener("htmx:afterSettle", function () {
    const told = document.getElementById("register-told");
    count();
    const wrong = document.querySelector(".register-row-wrong");
    if (told !== null) {
      told.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    if (wrong !== null) {
      wrong.scrollIntoView({ block: "center" });
    }
  });
})();
