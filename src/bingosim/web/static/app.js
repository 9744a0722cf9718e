"use strict";
// What the pages do beyond links and forms: dialogs, the editor, live updates. Without it everything
// but the confirmations, and results that grow by themselves, still works.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  document.documentElement.classList.add("script");

  // -- notices ---------------------------------------------------------------------------------

  function notice(text) {
    const place = $("#notice");
    place.textContent = text;
    place.hidden = !text;
  }
  // The server may be gone for a moment: nothing that was typed is lost by that.
  document.addEventListener("htmx:error", () =>
    notice("The server does not answer. What you typed is kept; try again in a moment."));
  document.addEventListener("htmx:after:swap", () => notice(""));

  // One goes on in the row that was just added, or where something is wrong with what was sent.
  document.addEventListener("htmx:after:swap", (event) => {
    if (!event.target.matches?.("form.item")) return;
    // What was in a file is in the page now, and may be edited there.
    for (const file of event.target.querySelectorAll("input[type=file]")) file.value = "";
    const places = event.target.querySelectorAll("[role=alert] button, [data-focus], [aria-invalid=true]");
    [...places].find((place) => place.checkVisibility())?.focus();
  });

  // -- dialogs, choices ------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault(); // of a link to the page that asks the same without scripts
      document.getElementById(opener.dataset.dialog)?.showModal();
    }
    const dialog = event.target.closest("[data-close]")?.closest("dialog");
    if (dialog) {
      event.preventDefault(); // of a link that leads back without scripts
      dialog.close();
    }
    if (event.target.matches?.("dialog:not(.panel)")) event.target.close(); // beside it
    const line = event.target.closest("[data-line]");
    if (line) goToLine(Number(line.dataset.line));
  });
  document.addEventListener("change", (event) => {
    event.target.closest("form[data-autosubmit]")?.requestSubmit();
    const choice = event.target.closest(".choice");
    if (choice && event.target.type !== "radio") $("input[type=radio]", choice).checked = true;
    if (event.target.id === "file") openFile(event.target);
  });

  // -- the editor of event files ---------------------------------------------------------------

  const text = $("#text");
  const gutter = $(".gutter");
  function number() {
    const lines = text.value.split("\n").length;
    if (Number(gutter.dataset.lines) !== lines) {
      gutter.dataset.lines = lines;
      gutter.textContent = Array.from({ length: lines }, (_, i) => i + 1).join("\n");
    }
    gutter.scrollTop = text.scrollTop;
  }
  function goToLine(line) {
    const lines = text.value.split("\n");
    const begin = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    text.focus();
    text.setSelectionRange(begin, begin + (lines[line - 1] ?? "").length);
    const height = parseFloat(getComputedStyle(text).lineHeight);
    text.scrollTop = Math.max(0, (line - 4) * height);
  }
  async function openFile(input) {
    const [file] = input.files;
    if (!file) return;
    text.value = await file.text();
    input.value = ""; // the text is what is sent, and it may be edited
    number();
    text.dispatchEvent(new Event("filled", { bubbles: true }));
  }
  if (text) {
    text.addEventListener("input", number);
    text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
    number();
  }

  // -- live results ----------------------------------------------------------------------------

  const live = $("#live");
  let source = null;
  function listen() {
    if (!live?.dataset.live || source || document.hidden) return;
    source = new EventSource(live.dataset.live);
    source.addEventListener("view", (event) => show(event.data));
    source.addEventListener("end", () => { delete live.dataset.live; hush(); });
    source.addEventListener("gone", () => { delete live.dataset.live; hush(); });
  }
  function hush() {
    source?.close();
    source = null;
  }
  async function show(html) {
    // A choice that is open, or a button that is being pressed, is left alone.
    if (live.contains(document.activeElement) && document.activeElement.matches("select")) return;
    await htmx.swap({ sourceElement: live, target: live, text: html, swap: "innerMorph" });
    write();
    document.dispatchEvent(new Event("results"));
  }
  // A browser opens six connections to a host: tabs that nobody sees give theirs back.
  document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
  addEventListener("pagehide", hush);
  addEventListener("pageshow", listen);
  listen();

  // -- moments by the clock of whoever looks -----------------------------------------------------

  const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  function write() {
    for (const time of document.querySelectorAll("time[datetime]")) {
      time.textContent = clock.format(new Date(time.dateTime));
    }
  }
  document.addEventListener("htmx:after:swap", write);
  write();
})();
