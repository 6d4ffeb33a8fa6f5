// Marks that wait on this device: one entry a register and account, without names. Each mark keeps
// what was seen of the stored one when it was made, as the register's form does, so that sending it
// again changes nothing and a newer mark is never overwritten. Used by pages and the service worker.
(function () {
  "use strict";

  const STORE = "waiting";
  const FOREIGN_DAYS = 30;
  const channel = "BroadcastChannel" in self ? new BroadcastChannel("registers") : null;

  function settled(request) {
    return new Promise(function (resolve, reject) {
      request.onsuccess = function () {
        resolve(request.result);
      };
      request.onerror = function () {
        reject(request.error);
      };
    });
  }

  function open() {
    const opening = indexedDB.open("registers", 1);
    opening.onupgradeneeded = function () {
      opening.result.createObjectStore(STORE, { keyPath: "key" });
    };
    return settled(opening);
  }

  // Opened for each use: a connection that stayed open would hold up the deletion at log-out.
  async function inStore(mode, use) {
    const database = await open();
    try {
      const transaction = database.transaction(STORE, mode);
      const done = new Promise(function (resolve, reject) {
        transaction.oncomplete = resolve;
        transaction.onabort = function () {
          reject(transaction.error);
        };
      });
      const result = await use(transaction.objectStore(STORE));
      await done;
      return result;
    } finally {
      database.close();
    }
  }

  function changed() {
    if (channel !== null) {
      channel.postMessage("changed"); // other tabs
    }
    if (self.document) {
      document.dispatchEvent(new Event("outbox:changed"));
    }
  }

  function keyOf(owner, path) {
    return owner + " " + path;
  }

  function get(owner, path) {
    return inStore("readonly", function (store) {
      return settled(store.get(keyOf(owner, path)));
    });
  }

  async function all(owner) {
    const entries = await inStore("readonly", function (store) {
      return settled(store.getAll());
    });
    return entries.filter(function (entry) {
      return entry.owner === owner;
    });
  }

  // `change` is given the entry, or undefined, and returns what is to stand in its place.
  async function alter(owner, path, change) {
    await inStore("readwrite", async function (store) {
      const key = keyOf(owner, path);
      const before = await settled(store.get(key));
      const after = change(before);
      if (after && Object.keys(after.marks).length) {
        store.put(Object.assign(after, { key: key, owner: owner, path: path }));
      } else if (before) {
        store.delete(key);
      }
    });
    changed();
  }

  // `marks` are added or take the place of those of the same persons; `gone` are taken back.
  function keep(owner, path, about, marks, gone) {
    return alter(owner, path, function (before) {
      const entry = Object.assign({ marks: {} }, before, about, { told: null });
      gone.forEach(function (person) {
        delete entry.marks[person];
      });
      Object.assign(entry.marks, marks);
      entry.id = crypto.randomUUID();
      entry.savedAt = new Date().toISOString();
      return entry;
    });
  }

  // What reached the server no longer waits, unless it was marked anew while it was on its way.
  function settle(owner, path, marks) {
    return alter(owner, path, function (entry) {
      Object.keys(entry ? entry.marks : {}).forEach(function (person) {
        const sent = marks[person];
        const waits = entry.marks[person];
        if (sent && (sent === true || (sent.state === waits.state && sent.mode === waits.mode))) {
          delete entry.marks[person];
        }
      });
      return entry;
    });
  }

  function tell(entry, told) {
    return alter(entry.owner, entry.path, function (now) {
      return now && now.id === entry.id ? Object.assign(now, { told: told }) : now;
    });
  }

  function discard(owner, path) {
    return alter(owner, path, function () {
      return undefined;
    });
  }

  async function forgetOld(owner) {
    const before = new Date(Date.now() - FOREIGN_DAYS * 864e5).toISOString();
    await inStore("readwrite", async function (store) {
      (await settled(store.getAll())).forEach(function (entry) {
        if (entry.owner !== owner && entry.savedAt < before) {
          store.delete(entry.key);
        }
      });
    });
  }

  async function token() {
    if (self.document) {
      const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
      return cookie === null ? "" : cookie[1];
    }
    const cookie = await self.cookieStore.get("csrftoken"); // where workers can send, there is one
    return cookie === null ? "" : cookie.value;
  }

  function fieldsOf(entry) {
    const fields = new URLSearchParams({
      device: entry.owner,
      id: entry.id,
      made_at: entry.savedAt,
      seen: Object.values(entry.marks)
        .map(function (mark) {
          return mark.seen;
        })
        .join(" ")
        .trim(),
    });
    Object.entries(entry.marks).forEach(function (pair) {
      fields.set("s" + pair[0], pair[1].state);
      fields.set("m" + pair[0], pair[1].mode);
    });
    return fields;
  }

  async function post(entry) {
    return fetch(entry.path + "enviar/", {
      method: "POST",
      body: fieldsOf(entry),
      redirect: "manual",
      headers: { "X-CSRFToken": await token() },
    });
  }

  function isJson(response) {
    return (response.headers.get("Content-Type") || "").indexOf("application/json") === 0;
  }

  // Where it is refused, it is told why and is not sent again until someone asks for it.
  async function send(entry, list) {
    let response = await post(entry);
    if (response.status === 403 && !isJson(response)) {
      await fetch(list); // brings the token of today
      response = await post(entry);
    }
    if (response.type === "opaqueredirect") {
      return tell(entry, { code: "login", again: true });
    }
    if (response.status >= 500 || response.status === 429) {
      return undefined; // not answered: later
    }
    if (response.status === 404) {
      return tell(entry, { code: "lost" });
    }
    if (!isJson(response)) {
      return tell(entry, { code: "refused" });
    }
    const answer = await response.json();
    if (answer.code === "other_user") {
      return undefined;
    }
    if (!answer.asks) {
      return tell(entry, { text: answer.text, again: answer.code === "not_open" });
    }
    const sent = Object.assign({}, entry.marks);
    answer.asks.forEach(function (person) {
      delete sent[person];
    });
    await settle(entry.owner, entry.path, sent);
    return answer.asks.length ? tell(entry, { code: "asks" }) : undefined;
  }

  // One after another, and in one tab at a time where browsers can: twice would change nothing.
  async function sendAll(owner, list, except) {
    const run = async function () {
      const entries = await all(owner);
      for (const entry of entries) {
        if (entry.path !== except && (!entry.told || entry.told.again)) {
          await send(entry, list);
        }
      }
    };
    return navigator.locks ? navigator.locks.request("registers", run) : run();
  }

  self.outbox = {
    all: all,
    channel: channel,
    discard: discard,
    forgetOld: forgetOld,
    get: get,
    keep: keep,
    send: send,
    sendAll: sendAll,
    settle: settle,
    token: token,
  };
})();
