// The lineage graph: layers from left to right, drawn as SVG.
const BOX = { width: 214, head: 30, row: 17, gapX: 74, gapY: 14, most: 7 };

/** Nodes up to `depth` steps above and below one. */
function neighbourhood(node, depth) {
  const found = new Set([node.i]);
  for (const way of ["up", "down"]) {
    let edge = [node.i];
    for (let step = 0; step < depth && edge.length; step++) {
      edge = [...new Set(edge.flatMap((i) => nodes[i][way]))].filter((i) => !found.has(i));
      edge.forEach((i) => found.add(i));
    }
  }
  return found;
}

/** Which column of the drawing each node stands in: one right of its furthest parent. */
function ranks(chosen) {
  const rank = new Map();
  const visit = (i) => {
    if (rank.has(i)) return rank.get(i);
    rank.set(i, 0); // a ring cannot be, but must not hang the page
    const above = nodes[i].up.filter((parent) => chosen.has(parent));
    rank.set(i, above.length ? 1 + Math.max(...above.map(visit)) : 0);
    return rank.get(i);
  };
  [...chosen].forEach(visit);
  for (const i of [...chosen].sort((a, b) => rank.get(b) - rank.get(a))) {
    const below = nodes[i].down.filter((child) => chosen.has(child)).map((child) => rank.get(child));
    if (below.length) rank.set(i, Math.max(rank.get(i), Math.min(...below) - 1)); // close to who reads it
  }
  return rank;
}

/** Order inside the columns so that lines cross little: the mean of the neighbours, a few sweeps. */
function ordered(chosen, rank) {
  const columns = [];
  for (const i of chosen) (columns[rank.get(i)] = columns[rank.get(i)] || []).push(i);
  const lists = columns.filter(Boolean);
  lists.forEach((list) => list.sort((a, b) => nodes[a].name.localeCompare(nodes[b].name)));
  const place = new Map();
  const number = (list) => list.forEach((i, at) => place.set(i, at / list.length));
  lists.forEach(number);
  for (let sweep = 0; sweep < 6; sweep++) {
    const way = sweep % 2 ? "down" : "up";
    for (const list of sweep % 2 ? [...lists].reverse() : lists) {
      const mean = (i) => {
        const near = nodes[i][way].filter((other) => place.has(other));
        return near.length ? near.reduce((sum, other) => sum + place.get(other), 0) / near.length : place.get(i);
      };
      const means = new Map(list.map((i) => [i, mean(i)]));
      list.sort((a, b) => means.get(a) - means.get(b));
      number(list);
    }
  }
  return lists;
}

function cut(text, most) {
  return text.length > most ? text.slice(0, most - 1) + "…" : text;
}

/** The drawing of some nodes. `way`: the trail of a column, whose names are written into the boxes. */
function drawing(chosen, here, way) {
  const lists = ordered(chosen, ranks(chosen));
  const rows = (i) => (way && way.nodes.get(i) ? Math.min(way.nodes.get(i).size, BOX.most) : 0);
  const height = (i) => BOX.head + (rows(i) ? rows(i) * BOX.row + 6 : 0);
  const heights = lists.map((list) => list.reduce((sum, i) => sum + height(i) + BOX.gapY, -BOX.gapY));
  const tall = Math.max(...heights, 60);
  const at = new Map();
  lists.forEach((list, column) => {
    let y = 16 + (tall - heights[column]) / 2;
    for (const i of list) {
      at.set(i, { x: 16 + column * (BOX.width + BOX.gapX), y, height: height(i) });
      y += height(i) + BOX.gapY;
    }
  });
  const width = 32 + lists.length * (BOX.width + BOX.gapX) - BOX.gapX;
  const onWay = new Set(way ? way.steps.map(([from, , into]) => from + " " + into) : []);
  const lines = [];
  for (const [i, to] of at) {
    for (const parent of nodes[i].up) {
      const from = at.get(parent);
      if (!from) continue;
      const [x1, y1, x2, y2] = [from.x + BOX.width, from.y + BOX.head / 2, to.x, to.y + BOX.head / 2];
      const bend = Math.max(28, (x2 - x1) / 2);
      lines.push(h("path", {
        class: "edge" + (onWay.has(parent + " " + i) ? " on" : ""),
        d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`,
      }));
    }
  }
  const boxes = [...at].map(([i, place]) => box(nodes[i], place, here, way));
  return h(
    "svg",
    { width, height: tall + 32, viewBox: `0 0 ${width} ${tall + 32}`, role: "group", "aria-label": "Lineage graph" },
    lines, boxes,
  );
}

function box(node, place, here, way) {
  const names = way && way.nodes.get(node.i) ? [...way.nodes.get(node.i)] : [];
  const shown = names.length > BOX.most ? names.slice(0, BOX.most - 1) : names;
  const rows = shown.map((name, row) =>
    h("text", { class: "col on", x: place.x + 16, y: place.y + BOX.head + 10 + row * BOX.row }, cut(name, 28)),
  );
  if (names.length > shown.length) {
    rows.push(h("text", { class: "col", x: place.x + 16, y: place.y + BOX.head + 10 + shown.length * BOX.row }, `and ${names.length - shown.length} more`));
  }
  const open = () => { location.hash = address(node, names.length === 1 ? names[0] : undefined); };
  return h(
    "g",
    {
      class: ["node", node.css, node === here && "here", (!way || names.length) && "on"].filter(Boolean).join(" "),
      tabindex: 0, role: "link", "aria-label": `${node.name}, ${node.layer}`, "data-node": node.name,
      onclick: open, onkeydown: (event) => { if (event.key === "Enter") open(); },
    },
    h("rect", { x: place.x, y: place.y, width: BOX.width, height: place.height }),
    h("rect", { class: "stripe", x: place.x, y: place.y + 6, width: 4, height: place.height - 12 }),
    h("text", { x: place.x + 14, y: place.y + 19 }, cut(node.name, 29)),
    rows,
    h("title", {}, `${node.name}\n${firstSentence(node.description)}`),
  );
}
