"use strict";
// The data, what is computed from it once, and small helpers. Nothing is fetched.
const data = JSON.parse(document.getElementById("data").textContent);
const nodes = data.nodes || [];
const LAYERS = ["raw", "seeds", "staging", "intermediate", "snapshots", "marts", "exposures"];

// -- elements ------------------------------------------------------------------------------------
const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "rect", "path", "text", "title", "defs", "marker"]);

/** An element: attributes, `on*` listeners, children as nodes or text. */
function h(tag, attributes, ...children) {
  const made = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...there(children));
  return made;
}

const there = (children) => children.flat(9).filter((child) => child !== undefined && child !== null && child !== false);

/** Replace what an element holds. */
function fill(element, ...children) {
  element.replaceChildren(...there(children));
}

/** A description's `code`, **bold** and paragraphs as elements. */
function prose(text) {
  return (text || "").split(/\n\s*\n/).map((part) => h("p", { class: "lead" }, inline(part)));
}

function inline(text) {
  return (text || "")
    .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((part) => {
      if (part.startsWith("`")) return h("code", {}, part.slice(1, -1));
      if (part.startsWith("**")) return h("b", {}, part.slice(2, -2));
      return part;
    });
}

/** A name that may be broken after _ and . only. */
function soft(name) {
  return name.split(/(?<=[_.])/).flatMap((part, at) => (at ? [h("wbr", {}), part] : [part]));
}

function firstSentence(text) {
  const plain = (text || "").replace(/\s+/g, " ");
  const end = plain.slice(20).search(/\.(\s|$)/);
  return end >= 0 ? plain.slice(0, end + 21) : plain;
}

function number(value) {
  return value === undefined ? "" : Number(value).toLocaleString("en-US");
}

// -- names and links -----------------------------------------------------------------------------
const byName = new Map();
for (const node of nodes) {
  const plain = node.name.toLowerCase();
  byName.set(byName.has(plain) ? node.id.toLowerCase() : plain, node);
}
nodes.forEach((node, i) => {
  node.i = i;
  node.link = byName.get(node.name.toLowerCase()) === node ? node.name : node.id;
  node.css = LAYERS.includes(node.layer) ? node.layer : "other";
  node.columns = node.columns || [];
  node.up = node.up || [];
  node.down = [];
  node.tests = node.tests || [];
});
for (const node of nodes) for (const parent of node.up) nodes[parent].down.push(node.i);

const find = (name) => byName.get(name.toLowerCase()) || nodes.find((node) => node.id === name);
const address = (node, column) => "#/" + [node.link, column].filter(Boolean).map(encodeURIComponent).join("/");

// -- column lineage ------------------------------------------------------------------------------
const readers = new Map(); // "node column" -> [[node, column, carries]]
const spot = (i, column) => i + " " + column.toLowerCase();
for (const node of nodes) {
  for (const column of node.columns) {
    for (const [parent, name, carries] of column.from || []) {
      const key = spot(parent, name);
      if (!readers.has(key)) readers.set(key, []);
      readers.get(key).push([node.i, column.name, carries]);
    }
  }
}

function columnOf(i, name) {
  return nodes[i].columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

/** Every column above and below one: node -> names; and the steps, [from, column, into, column, carries]. */
function trail(node, column) {
  const found = new Map([[node.i, new Set([column.name])]]);
  const steps = new Map();
  for (const up of [true, false]) {
    const seen = new Set([spot(node.i, column.name)]);
    const edge = [[node.i, column.name]];
    while (edge.length) {
      const [at, name] = edge.shift();
      const next = up ? (columnOf(at, name) || {}).from || [] : readers.get(spot(at, name)) || [];
      for (const [other, otherName, carries] of next) {
        if (!carries) continue; // what only decides is listed at its own column
        const step = up ? [other, otherName, at, name] : [at, name, other, otherName];
        steps.set(step.join(" "), step);
        if (!found.has(other)) found.set(other, new Set());
        found.get(other).add(otherName);
        const key = spot(other, otherName);
        if (!seen.has(key)) {
          seen.add(key);
          edge.push([other, otherName]);
        }
      }
    }
  }
  return { nodes: found, steps: [...steps.values()] };
}

// -- search --------------------------------------------------------------------------------------
const entries = [];
for (const node of nodes) {
  entries.push({ node, name: node.name.toLowerCase(), text: [node.description, node.intro, (node.tags || []).join(" ")].join(" ").toLowerCase() });
  for (const column of node.columns) {
    const metric = (column.metric || []).map((pair) => pair[1]).join(" ");
    entries.push({ node, column, name: column.name.toLowerCase(), text: [column.description, metric].join(" ").toLowerCase() });
  }
}

/** The best entries for some words: all words must be found; names count more than texts, marts more than the rest. */
function search(words, most) {
  const wanted = words.toLowerCase().split(/[\s.]+/).filter(Boolean);
  if (!wanted.length) return [];
  const whole = wanted.join("_");
  const scored = [];
  for (const entry of entries) {
    let score = entry.column ? 0 : 6;
    for (const word of wanted) {
      const inName = entry.name.indexOf(word);
      if (inName === 0) score += 24;
      else if (inName > 0) score += 16;
      else if (entry.column && entry.node.name.toLowerCase().includes(word)) score += 10;
      else if (entry.text.includes(word)) score += 5;
      else { score = -1; break; }
    }
    if (score < 0) continue;
    if (entry.name === whole) score += 60;
    else if (entry.name.startsWith(whole)) score += 12;
    if (entry.node.layer === "marts") score += 8;
    scored.push([score - entry.name.length / 100, entry]);
  }
  return scored.sort((a, b) => b[0] - a[0]).slice(0, most).map((pair) => pair[1]);
}
