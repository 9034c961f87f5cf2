"use strict";
// Everything shown comes from the data block and goes into the page as text, never as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const strings = data.strings;
const PAGE = 100;
const BEFORE = 1;
const AFTER = 2;
const FACETS = ["kind", "status", "cluster", "why"];
const ALL = { kind: "All kinds", status: "Everything", cluster: "All clusters" };
const [STATUS, KIND, NAME, CLUSTER, WHY, ADDRESS, TEXT, HINT, IDS, FIELDS, PARTS] = Array(11).keys();
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

function ownFieldsOf(row) {
  const flat = row[FIELDS] || [];
  const fields = [];
  let i = 0;
  while (i < flat.length) {
    const [name, note, sides] = data.heads[flat[i++]];
    const before = sides & BEFORE ? strings[flat[i++]] : "";
    const after = sides & AFTER ? strings[flat[i++]] : "";
    fields.push({ name, note, before, after, part: "" });
  }
  return fields;
}

// A machine's row points to the rows of its changes: first its own (-1: it has none), then those of its parts.
function fieldsOf(row) {
  if (!row[PARTS]) return ownFieldsOf(row);
  const changes = data.tabs.find((one) => one.id === "changes").rows;
  const [own, ...parts] = row[PARTS];
  const fields = own < 0 ? [] : ownFieldsOf(changes[own]);
  for (const place of parts) {
    const change = changes[place];
    const part = `${said(change, STATUS)} ${said(change, KIND)} ${said(change, NAME)}`;
    const inside = ownFieldsOf(change).filter((field) => (field.before && field.after) || !said(change, NAME).includes(field.before || field.after));
    if (said(change, TEXT)) inside.push({ name: "", note: "", before: said(change, TEXT), after: "" });
    if (!inside.length) inside.push({ name: "", note: "", before: "", after: said(change, WHY) });
    fields.push(...inside.map((field) => ({ ...field, part })));
  }
  return fields;
}

function haystack(row) {
  const words = [STATUS, KIND, NAME, CLUSTER, WHY, ADDRESS, TEXT, HINT].map((column) => said(row, column));
  for (const { name, note, before, after, part } of fieldsOf(row)) words.push(name, note, before, after, part);
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
