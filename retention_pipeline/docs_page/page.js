// What is shown: the list of models, the first page, the page of a model, the search.
const main = document.getElementById("main");
const nav = document.getElementById("nav");
const field = document.getElementById("search");
const hits = document.getElementById("hits");
const GOOD = new Set(["success", "pass", "reused", "runtime ok"]);
const look = (status) => (GOOD.has(status) ? "pass" : status === "warn" ? "warn" : status === "skipped" || !status ? "mute" : "fail");

// -- the list on the left ------------------------------------------------------------------------
function grouped(list, key) {
  const found = new Map();
  for (const node of list) {
    const name = node[key] || "";
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(node);
  }
  return found;
}

const place = (layer) => (LAYERS.includes(layer) ? LAYERS.indexOf(layer) : LAYERS.indexOf("marts") - 0.5);
const layers = [...grouped(nodes, "layer")].sort((a, b) => place(b[0]) - place(a[0]) || a[0].localeCompare(b[0]));

function drawNav() {
  const links = (list) => list
    .sort((a, b) => a.name.localeCompare(b.name))
    .map((node) => h("a", { href: address(node), "data-node": node.i }, soft(node.name)));
  fill(nav, layers.map(([layer, list]) => {
    const domains = [...grouped(list, "domain")].sort((a, b) => a[0].localeCompare(b[0]));
    const inside = domains.length === 1 ? links(list) : domains.map(([domain, part]) => h(
      "details", { class: "domain" },
      h("summary", {}, domain || "others", h("span", { class: "count" }, part.length)), links(part),
    ));
    return h(
      "details", { class: "layer", open: layer === "marts" },
      h("summary", {}, h("span", { class: "dot " + list[0].css }), layer, h("span", { class: "count" }, list.length)), inside,
    );
  }));
}

function markNav(node) {
  for (const link of nav.querySelectorAll("[aria-current]")) link.removeAttribute("aria-current");
  const link = node && nav.querySelector(`a[data-node="${node.i}"]`);
  if (!link) return;
  link.setAttribute("aria-current", "page");
  for (let at = link.parentElement; at && at !== nav; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  link.scrollIntoView({ block: "nearest" });
}

// -- the first page ------------------------------------------------------------------------------
function drawHome() {
  const models = nodes.filter((node) => node.kind === "model").length;
  const columns = nodes.reduce((sum, node) => sum + node.columns.length, 0);
  const ended = data.tests || {};
  const tests = Object.values(ended).reduce((sum, count) => sum + count, 0);
  const bad = nodes.filter((node) => ["fail", "warn"].includes(look(node.status)) || node.tests.some((test) => ["fail", "warn"].includes(look(test.status))));
  const fresh = nodes.filter((node) => node.fresh);
  document.title = data.project;
  fill(
    main,
    h("h1", {}, data.project),
    h("div", { class: "chips" }, Object.entries(data.facts || {}).map(([name, value]) => h("span", { class: "chip" }, name, " ", h("b", {}, value)))),
    h("div", { class: "facts" },
      fact(models, "models"), fact(columns, "columns"),
      fact(nodes.filter((node) => node.kind === "source").length, "sources"),
      tests ? fact(tests, ended.pass === tests ? "tests, all passed in the last run" : "tests: " + Object.entries(ended).map(([status, count]) => `${number(count)} ${status}`).join(", "), bad.length ? "" : "pass") : fact(nodes.reduce((sum, node) => sum + node.tests.length, 0), "tests, not run yet"),
    ),
    bad.length ? [h("h2", {}, "Needs a look"), h("div", { class: "cards" }, bad.map(card))] : null,
    layers.filter(([layer]) => layer === "marts" || layers.length < 3).map(([layer, list]) =>
      [...grouped(list, "domain")].sort((a, b) => a[0].localeCompare(b[0])).map(([domain, part]) => [
        h("h2", {}, domain ? `${layer} · ${domain}` : layer), h("div", { class: "cards" }, part.map(card)),
      ])),
    fresh.length ? [h("h2", {}, "Freshness of the sources"), freshness(fresh)] : null,
    h("p", {}, h("a", { href: "#/graph" }, "The whole lineage graph")),
    footer(),
  );
}

function fact(count, said, css) {
  return h("div", { class: "fact" }, h("b", { class: css }, number(count)), h("span", {}, said));
}

function card(node) {
  return h("a", { class: "card " + node.css, href: address(node) }, h("b", {}, soft(node.name)), h("p", {}, inline(firstSentence(node.description))));
}

function freshness(list) {
  return sortable("", ["source", "status", "last loaded", "wanted"], list.map((node) => [
    h("a", { href: address(node) }, node.name),
    h("span", { class: look(node.fresh.status) }, node.fresh.status || "not asked"),
    (node.fresh.loaded || "").replace("T", " ").slice(0, 19), node.fresh.wanted || "",
  ]));
}

function footer() {
  const moment = (text) => (text || "").replace("T", " ").slice(0, 16);
  return h("footer", {}, [`Written ${moment(data.generated)} UTC`, data.ran && `last run ${moment(data.ran)} UTC`, data.adapter].filter(Boolean).join(" · "), ". Press / to search.");
}

// -- tables that sort ----------------------------------------------------------------------------
function sortable(css, titles, rows) {
  const body = h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", typeof cell === "number" ? { class: "num" } : {}, typeof cell === "number" ? number(cell) : cell)))));
  const heads = titles.map((title, at) => {
    const head = h("th", { scope: "col" }, h("button", { type: "button", onclick: () => sort(head, at) }, title));
    return head;
  });
  function sort(head, at) {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const text = (row) => row.children[at].textContent;
    const sorted = [...body.children].sort((a, b) => text(a).localeCompare(text(b), "en", { numeric: true }));
    body.append(...(down ? sorted.reverse() : sorted));
  }
  return h("div", { class: "wide" }, h("table", { class: css }, h("thead", {}, h("tr", {}, heads)), body));
}

// -- the page of a model -------------------------------------------------------------------------
function drawNode(node, column) {
  document.title = `${node.name} · ${data.project}`;
  fill(
    main,
    h("div", { class: "crumbs" }, h("span", { class: "dot " + node.css }), [node.layer, node.domain, node.kind].filter(Boolean).join(" › ")),
    h("h1", {}, node.name),
    prose(node.description),
    node.intro && node.intro !== node.description ? prose(node.intro) : null,
    chips(node),
    node.message ? h("p", { class: "fail" }, node.message) : null,
    column ? columnCard(node, column) : null,
    node.columns.length ? [h("h2", { id: "columns" }, `Columns (${node.columns.length})`), columnTable(node, column)] : null,
    column ? null : [h("h2", { id: "lineage" }, "Lineage"), lineage(node)],
    node.tests.length ? [h("h2", { id: "tests" }, `Tests (${node.tests.length})`), tests(node)] : null,
    node.raw || node.sql ? [h("h2", { id: "sql" }, "SQL"), code(node)] : null,
    footer(),
  );
}

function chips(node) {
  const chip = (name, value, css) => value !== undefined && h("span", { class: "chip" }, name, " ", h("b", { class: css }, value));
  const seconds = node.seconds > 0.001 ? `${node.seconds.toFixed(2)} s` : undefined;
  return h("div", { class: "chips" },
    chip("grain", node.grain && node.grain.join(", ")),
    chip("rows", node.rows === undefined ? undefined : number(node.rows)),
    chip("kept as", node.materialized),
    chip("last run", node.status && [node.status, seconds].filter(Boolean).join(", "), look(node.status)),
    node.contract ? chip("contract", "enforced") : null,
    node.fresh && chip("loaded", [node.fresh.status, (node.fresh.loaded || "").slice(0, 16).replace("T", " "), node.fresh.wanted].filter(Boolean).join(", "), look(node.fresh.status)),
    (node.tags || []).map((tag) => chip("tag", tag)),
    chip("file", node.path),
  );
}

/** The chosen column: what it is, and where it comes from and goes to. */
function columnCard(node, column) {
  const own = node.tests.filter((test) => test.column === column.name);
  return h("section", { id: "column", class: "chosen" },
    h("h2", {}, h("code", {}, soft(column.name)), " ", h("span", { class: "type" }, column.type || ""), column.key && h("span", { class: "key" }, "key"), " ", own.map(badge)),
    h("p", {}, inline(column.description)), definition(column),
    lineage(node, column),
  );
}

function definition(column) {
  const cells = (column.metric || []).filter(([, text]) => text !== column.description);
  return cells.length ? h("dl", { class: "metric" }, cells.map(([title, text]) => [h("dt", {}, title), h("dd", {}, inline(text))])) : null;
}

function columnTable(node, chosen) {
  const rows = node.columns.map((column) => {
    const own = node.tests.filter((test) => test.column === column.name);
    const sources = (column.from || []).filter((origin) => origin[2]);
    return h("tr", { id: "column-" + column.name, class: column === chosen && "here" },
      h("td", {}, h("button", { type: "button", class: "colname", "aria-pressed": String(column === chosen), title: "Show its lineage", onclick: () => { location.hash = address(node, column === chosen ? undefined : column.name); } }, soft(column.name)), column.key && h("span", { class: "key" }, "key")),
      h("td", { class: "type" }, column.type || ""),
      h("td", {}, inline(column.description), definition(column)),
      h("td", {}, h("div", { class: "badges" }, own.map(badge))),
      h("td", { class: "mute" }, sources.slice(0, 4).map(([i, name]) => [h("div", {}, h("a", { href: address(nodes[i], name) }, soft(`${nodes[i].name}.${name}`)))]), sources.length > 4 ? ` and ${sources.length - 4} more` : ""),
    );
  });
  const head = ["column", "type", "what it is", "tests", "made of"].map((title) => h("th", { scope: "col" }, title));
  return h("div", { class: "wide" }, h("table", { class: "columns" }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)));
}

function badge(test) {
  return h("span", { class: "badge " + look(test.status), title: [test.said, test.status].filter(Boolean).join(" · ") }, test.name);
}

function tests(node) {
  const rows = node.tests.map((test) => [
    h("span", {}, h("b", {}, test.name), test.said && test.said !== test.name ? h("div", { class: "mute" }, test.said) : null, test.message ? h("div", { class: "fail" }, test.message) : null),
    test.kind, test.column || (test.columns || []).join(", "),
    h("span", { class: look(test.status) }, test.status || "not run", test.failures ? `, ${number(test.failures)} rows` : ""),
  ]);
  return sortable("", ["test", "kind", "column", "last result"], rows);
}

// -- lineage -------------------------------------------------------------------------------------
let depth = 1;
let zoom = 1;

function lineage(node, column) {
  const frame = h("div", { class: "graph" + (column ? " traced" : "") });
  const way = column && trail(node, column);
  const list = h("ul", { class: "way" });
  function draw() {
    const chosen = way && way.steps.length ? new Set(way.nodes.keys()) : neighbourhood(node, depth);
    const picture = drawing(chosen, node, way && way.steps.length ? way : undefined);
    scale(picture);
    fill(frame, picture);
    requestAnimationFrame(() => centre(frame));
  }
  draw();
  if (way) fill(list, steps(node, column));
  const step = (words, value) => h("button", { type: "button", "aria-pressed": String(depth === value), onclick: (event) => {
    depth = value;
    for (const each of event.currentTarget.parentElement.querySelectorAll("[aria-pressed]")) each.setAttribute("aria-pressed", "false");
    event.currentTarget.setAttribute("aria-pressed", "true");
    draw();
  } }, words);
  const size = (words, by, label) => h("button", { type: "button", "aria-label": label, onclick: () => { zoom = Math.min(1.6, Math.max(0.3, zoom * by)); draw(); } }, words);
  const tools = [column ? h("button", { type: "button", onclick: () => { location.hash = address(node); } }, "All columns") : [step("1 step", 1), step("2 steps", 2), step("everything", 99)], size("−", 0.8, "Smaller"), size("+", 1.25, "Larger")];
  return [
    h("div", { class: "tabs" }, tools),
    node.opaque ? h("p", { class: "warn" }, `Column lineage is not certain here: ${node.opaque}.`) : null,
    frame, list,
  ];
}

function scale(picture) {
  picture.setAttribute("width", picture.viewBox.baseVal.width * zoom);
  picture.setAttribute("height", picture.viewBox.baseVal.height * zoom);
}

function centre(frame) {
  const here = frame.querySelector(".here rect");
  if (!here) return;
  frame.scrollLeft = (here.x.baseVal.value + BOX.width / 2) * zoom - frame.clientWidth / 2;
  frame.scrollTop = (here.y.baseVal.value + BOX.head / 2) * zoom - frame.clientHeight / 2;
}

/** What one column is made of and who reads it, in words; also what only decides it. */
function steps(node, column) {
  const link = (i, name) => h("a", { href: address(nodes[i], name) }, `${nodes[i].name}.${name}`);
  const from = column.from || [];
  const to = readers.get(spot(node.i, column.name)) || [];
  const line = (words, list) => list.length ? h("li", {}, words, " ", list.map(([i, name], at) => [at ? ", " : "", link(i, name)])) : null;
  return [
    column.how ? h("li", {}, "computed as ", h("code", { class: "how" }, column.how)) : null,
    line("made of", from.filter((each) => each[2])),
    line("decided by", from.filter((each) => !each[2])),
    line("read by", to.filter((each) => each[2])),
    line("decides", to.filter((each) => !each[2])),
    from.length || to.length ? null : h("li", { class: "mute" }, node.kind === "source" || node.kind === "seed" ? "Nobody reads it." : "No lineage is known for it."),
  ].filter(Boolean);
}

function drawGraph() {
  document.title = `Lineage · ${data.project}`;
  const linked = nodes.filter((node) => node.up.length || node.down.length);
  const picture = drawing(new Set(linked.map((node) => node.i)), undefined, undefined);
  zoom = Math.min(zoom, 0.7);
  scale(picture);
  fill(main, h("h1", {}, "Lineage"), h("p", { class: "mute" }, `${linked.length} nodes that read or are read, from the sources on the left to the marts. Choose one to see its own part.`), h("div", { class: "graph" }, picture), footer());
}

// -- SQL -----------------------------------------------------------------------------------------
const TOKENS = /(--[^\n]*|\/\*[\s\S]*?\*\/|\{#[\s\S]*?#\})|(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\})|('(?:[^']|'')*')|\b(\d+(?:\.\d+)?)\b|\b(select|from|where|group|by|order|having|qualify|window|partition|over|rows|range|between|unbounded|preceding|following|current|row|with|as|and|or|not|in|is|null|case|when|then|else|end|join|left|right|full|inner|cross|semi|anti|on|using|union|all|distinct|cast|filter|values|exists|like|limit|interval|true|false|asc|desc|nulls|first|last|recursive|lateral|exclude|replace)\b/gi;
const KINDS = ["com", "tpl", "str", "num-lit", "kw"];

function highlighted(sql) {
  const parts = [];
  let end = 0;
  for (const found of sql.matchAll(TOKENS)) {
    parts.push(sql.slice(end, found.index));
    parts.push(h("span", { class: KINDS[found.slice(1).findIndex((each) => each !== undefined)] }, found[0]));
    end = found.index + found[0].length;
  }
  return [...parts, sql.slice(end)];
}

function code(node) {
  const text = h("pre", { tabindex: 0 });
  const texts = { template: node.raw, compiled: node.sql };
  const buttons = Object.keys(texts).filter((name) => texts[name]).map((name) => h("button", { type: "button", role: "tab", onclick: () => show(name) }, name));
  function show(name) {
    fill(text, h("code", {}, highlighted(texts[name].trim())));
    for (const button of buttons) button.setAttribute("aria-selected", String(button.textContent === name));
  }
  show(buttons[0].textContent);
  const copy = h("button", { type: "button", onclick: async () => { await navigator.clipboard.writeText(text.textContent); copy.textContent = "copied"; } }, "copy");
  return [h("div", { class: "tabs", role: "tablist" }, buttons, copy), text];
}

// -- search --------------------------------------------------------------------------------------
let picked = -1;

function marked(text, words) {
  const wanted = words.toLowerCase().split(/[\s.]+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!wanted.length) return text;
  return text.split(new RegExp(`(${wanted.join("|")})`, "i")).map((part, at) => (at % 2 ? h("mark", {}, part) : part));
}

function showHits() {
  const words = field.value.trim();
  const found = search(words, 40);
  picked = found.length ? 0 : -1;
  fill(hits, found.map((entry, at) => h("li", { role: "option", id: "hit-" + at, "aria-selected": String(at === 0), onclick: () => go(entry) },
    h("div", { class: "name" }, h("span", { class: "dot " + entry.node.css }), " ", marked(entry.column ? `${entry.node.name}.${entry.column.name}` : entry.node.name, words)),
    h("div", { class: "said" }, marked(firstSentence((entry.column || entry.node).description || ""), words)),
  )));
  hits.found = found;
  if (words && !found.length) hits.append(h("li", { class: "none" }, "Nothing has all of these words."));
  hits.hidden = !words;
  field.setAttribute("aria-expanded", String(!hits.hidden));
  if (picked === 0) field.setAttribute("aria-activedescendant", "hit-0");
}

function pick(step) {
  const options = hits.querySelectorAll('[role="option"]');
  if (!options.length) return;
  picked = (picked + step + options.length) % options.length;
  options.forEach((each, at) => each.setAttribute("aria-selected", String(at === picked)));
  options[picked].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", "hit-" + picked);
}

function closeHits() {
  hits.hidden = true;
  field.setAttribute("aria-expanded", "false");
}

function go(entry) {
  closeHits();
  field.value = "";
  field.blur();
  location.hash = address(entry.node, entry.column && entry.column.name);
}

field.addEventListener("input", showHits);
field.addEventListener("focus", () => { if (field.value) showHits(); });
field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") pick(1);
  else if (event.key === "ArrowUp") pick(-1);
  else if (event.key === "Enter" && hits.found && hits.found[picked]) go(hits.found[picked]);
  else if (event.key === "Escape") { closeHits(); field.blur(); }
  else return;
  event.preventDefault();
});
document.addEventListener("click", (event) => { if (!event.target.closest("#finder")) closeHits(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
    event.preventDefault();
    field.focus();
  }
});

// -- the frame -----------------------------------------------------------------------------------
const menu = document.getElementById("menu");
function openNav(open) {
  nav.classList.toggle("open", open);
  menu.setAttribute("aria-expanded", String(open));
}
menu.addEventListener("click", () => openNav(!nav.classList.contains("open")));

function remembered() {
  try { return localStorage.getItem("theme"); } catch { return null; }
}
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}
const dark = matchMedia("(prefers-color-scheme: dark)");
setTheme(remembered() || (dark.matches ? "dark" : "light"));
dark.addEventListener("change", () => { if (!remembered()) setTheme(dark.matches ? "dark" : "light"); });
document.getElementById("theme").addEventListener("click", () => {
  setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  try { localStorage.setItem("theme", document.documentElement.dataset.theme); } catch { /* a page from disk may not keep anything */ }
});

let shown;
function route() {
  const [name, columnName] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const node = name && name !== "graph" ? find(name) : undefined;
  openNav(false);
  if (node) {
    const column = columnName && node.columns.find((each) => each.name.toLowerCase() === columnName.toLowerCase());
    const same = shown === node;
    const at = scrollY;
    drawNode(node, column);
    markNav(node);
    if (column) document.getElementById("column").scrollIntoView({ block: "start" });
    else scrollTo(0, same ? at : 0);
  } else {
    markNav();
    if (name === "graph") drawGraph();
    else if (name) fill(main, h("h1", {}, "Not here"), h("p", {}, `There is no '${name}' in this project.`), h("p", {}, h("a", { href: "#/" }, "To the first page")));
    else drawHome();
    scrollTo(0, 0);
  }
  shown = node;
}

drawNav();
addEventListener("hashchange", route);
route();
