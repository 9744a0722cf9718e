"use strict";
// Boards of events: tiles moved by mouse and by keys, editors opened over the board. Without it every
// link opens a page of its own, and every button sends a form.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);

  // -- the panel: what a link would open as a page, over the board --------------------------------

  const panel = $("#panel");
  const page = location.pathname + location.search;
  let typed = false;

  async function open(link) {
    await htmx.ajax("GET", link.href, { target: "#panel-body", swap: "innerHTML" });
    if (!$("#panel-body form")) return; // the server is away, and that was said
    typed = false;
    history.replaceState(null, "", link.href);
    if (!panel.open) panel.showModal();
    ($("[autofocus]", panel) ?? $("input:not([type=hidden]), button:not([tabindex='-1'])", panel))?.focus();
  }
  document.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a[data-panel]");
    if (link && panel) {
      event.preventDefault();
      open(link);
    }
    const back = event.target.closest("#panel a.button.outline");
    if (back && !back.target) {
      event.preventDefault();
      panel.close();
    }
  });
  panel?.addEventListener("input", () => { typed = true; });
  panel?.addEventListener("cancel", (event) => {
    if (!typed) return;
    event.preventDefault();
    typed = false;
    const place = $("#notice");
    place.textContent = "Nothing is saved yet. Press Escape once more to leave it.";
    place.hidden = false;
  });
  panel?.addEventListener("close", () => {
    $("#notice").hidden = true;
    $("#panel-body").replaceChildren();
    history.replaceState(null, "", page);
  });

  // What was typed is not lost with what it was for: the answer to that stays out of the page.
  document.addEventListener("htmx:finally:request", (event) => {
    if (event.detail.ctx.response?.status !== 404) return;
    const place = $("#notice");
    place.textContent = "That is not there any more: somebody else deleted it. What you typed is kept.";
    place.hidden = false;
  });

  // Enter where one looks for something looks for it, and saves nothing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("form.item input[type=search]")) return;
    event.preventDefault();
    $("button", event.target.parentElement)?.click();
  });

  // -- moving tiles -------------------------------------------------------------------------------

  const steps = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
  let going = ""; // the tile that was moved, and has the focus again afterwards
  let drafted = -1; // the place in the list of a player who was drafted: the next one stands there then

  function neighbour(tile, step) {
    const tiles = [...tile.parentElement.children];
    const at = tiles.indexOf(tile);
    if (step === "left" || step === "right") return tiles[at + (step === "left" ? -1 : 1)];
    const rows = [...document.querySelectorAll(".plan-row .tiles")];
    const row = rows[rows.indexOf(tile.parentElement) + (step === "up" ? -1 : 1)];
    return row?.children[Math.min(at, row.children.length - 1)];
  }
  document.addEventListener("keydown", (event) => {
    const tile = event.target.closest?.(".plan-row .tiles > li");
    if (!tile || event.ctrlKey || event.altKey || event.metaKey) return;
    const step = steps[event.key];
    if (step && event.shiftKey) $(`.tools [name=${step}]`, tile)?.click();
    else if (step) $("a", neighbour(tile, step) ?? tile)?.focus();
    else if (event.key === "Delete") $(".tools a", tile)?.click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    going = event.target.closest("button[form=moves]")?.closest("[data-tile]")?.dataset.tile ?? going;
  });

  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-tile]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.tile);
    dragged.classList.add("dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest?.(".plan-row .tiles > li");
    for (const one of document.querySelectorAll(".tiles > .over")) one.classList.toggle("over", one === over);
    if (!over) return;
    event.preventDefault();
    over.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const over = dragged && event.target.closest?.(".plan-row .tiles > li");
    if (!over) return;
    event.preventDefault();
    going = dragged.dataset.tile;
    const values = { to: going, row: over.closest("[data-row]").dataset.row, column: over.dataset.column };
    const moves = $("#moves");
    if (over !== dragged) htmx.ajax("POST", moves.getAttribute("hx-post"), { source: moves, target: "#plan", swap: "outerMorph", values });
  });
  document.addEventListener("dragend", () => {
    for (const one of document.querySelectorAll(".dragged, .over")) one.classList.remove("dragged", "over");
    dragged = null;
  });

  // The buttons of tiles are reached by keys above, and need no stop of their own.
  function settle() {
    for (const tool of document.querySelectorAll(".planning .tiles .tools > *")) tool.tabIndex = -1;
    if (going) document.getElementById(`tile-${going}`)?.focus();
    going = "";
    if (drafted >= 0) {
      const boxes = document.querySelectorAll(".candidates input");
      boxes[Math.min(drafted, boxes.length - 1)]?.focus();
    }
    drafted = -1;
  }
  document.addEventListener("htmx:before:swap", () => {
    going ||= document.activeElement.closest("[data-tile]")?.dataset.tile ?? "";
  });
  document.addEventListener("htmx:after:swap", settle);
  settle();

  // -- drafting -----------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.(".candidates input");
    const button = /^[1-9]$/.test(event.key) && document.querySelectorAll(".draft-to button")[event.key - 1];
    if (!box || !button || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    drafted = [...document.querySelectorAll(".candidates input")].indexOf(box);
    box.checked = true;
    button.click();
  });

  // -- small things -------------------------------------------------------------------------------

  const zone = $("form[action='/events/new'] [name='event.timezone']");
  if (zone?.value === "UTC") zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
})();
