"use strict";
// A player's form: the week as a grid, capabilities as tags. Both stand beside a text field that is
// what is sent, and follow it when it is typed into; without scripts the text field is all there is.
(() => {
  const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  const SHORT = DAYS.map((day) => day.slice(0, 3).toLowerCase());
  const CELL = 1_800, CELLS = 48, DAY = 86_400, WEEK = 7 * DAY; // seconds
  const two = (number) => String(number).padStart(2, "0");
  const clock = (second) => `${two(Math.floor(second / 3_600))}:${two(Math.floor(second / 60) % 60)}`;

  // -- sessions as text <-> spans: [begin, end) in seconds of the week, sorted, apart, none across
  //    its end ---------------------------------------------------------------------------------

  function weekday(text) {
    const day = text.trim();
    return SHORT.findIndex((short, i) => day === short || day === DAYS[i].toLowerCase());
  }
  function weekdays(text) {
    if (text === "daily") return [0, 1, 2, 3, 4, 5, 6];
    const days = [];
    for (const part of text.split(",")) {
      const dash = part.indexOf("-");
      const low = weekday(dash < 0 ? part : part.slice(0, dash));
      const high = dash < 0 ? low : weekday(part.slice(dash + 1));
      if (low < 0 || high < 0) return null;
      for (let step = 0; step <= (high - low + 7) % 7; step++) days.push((low + step) % 7);
    }
    return days;
  }
  function seconds(text) {
    const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
    if (!parts) return 0;
    const [days, hours, minutes, rest] = parts.slice(1).map((number) => Number(number ?? 0));
    return days * DAY + hours * 3_600 + minutes * 60 + rest;
  }
  function session(line) {
    const parts = /^(.*\S)\s+(\d{1,2}):(\d\d)\s+(\d\S*[a-z])$/.exec(line.trim().toLowerCase());
    if (!parts || line.length > 100) return null;
    const days = weekdays(parts[1]), hour = Number(parts[2]), minute = Number(parts[3]);
    const length = seconds(parts[4]);
    if (!days || hour > 23 || minute > 59 || length < 1 || length > WEEK) return null;
    return days.map((day) => {
      const begin = day * DAY + hour * 3_600 + minute * 60;
      return [begin, begin + length];
    });
  }
  function joined(spans) {
    const cut = spans.flatMap(([begin, end]) =>
      end > WEEK ? [[begin, WEEK], [0, Math.min(end - WEEK, WEEK)]] : [[begin, end]]);
    const found = [];
    for (const [begin, end] of cut.sort((a, b) => a[0] - b[0])) {
      const last = found.at(-1);
      if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
      else if (begin < end) found.push([begin, end]);
    }
    return found;
  }
  const without = (spans, [from, to]) => spans.flatMap(([begin, end]) =>
    [[begin, Math.min(end, from)], [Math.max(begin, to), end]].filter(([a, b]) => a < b));
  function read(text) {
    const spans = [], odd = [];
    for (const line of text.split(/[\n;]+/).filter((one) => one.trim())) {
      const found = session(line);
      if (found) spans.push(...found);
      else odd.push(line.trim());
    }
    return { spans: joined(spans), odd };
  }

  const length = (left) => [["d", DAY], ["h", 3_600], ["m", 60], ["s", 1]].map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count ? count + unit : "";
  }).join("");
  function named(days) {
    if (days.length === 7) return "daily";
    const runs = [];
    for (const day of days) {
      const run = runs.at(-1);
      if (run && run.at(-1) === day - 1) run.push(day);
      else runs.push([day]);
    }
    return runs.map((run) => run.length > 2 ? `${SHORT[run[0]]}-${SHORT[run.at(-1)]}`
      : run.map((day) => SHORT[day]).join(",")).join(",");
  }
  function written(spans) {
    const week = spans.map((span) => [...span]);
    const last = week.at(-1);
    if (week.length > 1 && week[0][0] === 0 && last[1] === WEEK) last[1] += week.shift()[1];
    const alike = new Map();
    for (const [begin, end] of week) {
      const what = `${clock(begin % DAY)} ${length(end - begin)}`;
      alike.set(what, [...(alike.get(what) ?? []), Math.floor(begin / DAY)]);
    }
    return [...alike].map(([what, days]) => `${named(days)} ${what}`);
  }

  // -- the grid --------------------------------------------------------------------------------

  function element(name, attributes, text = "") {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  }

  class Week {
    constructor(place, field) {
      this.field = field;
      this.state = read(field.value);
      this.grid = element("div", {
        class: "week-grid", role: "grid", "aria-label": "Half hours of the week",
        "aria-multiselectable": "true", "aria-describedby": "week-help",
      });
      const scale = element("div", { class: "week-scale", "aria-hidden": "true" });
      for (let hour = 0; hour < 24; hour += 3) scale.append(element("span", {}, `${two(hour)}:00`));
      this.cells = DAYS.map((day, d) => {
        const row = element("div", { role: "row" });
        row.append(element("div", { role: "rowheader", "aria-label": day }, day.slice(0, 3)));
        const cells = Array.from({ length: CELLS }, (_, c) => element("div", {
          role: "gridcell", tabindex: "-1", "data-day": d, "data-cell": c,
          "aria-label": `${day} ${clock(c * CELL)}`,
        }));
        row.append(...cells);
        this.grid.append(row);
        return cells;
      });
      const help = element("p", { class: "hint", id: "week-help" },
        "Drag over the hours, or go there by arrow keys and press space; with shift they are painted.");
      place.append(scale, this.grid, help);
      place.hidden = false;
      this.at = this.first();
      this.cells[this.at[0]][this.at[1]].tabIndex = 0;
      this.grid.addEventListener("pointerdown", (event) => this.press(event));
      this.grid.addEventListener("pointermove", (event) => this.drag(event));
      for (const name of ["pointerup", "pointercancel"]) {
        this.grid.addEventListener(name, () => { this.begun = null; });
      }
      this.grid.addEventListener("keydown", (event) => this.key(event));
      this.grid.addEventListener("focusin", (event) => this.go(this.place(event.target), false));
      field.addEventListener("input", () => this.typed());
      this.show();
    }
    first() {
      const begin = this.state.spans[0]?.[0] ?? 18 * 3_600;
      return [Math.floor(begin / DAY), Math.floor((begin % DAY) / CELL)];
    }
    typed() {
      this.held = null;
      this.state = read(this.field.value);
      this.show();
    }
    isOn([day, cell]) {
      return this.cells[day][cell].getAttribute("aria-selected") === "true";
    }

    show() {
      const { spans } = this.state;
      let next = 0;
      for (const [day, cells] of this.cells.entries()) {
        for (const [number, cell] of cells.entries()) {
          const from = day * DAY + number * CELL, to = from + CELL;
          while (next < spans.length && spans[next][1] <= from) next++;
          const inside = [];
          for (let i = next; i < spans.length && spans[i][0] < to; i++) {
            inside.push([Math.max(spans[i][0], from), Math.min(spans[i][1], to)]);
          }
          this.draw(cell, from, inside);
        }
      }
      const total = spans.reduce((sum, [begin, end]) => sum + end - begin, 0) / 3_600;
      const hours = this.field.form.querySelector("[data-hours]");
      const none = !spans.length && !this.state.odd.length;
      if (hours) hours.textContent = none ? "168" : total.toFixed(total < 1 ? 2 : total < 100 ? 1 : 0);
    }
    draw(cell, from, inside) {
      const covered = inside.reduce((sum, [begin, end]) => sum + end - begin, 0);
      const part = covered > 0 && covered < CELL;
      cell.setAttribute("aria-selected", String(covered > 0));
      cell.classList.toggle("part", part);
      cell.title = cell.getAttribute("aria-label") + (part
        ? `: ${inside.map(([a, b]) => `${clock(a % DAY)} to ${clock(b % DAY)}`).join(", ")}` : "");
      if (part) {
        cell.style.setProperty("--from", `${(100 * (inside[0][0] - from)) / CELL}%`);
        cell.style.setProperty("--to", `${(100 * (inside.at(-1)[1] - from)) / CELL}%`);
      }
    }

    paint([day, cell], [toDay, toCell], on, spans) {
      let painted = spans;
      const low = Math.min(cell, toCell), high = Math.max(cell, toCell) + 1;
      for (let d = Math.min(day, toDay); d <= Math.max(day, toDay); d++) {
        const span = [d * DAY + low * CELL, d * DAY + high * CELL];
        painted = on ? joined([...painted.map((one) => [...one]), span]) : without(painted, span);
      }
      this.state.spans = painted;
      this.field.value = [...written(painted), ...this.state.odd].join("\n");
      this.show();
    }
    go([day, cell], focus = true) {
      this.cells[this.at[0]][this.at[1]].tabIndex = -1;
      this.at = [day, cell];
      const there = this.cells[day][cell];
      there.tabIndex = 0;
      if (focus) there.focus();
    }

    press(event) {
      const place = this.under(event);
      if (!place || event.button) return;
      event.preventDefault();
      this.held = null;
      this.go(place);
      this.grid.setPointerCapture(event.pointerId);
      this.begun = { place, on: !this.isOn(place), spans: this.state.spans };
      this.paint(place, place, this.begun.on, this.begun.spans);
    }
    drag(event) {
      const place = this.begun && this.under(event);
      if (!place || (place[0] === this.at[0] && place[1] === this.at[1])) return;
      this.go(place);
      this.paint(this.begun.place, place, this.begun.on, this.begun.spans);
    }
    under(event) {
      const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-cell]");
      return cell && this.grid.contains(cell) ? this.place(cell) : null;
    }
    place(cell) {
      return [Number(cell.dataset.day), Number(cell.dataset.cell)];
    }

    key(event) {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === " " || event.key === "Enter") {
        event.preventDefault();
        this.held = null;
        this.paint(this.at, this.at, !this.isOn(this.at), this.state.spans);
        return;
      }
      const place = this.beside(event.key);
      if (!place) return;
      event.preventDefault();
      if (!event.shiftKey) {
        this.held = null;
      } else {
        this.held ??= { place: this.at, on: this.isOn(this.at), spans: this.state.spans };
        this.paint(this.held.place, place, this.held.on, this.held.spans);
      }
      this.go(place);
    }
    beside(key) {
      const [day, cell] = this.at;
      const upright = getComputedStyle(this.grid).gridAutoFlow.includes("column"); // on a phone
      const steps = upright
        ? { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }
        : { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      if (key === "Home") return [day, 0];
      if (key === "End") return [day, CELLS - 1];
      if (!steps[key]) return null;
      const within = (number, most) => Math.max(0, Math.min(most, number));
      return [within(day + steps[key][0], 6), within(cell + steps[key][1], CELLS - 1)];
    }
  }

  // -- tags ------------------------------------------------------------------------------------

  class Tags {
    constructor(place, field) {
      this.field = field;
      this.list = element("ul", { class: "chips" });
      this.input = element("input", {
        id: `${field.id}-more`, list: place.dataset.list, autocomplete: "off", spellcheck: "false",
        placeholder: "Add one, then Enter", "aria-label": `Add to ${field.labels[0].textContent}`,
      });
      place.append(this.list, this.input);
      place.hidden = false;
      this.input.addEventListener("keydown", (event) => this.key(event));
      this.input.addEventListener("input", (event) => this.typed(event));
      this.input.addEventListener("change", () => this.take());
      this.list.addEventListener("click", (event) => this.remove(event.target.closest("button")));
      this.follow();
    }
    follow() {
      this.words = [...new Set(this.field.value.split(/[\s,;]+/).filter(Boolean))];
      this.input.value = "";
      this.show();
    }
    show() {
      this.list.replaceChildren(...this.words.map((word) => {
        const chip = element("li", {}, word);
        const name = `Remove ${word}`;
        chip.append(element("button", { type: "button", "aria-label": name, title: name }, "✕"));
        return chip;
      }));
      this.list.hidden = !this.words.length;
      const wrong = this.field.getAttribute("aria-invalid");
      if (wrong) this.input.setAttribute("aria-invalid", wrong);
      else this.input.removeAttribute("aria-invalid");
      this.keep();
    }
    keep() {
      this.field.value = [...this.words, this.input.value.trim()].filter(Boolean).join(", ");
    }
    take() {
      this.keep();
      this.follow();
    }
    typed(event) {
      const chosen = event.inputType === "insertReplacementText" || !event.inputType;
      if (chosen || /[\s,;]/.test(this.input.value)) this.take();
      else this.keep();
    }
    key(event) {
      if (event.key === "Enter" && this.input.value.trim()) {
        event.preventDefault();
        this.take();
      }
      if (event.key === "Backspace" && !this.input.value && this.words.length) {
        this.words.pop();
        this.show();
      }
    }
    remove(button) {
      if (!button) return;
      const place = [...this.list.children].indexOf(button.parentElement);
      this.words.splice(place, 1);
      this.show();
      const next = this.list.children[Math.min(place, this.words.length - 1)];
      (next?.querySelector("button") ?? this.input).focus();
    }
  }

  const byId = (id) => document.getElementById(id);
  const week = document.querySelector("[data-week]"), tags = document.querySelector("[data-tags]");
  if (!week) return;
  const shown = new Week(week, byId(week.dataset.week));
  const chips = new Tags(tags, byId(tags.dataset.tags));
  document.addEventListener("htmx:after:swap", () => {
    shown.typed();
    chips.follow();
  });
})();
