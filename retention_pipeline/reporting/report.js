"use strict";
(() => {
  const root = document.documentElement;
  // Light or dark: the system decides until the reader does.
  const store = {
    get: () => { try { return localStorage.getItem("retention-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("retention-theme", value); } catch { /* kept for this page only */ } },
  };
  const themes = [...document.querySelectorAll(".theme button")];
  const wear = (theme) => {
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    for (const button of themes) button.setAttribute("aria-pressed", String(button.value === theme));
  };
  const known = store.get();
  wear(known === "light" || known === "dark" ? known : "auto");
  for (const button of themes) button.addEventListener("click", () => { wear(button.value); store.set(button.value); });
  document.querySelector(".theme").hidden = false;

  // Tables sort by what is behind a cell; what has no value stays last.
  const worth = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.v ?? cell.textContent.trim();
  };
  const compare = (a, b) => {
    const x = Number(a), y = Number(b);
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, "en", { numeric: true }) : x - y;
  };
  const sort = (head, at) => {
    const table = head.closest("table"), body = table.tBodies[0];
    const numeric = head.classList.contains("num");
    const first = numeric ? "descending" : "ascending", other = numeric ? "ascending" : "descending";
    const next = head.getAttribute("aria-sort") === first ? other : first;
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", next);
    const sign = next === "ascending" ? 1 : -1;
    const rows = [...body.rows].map((row) => [worth(row, at), row]);
    rows.sort(([a], [b]) => (a === "" || b === "" ? (a === "") - (b === "") : sign * compare(a, b)));
    body.append(...rows.map(([, row]) => row));
  };
  for (const table of document.querySelectorAll("table.data")) {
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => sort(head, at));
    });
  }

  // What a mark or a cell says, beside the pointer.
  const tip = document.getElementById("tip");
  const place = (x, y) => {
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(6, Math.min(x + 14, innerWidth - box.width - 6))}px`;
    tip.style.top = `${y - box.height - 12 < 6 ? y + 18 : y - box.height - 12}px`;
  };
  document.addEventListener("pointerover", (event) => {
    const at = event.target.closest?.("[data-tip]");
    tip.classList.toggle("on", Boolean(at));
    if (!at) return;
    const table = at.closest("table.triangle"), column = table && table.tHead.rows[0].cells[at.cellIndex];
    tip.textContent = table
      ? `${at.parentNode.cells[0].textContent}, month ${column.textContent}: ${at.dataset.tip}` : at.dataset.tip;
    place(event.clientX, event.clientY);
  });
  document.addEventListener("pointermove", (event) => { if (tip.classList.contains("on")) place(event.clientX, event.clientY); });
  document.addEventListener("scroll", () => tip.classList.remove("on"), { passive: true });

  // Where we are in the contents.
  const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) entry.isIntersecting ? seen.add(entry.target.id) : seen.delete(entry.target.id);
    const first = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) id === first ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  }, { rootMargin: "-80px 0px -55% 0px" });
  for (const id of links.keys()) watch.observe(document.getElementById(id));
  const contents = document.querySelector(".contents details");
  const folded = matchMedia("(max-width: 1080px)");
  const fold = () => { contents.open = !folded.matches; };
  folded.addEventListener("change", fold);
  fold();
})();
