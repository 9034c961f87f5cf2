"use strict";
// Everything shown comes from the data block and goes into the page as text, never as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const strings = data.strings;
const PAGE = 100;
const BEFORE = 1;
const AFTER = 2;
const FACETS = ["kind", "status", "cluster", "why"];
const ALL = { kind: "All kinds", status: "Everything", cluster: "All clusters" };
const [STATUS, KIND, NAME, CLUSTER, WHY, ADDRESS, TEXT, HINT, FIELDS] = Array(9).keys();
const COLUMN = { kind: KIND, status: STATUS, cluster: CLUSTER, why: WHY };
const view = { tab: "", q: "", kind: "", status: "", cluster: "", why: "", open: "" };
let matching = [];
let drawn = 0;

const at = (id) => document.getElementById(id);
const said = (row, column) => strings[row[column] || 0];
const number = (count) => count.toLocaleString("en-US");
const hue = (status) => data.moods[status] || "quiet";
const tab = () => data.tabs.find((one) => one.id === view.tab) || data.tabs[0];

function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

// Rows

function fieldsOf(row) {
  const flat = row[FIELDS] || [];
  const fields = [];
  let i = 0;
  while (i < flat.length) {
    const [name, note, sides] = data.heads[flat[i++]];
    const before = sides & BEFORE ? strings[flat[i++]] : "";
    const after = sides & AFTER ? strings[flat[i++]] : "";
    fields.push({ name, note, before, after });
  }
  return fields;
}

function haystack(row) {
  const words = [STATUS, KIND, NAME, CLUSTER, WHY, ADDRESS, TEXT, HINT].map((column) => said(row, column));
  for (const { name, note, before, after } of fieldsOf(row)) words.push(name, note, before, after);
  return words.join("\n").toLowerCase();
}

function filtered(rows, ignored) {
  const words = view.q.toLowerCase().split(/\s+/).filter(Boolean);
  const facets = FACETS.filter((facet) => view[facet] && facet !== ignored);
  return rows.filter((row) => {
    if (!facets.every((facet) => said(row, COLUMN[facet]) === view[facet])) return false;
    if (!words.length) return true;
    row.haystack ||= haystack(row);
    return words.every((word) => row.haystack.includes(word));
  });
}

function counted(rows, column) {
  const counts = new Map();
  for (const row of rows) counts.set(said(row, column), (counts.get(said(row, column)) || 0) + 1);
  return counts;
}

// Drawing

function valueOf(field) {
  const parts = [];
  if (field.before) parts.push(make("del", "mono", field.before));
  if (field.before && field.after) parts.push(" → ");
  if (field.after) parts.push(make(tab().columns.includes("→") ? "ins" : "span", "mono", field.after));
  return parts;
}

function preview(row) {
  const text = said(row, TEXT);
  if (text) return [text];
  const fields = fieldsOf(row).filter((field) => (field.before || field.after) !== said(row, NAME));
  const changed = fields.filter((field) => field.before && field.after);
  if (changed.length) return changed.slice(0, 3).flatMap((field, index) => [index ? "; " : "", `${field.name} `, ...valueOf(field)]);
  const words = fields.slice(0, 5).map((field) => `${field.name} ${field.before || field.after}`);
  return [words.join(" · ") || said(row, WHY)];
}

function inside(row) {
  const box = make("div", "inside", make("p", "mono", said(row, ADDRESS)));
  if (said(row, WHY)) box.append(make("p", "", said(row, WHY)));
  if (said(row, TEXT)) box.append(make("p", "", said(row, TEXT)));
  if (said(row, HINT)) box.append(make("p", "hint", said(row, HINT)));
  const fields = fieldsOf(row);
  if (fields.length) {
    const noted = fields.some((field) => field.note);
    const head = make("tr", "", make("th", "", "Field"), make("th", "", tab().columns));
    if (noted) head.append(make("th", "", "Who"));
    const body = make("tbody", "");
    for (const field of fields) {
      const line = make("tr", "", make("td", "mono", field.name), make("td", "", ...valueOf(field)));
      if (noted) line.append(make("td", "", field.note));
      body.append(line);
    }
    box.append(make("table", "", make("thead", "", head), body));
  }
  return box;
}

function rowElement(row) {
  const status = said(row, STATUS);
  const about = [said(row, KIND), said(row, CLUSTER)].filter(Boolean).join(" · ");
  const summary = make(
    "summary", "",
    make("span", `badge ${hue(status)}`, status),
    make("span", "name", said(row, NAME), make("small", "", about)),
    make("span", "text", ...preview(row)),
  );
  const element = make("details", "", summary);
  element.row = row;
  if (view.open && said(row, ADDRESS) === view.open) {
    element.append(inside(row));
    element.open = true;
  }
  element.addEventListener("toggle", () => {
    if (element.open && element.children.length === 1) element.append(inside(row));
    if (element.open || view.open === said(row, ADDRESS)) keep({ open: element.open ? said(row, ADDRESS) : "" });
  });
  return element;
}

function drawMore() {
  const end = Math.min(drawn + PAGE, matching.length);
  at("list").append(...matching.slice(drawn, end).map(rowElement));
  drawn = end;
  at("more").hidden = drawn === matching.length;
  at("more").textContent = `Show more (${number(matching.length - drawn)} left)`;
}

function drawList() {
  const rows = tab().rows;
  matching = filtered(rows);
  drawn = 0;
  at("list").replaceChildren();
  at("found").textContent = rows.length
    ? matching.length === rows.length ? `${number(rows.length)} shown` : `${number(matching.length)} of ${number(rows.length)}`
    : "Nothing here.";
  drawMore();
}

function pressed(element, is) {
  element.setAttribute("aria-pressed", String(is));
  return element;
}

function drawCounts() {
  const order = Object.keys(data.moods);
  const counts = [...counted(filtered(tab().rows, "status"), STATUS)].sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
  const tiles = counts.map(([status, count]) => {
    const tile = pressed(make("button", `tile ${hue(status)}`, make("b", "", number(count)), make("span", "", status)), view.status === status);
    tile.type = "button";
    tile.addEventListener("click", () => change({ status: view.status === status ? "" : status }));
    return tile;
  });
  at("counts").replaceChildren(...tiles);
}

function drawChart() {
  const groups = new Map();
  for (const row of filtered(tab().rows, "kind")) {
    const kind = said(row, KIND);
    if (!groups.has(kind)) groups.set(kind, []);
    groups.get(kind).push(row);
  }
  const most = Math.max(1, ...[...groups.values()].map((rows) => rows.length));
  const bars = [...groups].map(([kind, rows]) => {
    const track = make("span", "track");
    for (const [status, count] of counted(rows, STATUS)) {
      const part = make("i", hue(status));
      part.style.width = `${(100 * count) / most}%`;
      part.title = `${number(count)} ${status}`;
      track.append(part);
    }
    const bar = pressed(make("button", "bar", make("span", "", kind), track, make("span", "", number(rows.length))), view.kind === kind);
    bar.type = "button";
    bar.addEventListener("click", () => change({ kind: view.kind === kind ? "" : kind }));
    return bar;
  });
  at("chart").replaceChildren(...bars);
}

function drawFacets() {
  for (const facet of FACETS) {
    const counts = counted(filtered(tab().rows, facet), COLUMN[facet]);
    counts.delete("");
    if (view[facet] && !counts.has(view[facet])) counts.set(view[facet], 0);
    const options = [...counts].sort(([one], [other]) => one.localeCompare(other)).map(([value, count]) => {
      const option = make("option", "", `${value} (${number(count)})`);
      option.value = value;
      return option;
    });
    const all = make("option", "", ALL[facet] || tab().whys);
    all.value = "";
    at(facet).replaceChildren(all, ...options);
    at(facet).value = view[facet];
    at(facet).hidden = options.length < 2 && !view[facet];
  }
}

function drawTabs() {
  const buttons = data.tabs.map((one) => {
    const button = make("button", "", one.title, make("b", "", number(one.rows.length)));
    button.type = "button";
    button.setAttribute("role", "tab");
    button.setAttribute("aria-selected", String(one === tab()));
    button.addEventListener("click", () => change({ tab: one.id, kind: "", status: "", cluster: "", why: "" }));
    return button;
  });
  at("tabs").replaceChildren(...buttons);
}

function drawHead() {
  at("facts").replaceChildren(...data.facts.map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value))));
  at("alerts").replaceChildren(...data.alerts.map(([mood, text]) => make("p", `alert ${mood}`, text)));
}

function draw() {
  if (at("q").value !== view.q) at("q").value = view.q;
  at("clear").hidden = !["q", ...FACETS].some((name) => view[name]);
  drawTabs();
  drawCounts();
  drawChart();
  drawFacets();
  drawList();
}

// What is looked at is in the page's address

function keep(changes) {
  Object.assign(view, changes);
  const words = new URLSearchParams(Object.entries(view).filter(([name, value]) => value && !(name === "tab" && tab() === data.tabs[0])));
  history.replaceState(null, "", `#${words}`);
}

function change(changes) {
  keep({ open: "", ...changes });
  draw();
}

function fromAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(view)) view[name] = words.get(name) || "";
  draw();
}

// Theme: the system's until somebody chooses

function remembered(write) {
  try { return write ? localStorage.setItem("proxbox-theme", write) : localStorage.getItem("proxbox-theme"); } catch { return null; }
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function setTheme(theme) {
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  at("theme").textContent = isDark() ? "Light" : "Dark";
}

function switchTheme() {
  const theme = isDark() ? "light" : "dark";
  remembered(theme);
  setTheme(theme);
}

// Keys

function move(step) {
  const here = document.activeElement.closest("details");
  let next = here ? (step > 0 ? here.nextElementSibling : here.previousElementSibling) : at("list").firstElementChild;
  if (!next && step > 0 && drawn < matching.length) {
    drawMore();
    next = here.nextElementSibling;
  }
  if (next) {
    next.firstElementChild.focus();
    next.scrollIntoView({ block: "nearest" });
  }
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  const keys = { ArrowDown: () => move(1), j: () => move(1), ArrowUp: () => move(-1), k: () => move(-1), t: switchTheme, "/": () => at("q").focus() };
  if (event.key === "Escape") {
    change({ q: "", kind: "", status: "", cluster: "", why: "" });
    document.activeElement.blur();
  } else if (event.target === at("q") && (event.key === "ArrowDown" || event.key === "Enter")) {
    search();
    move(1);
  } else if (typing || !keys[event.key]) {
    return;
  } else {
    keys[event.key]();
  }
  event.preventDefault();
}

let waiting = 0;

function search() {
  clearTimeout(waiting);
  if (view.q !== at("q").value) change({ q: at("q").value });
}

at("q").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 60);
});
for (const facet of FACETS) at(facet).addEventListener("change", () => change({ [facet]: at(facet).value }));
at("clear").addEventListener("click", () => change({ q: "", kind: "", status: "", cluster: "", why: "" }));
at("filters").addEventListener("submit", (event) => event.preventDefault());
at("more").addEventListener("click", drawMore);
at("theme").addEventListener("click", switchTheme);
addEventListener("keydown", onKey);
addEventListener("hashchange", fromAddress);
new IntersectionObserver(([entry]) => entry.isIntersecting && drawn < matching.length && drawMore(), { rootMargin: "600px" }).observe(at("more"));
setTheme(remembered());
drawHead();
fromAddress();
