// An application is saved as one types, and again when a lost connection is back. Without this the
// form has a button for it.
(function () {
  "use strict";

  const form = document.getElementById("application");
  const autosave = document.getElementById("autosave");
  const offline = document.getElementById("draft-offline");
  const state = document.getElementById("draft-state");
  let waiting = null;
  let isUnsaved = false;
  let isOffline = false;
  let isLeaving = false;

  function saveSoon(delay) {
    isUnsaved = true;
    clearTimeout(waiting);
    waiting = setTimeout(function () {
      window.htmx.trigger(autosave, "save-draft");
    }, delay);
  }

  form.addEventListener("input", function (event) {
    if (event.target.type !== "file") {
      saveSoon(1500);
    }
  });

  form.addEventListener("change", function (event) {
    if (event.target.type !== "file") {
      saveSoon(300);
    }
  });

  // Enter in the search looks for a facility; elsewhere it sends.
  const query = document.getElementById("id_facility_query");
  query.addEventListener("keydown", function (event) {
    if (event.key === "Enter") {
      event.preventDefault();
      event.target.dispatchEvent(new Event("search"));
    }
  });

  // On a slow line one types before htmx listens: it has not heard what stands there by then.
  document.addEventListener("htmx:load", function () {
    if (query.value !== query.defaultValue) {
      query.dispatchEvent(new Event("search"));
    }
  }, { once: true });

  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.elt !== autosave) {
      return;
    }
    isUnsaved = !event.detail.successful;
    isOffline = event.detail.xhr.status === 0;
    offline.hidden = !isOffline;
    state.hidden = isUnsaved;
    if (isUnsaved) {
      saveSoon(15000);
    }
  });

  window.addEventListener("online", function () {
    if (isUnsaved) {
      saveSoon(0);
    }
  });

  // The browser's page for a lost connection would take the place of what was typed.
  form.addEventListener("submit", function (event) {
    if (isOffline || !navigator.onLine) {
      event.preventDefault();
      offline.hidden = false;
      saveSoon(0);
      return;
    }
    isLeaving = true;
    clearTimeout(waiting);
  });

  window.addEventListener("pageshow", function () {
    isLeaving = false;
  });

  window.addEventListener("beforeunload", function (event) {
    if (isUnsaved && !isLeaving) {
      event.preventDefault();
    }
  });
})();
