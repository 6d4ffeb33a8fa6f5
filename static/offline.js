// A tutor's device: keeps this week's registers to open without a network, sends what waits once
// there is one, says how much waits, and forgets all of it at log-out. Names are in the cache of
// the account alone; what waits (static/outbox.js) has none.
(function () {
  "use strict";

  const COPIES = "registers-";
  const FRESH = 30 * 60e3;
  const LONGEST = 7 * 864e5;
  const owner = document.documentElement.dataset.device;
  const badge = document.getElementById("waiting");
  const list = badge.pathname;
  let isCleared = false;
  // Copies name the files of their version, and are in the language of their day.
  const version = document.documentElement.lang + " " + document.currentScript.src;

  function copies() {
    return caches.open(COPIES + owner);
  }

  // ---- what is kept --------------------------------------------------------------------------

  function ageOf(copy) {
    return Date.now() - Number(copy.headers.get("X-Kept-At"));
  }

  async function fetchInto(cache, path, address) {
    const response = await fetch(address, { redirect: "manual" });
    if (!response.ok) {
      return "";
    }
    const headers = new Headers(response.headers);
    headers.set("X-Kept-By", version);
    headers.set("X-Kept-At", Date.now()); // only ever compared with this device's own clock
    headers.delete("Content-Encoding");
    const text = await response.text();
    await cache.put(path, new Response(text, { headers: headers }));
    return text;
  }

  async function keepWeek() {
    const cache = await copies();
    const known = await cache.match(list);
    if (known && ageOf(known) < FRESH && known.headers.get("X-Kept-By") === version) {
      return;
    }
    const text = await fetchInto(cache, list, list);
    const page = new DOMParser().parseFromString(text, "text/html");
    const paths = Array.from(page.querySelectorAll("[data-keep]"), function (link) {
      return link.getAttribute("href");
    });
    for (const path of paths) {
      await fetchInto(cache, path, path + "copia/");
    }
    await dropOld(cache, paths);
  }

  // What waits may still be looked at: its register and its names stay until it is sent.
  async function dropOld(cache, paths) {
    const waiting = (await outbox.all(owner)).map(function (entry) {
      return entry.path;
    });
    for (const request of await cache.keys()) {
      const path = new URL(request.url).pathname;
      const copy = await cache.match(request);
      const isUsed = waiting.some(function (each) {
        return path.startsWith(each);
      });
      const isOld = ageOf(copy) > LONGEST;
      if (path !== list && !isUsed && (isOld || !paths.includes(path))) {
        await cache.delete(request);
      }
    }
  }

  async function keepAgain(path) {
    const cache = await copies();
    if (await cache.match(path)) {
      await fetchInto(cache, path, path + "copia/");
    }
  }

  async function keepNames(path, names) {
    const headers = { "Content-Type": "application/json", "X-Kept-At": String(Date.now()) };
    const text = JSON.stringify(names);
    await (await copies()).put(path + "nombres", new Response(text, { headers: headers }));
  }

  async function namesOf(path) {
    const kept = await (await copies()).match(path + "nombres");
    return kept ? kept.json() : {};
  }

  // ---- what waits ----------------------------------------------------------------------------

  // A register's page sends its own, so that what became of it is seen there.
  function openHere() {
    const form = document.querySelector("#register-form[data-keeps]");
    return form === null ? null : form.getAttribute("action");
  }

  async function count() {
    if (isCleared) {
      return;
    }
    const entries = await outbox.all(owner);
    const asks = entries.some(function (entry) {
      return entry.told && !entry.told.again;
    });
    const words = entries.length === 1 ? badge.dataset.one : badge.dataset.many;
    const text = asks ? badge.dataset.asks : words.replace("{n}", entries.length);
    badge.hidden = entries.length === 0;
    badge.classList.toggle("waiting-asks", asks);
    badge.querySelector("[aria-live]").textContent = entries.length ? text : "";
    if (navigator.setAppBadge) {
      navigator.setAppBadge(entries.length).catch(function () {});
    }
    await show(entries);
  }

  async function sendAll() {
    if (isCleared || !navigator.onLine) {
      return undefined;
    }
    return outbox.sendAll(owner, list, openHere()).catch(function () {}); // no line: later
  }

  async function show(entries) {
    const box = document.getElementById("outbox");
    if (box === null) {
      return;
    }
    const rows = await Promise.all(
      entries.map(async function (entry) {
        return rowOf(box, entry, await namesOf(entry.path));
      }),
    );
    box.hidden = entries.length === 0;
    box.querySelector("ul").replaceChildren(...rows);
  }

  function rowOf(box, entry, names) {
    const row = box.querySelector("template").content.cloneNode(true);
    const told = entry.told && (entry.told.text || box.dataset[entry.told.code]);
    row.querySelector("[data-title]").textContent = entry.title;
    row.querySelector("[data-lead]").textContent = entry.lead;
    row.querySelector("[data-time]").textContent = new Date(entry.savedAt).toLocaleString(
      document.documentElement.lang,
      { dateStyle: "short", timeStyle: "short" },
    );
    row.querySelector("[data-told]").textContent = told || "";
    row.querySelector("[data-told]").hidden = !told;
    row.querySelector("[data-open]").href = entry.path;
    row.querySelector("[data-marks]").append(
      ...Object.entries(entry.marks)
        .map(function (pair) {
          return [names[pair[0]] || box.dataset.nameless, pair[1].state];
        })
        .sort(function (one, other) {
          return one[0].localeCompare(other[0], "es");
        })
        .map(function (pair) {
          const item = document.createElement("li");
          const state = box.querySelector('[data-state="' + pair[1] + '"]').firstElementChild;
          item.append(state.cloneNode(true), " " + pair[0]);
          return item;
        }),
    );
    row.querySelector("[data-send]").addEventListener("click", function () {
      outbox.send(entry, list).catch(function () {});
    });
    row.querySelector("[data-discard]").addEventListener("click", function () {
      if (window.confirm(box.dataset.sure)) {
        outbox.discard(owner, entry.path);
      }
    });
    return row;
  }

  // ---- leaving -------------------------------------------------------------------------------

  async function clearDevice() {
    isCleared = true; // to look would make the database anew
    const workers = "serviceWorker" in navigator ? await navigator.serviceWorker.getRegistrations() : [];
    await Promise.all(
      workers.map(function (worker) {
        return worker.unregister();
      }),
    );
    const names = await caches.keys();
    await Promise.all(
      names.map(function (name) {
        return caches.delete(name);
      }),
    );
    await new Promise(function (resolve) {
      const deletion = indexedDB.deleteDatabase("registers");
      deletion.onsuccess = deletion.onerror = deletion.onblocked = resolve;
    });
    if (navigator.clearAppBadge) {
      navigator.clearAppBadge().catch(function () {});
    }
  }

  async function leave(form) {
    const waiting = await outbox.all(owner).catch(function () {
      return [];
    });
    const question = navigator.onLine ? waiting.length && badge.dataset.leave : badge.dataset.noLine;
    if (!question || window.confirm(question)) {
      await clearDevice().catch(function () {}); // the answer's Clear-Site-Data does it again
      const field = form.elements.csrfmiddlewaretoken;
      field.value = field.value || (await outbox.token());
      form.submit();
    }
  }

  document.addEventListener("submit", function (event) {
    if (event.target.hasAttribute("data-clears-device")) {
      event.preventDefault();
      leave(event.target);
    }
  });

  // ---- when ----------------------------------------------------------------------------------

  document.addEventListener("outbox:changed", count);
  if (outbox.channel !== null) {
    outbox.channel.addEventListener("message", function () {
      count();
      document.dispatchEvent(new Event("outbox:elsewhere"));
    });
  }
  window.addEventListener("online", sendAll);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "visible") {
      sendAll();
    }
  });

  async function start() {
    await outbox.forgetOld(owner);
    await count();
    await sendAll();
    if (!("serviceWorker" in navigator)) {
      return;
    }
    // Blocked, as in tests of other pages, there is no registration and nothing is kept.
    const worker = await navigator.serviceWorker.register(badge.dataset.worker);
    if (worker) {
      await keepWeek();
      await navigator.serviceWorker.ready;
      document.documentElement.dataset.kept = "yes";
    }
  }

  self.offline = { keepAgain: keepAgain, keepNames: keepNames, list: list, owner: owner };
  window.addEventListener("load", function () {
    start().catch(function () {}); // a device that keeps nothing still has the ordinary pages
  });
})();
