// The grid of scores by keyboard, a block pasted from a spreadsheet, and what was typed kept on the
// device until it is saved. Without this the form is an ordinary one.
(function () {
  "use strict";

  const form = document.getElementById("score-form");
  if (form === null) {
    return;
  }
  const SCORE = /^(?:[+-]?\d{1,3}(?:[.,]\d*)?|n\.?\s?p\.?)$/i;
  const ENOUGH_TO_COMPARE = 5;
  const asks = document.getElementById("score-asks");
  const told = document.getElementById("score-count");
  let waiting = null; // a block that is filled in only once it is confirmed
  let isLeaving = false;

  const rows = Array.from(form.querySelectorAll("tbody tr")).map(function (row) {
    return Array.from(row.querySelectorAll(".score-input"));
  });
  const inputs = rows.flat();

  function placeOf(input) {
    const row = rows.findIndex(function (cells) {
      return cells.includes(input);
    });
    return { row: row, column: rows[row].indexOf(input) };
  }

  function goTo(row, column) {
    const input = rows[row] && rows[row][column];
    if (input) {
      input.focus();
      input.select();
    }
    return Boolean(input);
  }

  // As the server reads it: 14,50 and 14.5 are the same score.
  function plain(text) {
    const number = text.trim().replace(",", ".").toUpperCase();
    if (/^N\.?\s?P\.?$/.test(number)) {
      return "NP";
    }
    return /^\d+(\.\d*)?$/.test(number) ? String(Number(number)) : number;
  }

  // As the field came, unless it came with something else typed in it.
  function stored(input) {
    return input.dataset.stored ?? input.defaultValue;
  }

  function isUnsaved(input) {
    return plain(input.value) !== plain(stored(input));
  }

  function isWrong(text) {
    const score = plain(text);
    return score !== "" && score !== "NP" && !(/^\d+(\.\d{1,2})?$/.test(score) && Number(score) <= 20);
  }

  function show(input) {
    input.classList.toggle("score-unsaved", isUnsaved(input));
    if (isWrong(input.value)) {
      input.setAttribute("aria-invalid", "true");
    } else {
      input.removeAttribute("aria-invalid");
    }
  }

  function count() {
    const unsaved = inputs.filter(isUnsaved).length;
    const text = unsaved ? told.dataset.some.replace("{n}", unsaved) : told.dataset.none;
    if (told.textContent !== text) {
      told.textContent = text;
    }
    return unsaved;
  }

  // ---- what was typed stays on the device ----------------------------------------------------

  const key = "score-draft:" + form.dataset.key;

  function keep() {
    const typed = {};
    inputs.filter(isUnsaved).forEach(function (input) {
      typed[input.name] = [input.value, stored(input)];
    });
    try {
      if (Object.keys(typed).length) {
        localStorage.setItem(key, JSON.stringify(typed));
      } else {
        localStorage.removeItem(key);
      }
    } catch (error) {
      // A full or forbidden store: the page warns before it is left all the same.
    }
  }

  // Only where nothing else was stored since; what is stored by now is no draft any more.
  function recover() {
    let typed = {};
    try {
      typed = JSON.parse(localStorage.getItem(key) || "{}");
    } catch (error) {
      return;
    }
    let found = 0;
    inputs.forEach(function (input) {
      const draft = typed[input.name];
      if (draft && draft[1] === stored(input) && !isUnsaved(input)) {
        input.value = draft[0];
        found += isUnsaved(input) ? 1 : 0;
      }
    });
    document.getElementById("score-draft").hidden = found === 0;
  }

  document.getElementById("score-forget").addEventListener("click", function () {
    inputs.forEach(function (input) {
      input.value = stored(input);
    });
    document.getElementById("score-draft").hidden = true;
    refresh();
  });

  function refresh() {
    inputs.forEach(show);
    count();
    keep();
  }

  // ---- keys ----------------------------------------------------------------------------------

  function move(event) {
    const input = event.target;
    if (!input.classList.contains("score-input") || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const place = placeOf(input);
    const isWhole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const steps = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      Enter: [event.shiftKey ? -1 : 1, 0],
      ArrowLeft: isWhole || input.selectionEnd === 0 ? [0, -1] : null,
      ArrowRight: isWhole || input.selectionStart === input.value.length ? [0, 1] : null,
    };
    const step = steps[event.key];
    if (!step) {
      return;
    }
    event.preventDefault();
    goTo(place.row + step[0], place.column + step[1]);
  }

  // ---- paste ---------------------------------------------------------------------------------

  function blockOf(text) {
    return text
      .replace(/\r\n?/g, "\n")
      .replace(/\n+$/, "")
      .split("\n")
      .map(function (line) {
        return line.split("\t").map(function (cell) {
          return cell.trim();
        });
      });
  }

  function targets(block, place) {
    const found = [];
    block.forEach(function (cells, down) {
      cells.forEach(function (text, right) {
        const input = (rows[place.row + down] || [])[place.column + right];
        found.push([input, text]);
      });
    });
    return found;
  }

  // Another column of which the block has the scores, where it is not pasted into that one.
  function otherColumn(block, place) {
    if (block[0].length > 1) {
      return "";
    }
    const pairs = block
      .map(function (cells, down) {
        return [cells[0], rows[place.row + down]];
      })
      .filter(function (pair) {
        return pair[1] && pair[0] !== "" && plain(pair[0]) !== plain(stored(pair[1][place.column]));
      });
    const other = rows[place.row].findIndex(function (input, column) {
      const same = pairs.filter(function (pair) {
        return plain(pair[0]) === plain(stored(pair[1][column]));
      }).length;
      return column !== place.column && same >= ENOUGH_TO_COMPARE && 5 * same >= 4 * pairs.length;
    });
    return other < 0 ? "" : rows[0][other].closest("td").dataset.label;
  }

  function ask(text, then) {
    waiting = then;
    asks.querySelector("p").textContent = text;
    document.getElementById("score-fill").hidden = then === null;
    asks.hidden = false;
    asks.focus();
    asks.scrollIntoView({ block: "center" });
  }

  function fill(filled) {
    filled.forEach(function (pair) {
      if (pair[0] && pair[1] !== "") {
        pair[0].value = pair[1];
      }
    });
    refresh();
  }

  function toMatch(text, place) {
    const panel = document.getElementById("score-paste");
    const column = form.elements.column;
    panel.open = true;
    form.elements.pasted.value = text;
    column.selectedIndex = place.column + (column.options[0].value === "" ? 1 : 0);
    ask(asks.dataset.names, null);
    document.getElementById("score-match").focus();
  }

  function paste(event) {
    const input = event.target;
    if (!input.classList.contains("score-input")) {
      return;
    }
    const text = event.clipboardData.getData("text/plain");
    const block = blockOf(text);
    if (block.length === 1 && block[0].length === 1 && SCORE.test(block[0][0])) {
      return;
    }
    event.preventDefault();
    asks.hidden = true;
    const place = placeOf(input);
    const cells = block.flat();
    if (
      cells.some(function (cell) {
        return cell !== "" && !SCORE.test(cell);
      })
    ) {
      toMatch(text, place);
      return;
    }
    const filled = targets(block, place);
    const other = otherColumn(block, place);
    const isOutside = filled.some(function (pair) {
      return pair[0] === undefined && pair[1] !== "";
    });
    if (other || isOutside) {
      ask(other ? asks.dataset.other.replace("{other}", other) : asks.dataset.outside, filled);
    } else {
      fill(filled);
    }
  }

  document.getElementById("score-fill").addEventListener("click", function () {
    asks.hidden = true;
    fill(waiting);
  });
  document.getElementById("score-leave").addEventListener("click", function () {
    asks.hidden = true;
  });

  form.addEventListener("keydown", move);
  form.addEventListener("paste", paste);
  form.addEventListener("focusin", function (event) {
    if (event.target.classList.contains("score-input")) {
      event.target.select();
    }
  });
  form.addEventListener("input", function (event) {
    if (event.target.classList.contains("score-input")) {
      show(event.target);
      count();
      keep();
    }
  });
  form.addEventListener("submit", function () {
    isLeaving = true;
  });
  window.addEventListener("beforeunload", function (event) {
    if (!isLeaving && inputs.some(isUnsaved)) {
      event.preventDefault();
    }
  });

  recover();
  refresh();
})();
