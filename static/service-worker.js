// The tutor's pages without a network: what is asked of the network and not answered comes from the
// copies that static/offline.js keeps. `kept` (files, version, list) is set by who imports this.
(function () {
  "use strict";

  const FILES = "files-" + self.kept.version;
  const COPIES = "registers-";
  const PATIENCE = 8000; // of a register that hangs, where there is a copy
  const LONGEST = 7 * 864e5;

  async function ownCopies() {
    return (await caches.keys()).find(function (name) {
      return name.startsWith(COPIES);
    });
  }

  async function copyOf(path) {
    const name = await ownCopies();
    const copy = name && (await (await caches.open(name)).match(path));
    return copy && Date.now() - Number(copy.headers.get("X-Kept-At")) < LONGEST ? copy : undefined;
  }

  async function page(request) {
    const copy = await copyOf(new URL(request.url).pathname);
    const asked = fetch(request);
    const waited = new Promise(function (resolve) {
      if (copy) {
        setTimeout(resolve, PATIENCE, copy);
      }
    });
    try {
      return await Promise.race([asked, waited]);
    } catch {
      return copy || (await copyOf(self.kept.list)) || Response.error();
    }
  }

  self.addEventListener("install", function (event) {
    self.skipWaiting();
    event.waitUntil(
      caches.open(FILES).then(function (cache) {
        return cache.addAll(self.kept.files);
      }),
    );
  });

  // The files of the version before stay: copies of registers that were made with it need them.
  self.addEventListener("activate", function (event) {
    const clean = caches.keys().then(function (names) {
      const files = names.filter(function (name) {
        return name.startsWith("files-") && name !== FILES;
      });
      return Promise.all(
        files.slice(0, -1).map(function (name) {
          return caches.delete(name);
        }),
      );
    });
    event.waitUntil(Promise.all([clean, self.clients.claim()]));
  });

  self.addEventListener("fetch", function (event) {
    const request = event.request;
    if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) {
      return;
    }
    if (request.mode === "navigate") {
      event.respondWith(page(request));
    } else if (request.destination) {
      event.respondWith(
        fetch(request).catch(async function () {
          return (await caches.match(new URL(request.url).pathname)) || Response.error();
        }),
      );
    }
  });

  // Where browsers tell a worker that the line is back (not on iOS). A page in sight sends itself.
  self.addEventListener("sync", function (event) {
    event.waitUntil(
      (async function () {
        const pages = await self.clients.matchAll({ type: "window" });
        const inSight = pages.some(function (client) {
          return client.visibilityState === "visible";
        });
        const name = await ownCopies();
        if (!inSight && name) {
          await self.outbox.sendAll(name.slice(COPIES.length), self.kept.list);
        }
      })(),
    );
  });
})();
