"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });

  for (const button of all("button.download")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const url = URL.createObjectURL(new Blob([data.csv[button.dataset.table]], { type: "text/csv;charset=utf-8" }));
      const link = Object.assign(document.createElement("a"), { href: url, download: `${data.file}-${button.dataset.table}.csv` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });
  }

  const column = (cell) => {
    const table = cell.closest("table");
    const heads = all("[data-column]", table);
    const rows = all("thead tr", table);
    if (rows.length === 1) return heads.indexOf(cell);
    let position = 0;
    let below = 0;
    const lower = all("th", rows[1]);
    for (const head of all("th", rows[0])) {
      if (head === cell) return position;
      if (head.rowSpan > 1) { position += 1; continue; }
      for (let i = 0; i < head.colSpan; i += 1, position += 1, below += 1) if (lower[below] === cell) return position;
    }
    return -1;
  };
  const key = (row, index) => {
    const cell = row.cells[index];
    if (!cell) return null;
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    const text = cell.textContent.trim();
    return text === "" || text.startsWith("–") ? null : text;
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : order.compare(String(a), String(b)));
  const sort = (cell) => {
    const table = cell.closest("table");
    const index = column(cell);
    const descending = cell.getAttribute("aria-sort") === "ascending" || (!cell.hasAttribute("aria-sort") && cell.classList.contains("num"));
    const back = cell.getAttribute("aria-sort") === "descending" && cell.classList.contains("num") ? false : descending;
    for (const other of all("[aria-sort]", table)) other.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", back ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => !row.classList.contains("total"));
    rows.sort((one, two) => {
      const [a, b] = [key(one, index), key(two, index)];
      if (a === null || b === null) return (a === null) - (b === null);
      return back ? compare(b, a) : compare(a, b);
    });
    body.append(...rows);
  };
  for (const cell of all("table[data-sortable] [data-column]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = data.words.sort;
    button.append(...cell.childNodes);
    button.addEventListener("click", () => sort(cell));
    cell.append(button);
  }

  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  for (const label of all("label.search")) {
    label.hidden = false;
    const input = label.querySelector("input");
    const rows = [...document.querySelectorAll(`#${input.dataset.table} tbody tr`)];
    const result = document.getElementById(`${input.dataset.table}-result`);
    input.addEventListener("input", () => {
      const wanted = plain(input.value.trim());
      let shown = 0;
      for (const row of rows) {
        const kept = wanted === "" || plain(row.textContent).includes(wanted);
        row.classList.toggle("nothing-left", !kept && !row.classList.contains("total"));
        shown += kept && !row.classList.contains("total") ? 1 : 0;
      }
      const total = rows.filter((row) => !row.classList.contains("total")).length;
      result.textContent = wanted === "" ? "" : data.words.result.replace("{shown}", shown).replace("{all}", total);
    });
  }

  const contents = document.querySelector(".contents details");
  const narrow = matchMedia("screen and (max-width: 54rem)");
  const fold = () => { contents.open = !narrow.matches; };
  fold();
  narrow.addEventListener("change", fold);
  addEventListener("beforeprint", () => { contents.open = true; });
  addEventListener("afterprint", fold);
  contents.addEventListener("click", (event) => { if (narrow.matches && event.target.closest("a")) contents.open = false; });

  // Contents: the chapter on screen is marked.
  const links = new Map(all(".contents ol a").map((link) => [link.hash.slice(1), link]));
  const chapters = all("main > section");
  let here = "";
  const mark = () => {
    const ended = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    const top = (chapter) => chapter.getBoundingClientRect().top;
    const begun = chapters.filter((chapter) => top(chapter) <= innerHeight * 0.3);
    const beginning = begun.find((chapter) => top(chapter) >= -2); // of two short chapters the upper one
    here = (ended ? chapters.at(-1) : beginning ?? begun.at(-1))?.id ?? "";
    for (const [id, link] of links) {
      if (id === here) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  let asked = false;
  const soon = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; mark(); });
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);

  // Chart or table: one of them is shown; the other is still found by the browser's search, and printed.
  const shown = new Map();
  for (const pair of all(".switch")) {
    const [chart, table] = all("button", pair);
    const figures = pair.dataset.figures.split(" ").map((id) => document.getElementById(id));
    const numbers = document.getElementById(pair.dataset.table);
    const show = (wanted) => {
      for (const [button, blocks] of [[chart, figures], [table, [numbers]]]) {
        button.setAttribute("aria-pressed", String(button === wanted));
        for (const block of blocks) {
          if (button === wanted) block.removeAttribute("hidden");
          else block.setAttribute("hidden", "until-found");
        }
      }
      soon();
    };
    for (const [button, blocks] of [[chart, figures], [table, [numbers]]]) {
      button.addEventListener("click", () => show(button));
      for (const block of blocks) {
        block.classList.add("switched");
        block.addEventListener("beforematch", () => show(button));
        shown.set(block, () => show(button));
      }
    }
    pair.hidden = false;
    show(chart);
  }
  const reveal = (hash) => {
    const block = document.getElementById(decodeURIComponent(hash.slice(1)))?.closest(".switched");
    if (block?.hasAttribute("hidden")) shown.get(block)();
    return block;
  };
  addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link) reveal(link.hash);
  });
  addEventListener("hashchange", () => reveal(location.hash)?.scrollIntoView());
  if (location.hash) reveal(location.hash)?.scrollIntoView();
  mark();

  // The other language opens at what is read here: the place in the address when it is in this chapter.
  for (const link of all("a.language")) {
    link.addEventListener("click", () => {
      const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      const inside = place && here && document.getElementById(here).contains(place);
      link.hash = inside ? location.hash : here;
    });
  }

  // Dark or light: as the reader's system says until the button is pressed; nothing is stored.
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const modes = all("button.mode");
  const dark = () => (root.dataset.mode ? root.dataset.mode === "dark" : system.matches);
  const say = () => { for (const button of modes) button.setAttribute("aria-pressed", String(dark())); };
  for (const button of modes) {
    button.hidden = false;
    button.addEventListener("click", () => { root.dataset.mode = dark() ? "light" : "dark"; say(); });
  }
  system.addEventListener("change", say);
  say();
})();
