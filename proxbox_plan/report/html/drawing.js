// Drawing: rows, filters and tabs.

function valueOf(field) {
  const parts = [];
  if (field.before) parts.push(make("del", "mono", field.before));
  if (field.before && field.after) parts.push(" → ");
  if (field.after) parts.push(make(tab().columns.includes("→") ? "ins" : "span", "mono", field.after));
  return parts;
}

function labelOf(field) {
  return field.part ? `${field.part} ${field.name}` : field.name;
}

function preview(row) {
  const text = said(row, TEXT);
  if (text) return [text];
  const fields = fieldsOf(row).filter((field) => (field.before || field.after) !== said(row, NAME));
  // Of a list only what comes and goes is said: `+a -b`.
  const changed = fields.filter((field) => (field.before && field.after) || /^[+-]\S/.test(field.after));
  if (changed.length) return changed.slice(0, 3).flatMap((field, index) => [index ? "; " : "", `${labelOf(field)} `, ...valueOf(field)]);
  const parts = [...new Set(fields.map((field) => field.part).filter(Boolean))];
  if (parts.length) return [parts.slice(0, 4).join(" · ") + (parts.length > 4 ? ` · ${parts.length - 4} more` : "")];
  const words = fields.slice(0, 5).map((field) => `${field.name} ${field.before || field.after}`);
  return [words.join(" · ") || said(row, WHY)];
}

function inside(row) {
  const ids = [said(row, ADDRESS), said(row, IDS)].filter(Boolean).join(" · ");
  const box = make("div", "inside", make("p", "mono ids", ids));
  if (said(row, WHY) && !tab().placed) box.append(make("p", "", said(row, WHY)));
  if (said(row, TEXT)) box.append(make("p", "", said(row, TEXT)));
  if (said(row, HINT)) box.append(make("p", "hint", said(row, HINT)));
  const fields = fieldsOf(row);
  if (fields.length) {
    const noted = fields.some((field) => field.note);
    const head = make("tr", "", make("th", "", "Field"), make("th", "", tab().columns));
    if (noted) head.append(make("th", "", "Who"));
    const body = make("tbody", "");
    let part = "";
    for (const field of fields) {
      if (field.part !== part) {
        part = field.part;
        const title = make("th", "part", part);
        title.colSpan = noted ? 3 : 2;
        body.append(make("tr", "", title));
      }
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
  const about = [said(row, KIND), said(row, CLUSTER), tab().placed ? said(row, WHY) : ""].filter(Boolean).join(" · ");
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
    : "No rows.";
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
