// Navigation: the current view is in the page's address.

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

// Theme: the system's until the reader chooses

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
