// The register by keyboard, its count, and nothing lost on a bad line: what cannot be sent waits on
// the device (static/outbox.js). Without this the form is an ordinary one.
(function () {
  "use strict";

  let isLeaving = false;
  let sent = {}; // the marks that are on their way
  let madeAt = ""; // when, by the device's clock, they were made that waited on it
  let taken = []; // the persons whose marks came from what waits on the device

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
    ["data-failed", "data-logged-out", "data-waits"].forEach(function (name) {
      const alert = document.querySelector("[" + name + "]");
      if (alert !== null) {
        alert.hidden = name !== what;
        if (!alert.hidden) {
          alert.scrollIntoView({ block: "center" }); // not under the bar
        }
      }
    });
  }

  // ---- what waits on the device --------------------------------------------------------------

  // For tutors, of one group's part; not what is copied from paper.
  function keeps() {
    return Boolean(self.offline) && form() !== null && form().hasAttribute("data-keeps");
  }

  function path() {
    return form().getAttribute("action");
  }

  function personOf(row) {
    return row.querySelector(".register-name").id.slice(1);
  }

  // What the form says was stored for each person, as "person.version.state.mode".
  function seen() {
    const found = {};
    form()
      .elements.seen.value.split(" ")
      .filter(Boolean)
      .forEach(function (each) {
        found[each.split(".")[0]] = each;
      });
    return found;
  }

  // The marks that are not as they were seen, as the server would find them.
  function changedMarks(isRestPresent) {
    const before = seen();
    const found = {};
    rows().forEach(function (row) {
      const state = row.querySelector(".marks :checked");
      const mode = row.querySelector(".modes :checked");
      const seenHere = before[personOf(row)] || "";
      const rest = isRestPresent ? (row.hasAttribute("data-excused") ? "excused" : "present") : "";
      const mark = { state: state ? state.value : rest, mode: "", seen: seenHere };
      if (mode !== null && ["present", "late"].includes(mark.state)) {
        mark.mode = mode.value;
      }
      const was = seenHere.split(".");
      if (mark.state && (mark.state !== was[2] || (mark.mode && mark.mode !== was[3]))) {
        found[personOf(row)] = mark;
      }
    });
    return found;
  }

  function check(row, group, value) {
    const input = row && row.querySelector(group + ' [value="' + value + '"]');
    if (input) {
      input.checked = true;
    }
  }

  function settleInputs() {
    form()
      .querySelectorAll("[type=radio]")
      .forEach(function (input) {
        input.defaultChecked = input.checked;
      });
    form().removeAttribute("data-unsaved");
    count();
  }

  async function waitHere(why) {
    if (!keeps() || (!taken.length && !Object.keys(sent).length)) {
      tell(why || "data-failed");
      return;
    }
    const gone = taken.filter(function (person) {
      return !(person in sent);
    });
    const names = {};
    rows().forEach(function (row) {
      names[personOf(row)] = row.querySelector(".register-name").textContent.trim();
      if (personOf(row) in sent) {
        check(row, ".marks", sent[personOf(row)].state);
      }
    });
    const about = {
      title: document.querySelector("h1").textContent.trim(),
      lead: document.querySelector(".page-head-lead").textContent.trim(),
    };
    try {
      await outbox.keep(offline.owner, path(), about, sent, gone);
      taken = Object.keys(sent);
      madeAt = new Date().toISOString();
      settleInputs();
      tell(why || "data-waits");
      await offline.keepNames(path(), names);
      const worker = "serviceWorker" in navigator && (await navigator.serviceWorker.getRegistration());
      if (worker && worker.sync) {
        await worker.sync.register("registers");
      }
    } catch {
      tell(why || "data-failed");
    }
  }

  // Refused with no register to show, as by an old token or to who has lost the group: what waits
  // asks once more by itself, and says on the list of the device what became of it.
  async function askAgain() {
    await waitHere("data-failed");
    const entry = keeps() && (await outbox.get(offline.owner, path()));
    if (entry) {
      await outbox.send(entry, offline.list);
      const left = await outbox.get(offline.owner, path());
      location.assign(left ? offline.list : path());
    }
  }

  // What waits is shown as marked, resting on what was seen then; who has left the register
  // meanwhile goes along unseen, for the server to say so.
  async function takeWaiting() {
    const entry = keeps() && (await outbox.get(offline.owner, path()));
    if (!entry) {
      return;
    }
    const before = seen();
    Object.entries(entry.marks).forEach(function (pair) {
      const name = document.getElementById("p" + pair[0]);
      const row = name && name.closest(".register-row");
      check(row, ".marks", pair[1].state);
      check(row, ".modes", pair[1].mode);
      before[pair[0]] = pair[1].seen;
      if (row === null) {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: "s" + pair[0], value: pair[1].state });
        form().append(field);
      }
    });
    form().elements.seen.value = Object.values(before).filter(Boolean).join(" ");
    taken = Object.keys(entry.marks);
    madeAt = entry.savedAt;
    settleInputs();
    sendWaiting();
  }

  function sendWaiting() {
    if (form() !== null && taken.length && !isUnsaved()) {
      if (navigator.onLine) {
        form().requestSubmit();
      } else {
        tell("data-waits");
      }
    }
  }

  async function settleWaiting(status) {
    if (!keeps() || (status !== 200 && status !== 409)) {
      return;
    }
    const done = Object.assign({}, sent);
    taken.forEach(function (person) {
      done[person] = true;
    });
    rows().forEach(function (row) {
      if (row.classList.contains("register-row-wrong")) {
        delete done[personOf(row)];
      }
    });
    taken = taken.filter(function (person) {
      return !(person in done);
    });
    madeAt = "";
    try {
      await outbox.settle(offline.owner, path(), done);
      await offline.keepAgain(path());
    } catch {
      // nothing is kept here, or the line is gone again
    }
  }

  window.addEventListener("online", sendWaiting);
  window.addEventListener("load", function () {
    takeWaiting().catch(function () {}); // a browser that keeps nothing
  });
  // Sent meanwhile by another tab: what was seen here is old.
  document.addEventListener("outbox:elsewhere", async function () {
    const isIdle = form() !== null && taken.length && !isUnsaved() && !isLeaving;
    if (isIdle && !(await outbox.get(offline.owner, path()))) {
      location.reload();
    }
  });

  // ---- the page ------------------------------------------------------------------------------

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

  document.addEventListener("submit", function (event) {
    isLeaving = true;
    tell(null);
    if (event.target === form()) {
      sent = changedMarks(event.submitter !== null && event.submitter.name === "all_present");
    }
  });

  // Logged in anew in another tab, the browser has another token than this page.
  document.addEventListener("htmx:configRequest", function (event) {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    if (cookie !== null) {
      event.detail.parameters.csrfmiddlewaretoken = cookie[1];
      event.detail.headers["X-CSRFToken"] = cookie[1];
    }
    if (keeps()) {
      event.detail.parameters.device = offline.owner;
      event.detail.parameters.made_at = madeAt;
    }
  });

  // Only an answer that is a register takes the place of what was marked.
  document.addEventListener("htmx:beforeSwap", function (event) {
    const isRegister = event.detail.serverResponse.indexOf('id="register"') !== -1;
    isLeaving = false;
    event.detail.shouldSwap = isRegister;
    event.detail.isError = !isRegister && event.detail.xhr.status >= 400;
    if (isRegister) {
      return;
    }
    if (event.detail.xhr.status < 400) {
      waitHere("data-logged-out");
    } else if (event.detail.xhr.status >= 500) {
      waitHere();
    } else {
      askAgain().catch(function () {});
    }
  });

  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, function () {
      isLeaving = false;
      waitHere();
    });
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    settleWaiting(event.detail.xhr.status);
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
