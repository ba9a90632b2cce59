"use strict";
// Draws the figures in the colours of the scheme in force, and sorts and pages the table.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const root = document.documentElement;

  const light = {
    paper: "#ffffff", ink: "#18202c", muted: "#6b7788", faint: "rgba(86,98,116,.38)",
    grid: "#e6eaf0", accent: "#2457c5", third: "#b45f06", fail: "#b3261e", stopped: "#b07a1e",
    scale: [[0, "#d3dcf0"], [0.5, "#6f93e6"], [1, "#173a8f"]],
  };
  const dark = {
    paper: "#10151d", ink: "#e8ecf2", muted: "#98a5b8", faint: "rgba(163,175,191,.34)",
    grid: "#28323f", accent: "#8db1ff", third: "#f2b263", fail: "#ff9d94", stopped: "#e2b45c",
    scale: [[0, "#2c3a55"], [0.5, "#5f86dd"], [1, "#cfe0ff"]],
  };
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const coloured = (value, colours) => {
    if (typeof value === "string") return value[0] === "@" ? colours[value.slice(1)] : value;
    if (Array.isArray(value)) return typeof value[0] === "number" ? value.slice() : value.map((each) => coloured(each, colours));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, coloured(each, colours)]));
    }
    return value;
  };
  const axis = (given, colours) => ({
    gridcolor: colours.grid, linecolor: colours.grid, zeroline: false, automargin: true,
    ...given, title: { standoff: 8, font: { size: 13, color: colours.muted }, ...(given || {}).title },
  });
  const NARROW = 420;
  const layoutOf = (figure, colours, place) => {
    const own = coloured(figure.layout, colours);
    if (own.scene && place.clientWidth < NARROW) { // from farther off, so that titles are whole
      const eye = own.scene.camera.eye;
      own.scene.camera.eye = { x: eye.x * 1.6, y: eye.y * 1.6, z: eye.z * 1.6 };
    }
    const layout = {
      paper_bgcolor: colours.paper, plot_bgcolor: colours.paper, hovermode: "closest",
      font: { family: "system-ui, -apple-system, Segoe UI, Roboto, sans-serif", size: 13, color: colours.ink },
      margin: { l: 8, r: 12, t: 24, b: 8 }, autosize: true, dragmode: false,
      hoverlabel: { font: { family: "system-ui, sans-serif" } },
      ...own, xaxis: axis(own.xaxis, colours), yaxis: axis(own.yaxis, colours),
    };
    if (isHeavy(figure)) { delete layout.xaxis; delete layout.yaxis; }
    return layout;
  };

  // Parallel coordinates and 3-D need WebGL, which takes seconds where no GPU helps: those are
  // drawn when they come into sight, and for print.
  const figures = read("figures");
  const isHeavy = (figure) => ["parcoords", "scatter3d"].includes(figure.data[0].type);
  // No browser says how wide the paper is before it prints; report.css sets its margins.
  const ON_PAPER = { whole: 660, half: 300 };
  const paperWidth = (place) => (place.closest(".grid.many") && !place.closest(".wide")
    ? ON_PAPER.half : ON_PAPER.whole);
  let isPrinting = false;
  const forPaper = (trace) => (trace.type === "parcoords" && trace.dimensions.length > 6
    ? { ...trace, labelangle: -20, labelfont: { size: 9 }, tickfont: { size: 8 }, rangefont: { size: 8 } }
    : trace);
  const draw = (figure, colours) => {
    const place = document.getElementById(`figure-${figure.key}`);
    const layout = layoutOf(figure, colours, place);
    if (isPrinting) {
      const height = Number.parseFloat(place.style.height);
      Object.assign(layout, { width: paperWidth(place), height, autosize: false });
    }
    place.style.width = isPrinting ? `${paperWidth(place)}px` : "";
    const traces = coloured(figure.data, colours);
    return Plotly.react(place, isPrinting ? traces.map(forPaper) : traces, layout, {
      responsive: !isPrinting, displaylogo: false, displayModeBar: false, showTips: false,
    }).then(() => {
      place.dataset.drawn = "true";
      if (!place.dataset.linked && place.on && !["importance", "scores", "differences", "parallel", "failures", "hypervolume"].includes(figure.key)) {
        place.dataset.linked = "true";
        place.on("plotly_click", (event) => pick(event.points[0]));
      }
    }).catch((error) => {
      place.textContent = `This figure could not be drawn: ${error.message}`;
      place.style.height = "auto";
      console.error(figure.key, error);
    });
  };
  // Those in sight first, the others while the browser has nothing else to do.
  const inSight = new Set();
  const watched = new IntersectionObserver((entries) => {
    entries.forEach((entry) => {
      const key = entry.target.id.slice("figure-".length);
      if (entry.isIntersecting) inSight.add(key); else inSight.delete(key);
    });
    drawWaiting();
  }, { rootMargin: "300px 0px" });
  const idle = () => new Promise((resolve) => {
    if (inSight.size || !window.requestIdleCallback) setTimeout(resolve);
    else requestIdleCallback(resolve, { timeout: 100 });
  });
  let waiting = [], round = 0, isDrawing = false;
  const drawWaiting = async () => {
    if (isDrawing) return;
    isDrawing = true;
    for (;;) {
      let at = waiting.findIndex((figure) => inSight.has(figure.key));
      if (at < 0) at = waiting.findIndex((figure) => !isHeavy(figure));
      if (at < 0) break;
      const before = round;
      await draw(waiting.splice(at, 1)[0], colours());
      if (before === round) await idle();
    }
    isDrawing = false;
    root.dataset.ready = "true"; // but for those that wait until they are in sight
  };
  const drawAll = () => {
    round += 1;
    waiting = figures.slice();
    return drawWaiting();
  };
  const colours = () => (scheme.matches ? dark : light);

  // The browser decodes and decompresses by itself, and compiles a file beside its other work.
  const load = async (id) => {
    const packed = await fetch(`data:application/gzip;base64,${document.getElementById(id).textContent.trim()}`);
    const stream = packed.body.pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.src = URL.createObjectURL(new Blob([await new Response(stream).arrayBuffer()], { type: "text/javascript" }));
    await new Promise((resolve, reject) => {
      Object.assign(script, { onload: resolve, onerror: reject });
      document.head.append(script);
    });
    URL.revokeObjectURL(script.src);
    script.remove(); // a page that is saved keeps the packed one only
  };
  const start = async () => {
    if (!figures.length) { root.dataset.ready = "true"; return; }
    await new Promise((resolve) => setTimeout(resolve)); // the tables first
    try {
      await load("plotly");
    } catch (error) {
      document.querySelectorAll(".drawing").forEach((place) => {
        place.textContent = "Figures need a browser of 2023 or newer. The tables hold the same numbers.";
        place.style.height = "auto";
      });
      root.dataset.ready = "true";
      return;
    }
    drawAll();
    document.querySelectorAll(".drawing").forEach((place) => watched.observe(place));
    scheme.addEventListener("change", drawAll);
    addEventListener("beforeprint", () => {
      isPrinting = true;
      figures.forEach((figure) => draw(figure, light));
    });
    addEventListener("afterprint", () => { isPrinting = false; drawAll(); });
  };

  // ---- the table of trials -------------------------------------------------------------
  const table = document.getElementById("trial-table");
  const PAGE = 25;
  const state = { rows: [], shown: [], page: 0, column: null, ascending: true, picked: null };
  let given = { columns: [], rows: [], reasons: [] };

  const textOf = (value, kind) => {
    if (value === null) return "";
    return kind === "reason" ? given.reasons[value] : String(value);
  };
  const cell = (value, column) => {
    const element = document.createElement("td");
    element.className = column.kind;
    element.textContent = textOf(value, column.kind);
    if (column.kind === "status") element.classList.add(`status-${value}`);
    return element;
  };
  const show = () => {
    const pages = Math.max(1, Math.ceil(state.shown.length / PAGE));
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const part = state.shown.slice(state.page * PAGE, (state.page + 1) * PAGE);
    table.tBodies[0].replaceChildren(...part.map((row) => {
      const line = document.createElement("tr");
      if (row[0] === state.picked) line.className = "picked";
      line.append(...row.map((value, i) => cell(value, given.columns[i])));
      return line;
    }));
    const first = state.shown.length ? state.page * PAGE + 1 : 0;
    document.getElementById("count").textContent =
      `${first}–${first + part.length - (part.length ? 1 : 0)} of ${state.shown.length}`;
    document.getElementById("before").disabled = state.page === 0;
    document.getElementById("next").disabled = state.page >= pages - 1;
  };
  const compare = (left, right) => {
    if (left === null || right === null) return (left === null) - (right === null);
    const order = typeof left === "number" && typeof right === "number"
      ? left - right : String(left).localeCompare(String(right), undefined, { numeric: true });
    return state.ascending ? order : -order;
  };
  const sortBy = (column) => {
    state.ascending = state.column === column ? !state.ascending : true;
    state.column = column;
    table.querySelectorAll("th").forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", state.ascending ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    state.shown.sort((left, right) => compare(left[column], right[column]));
    state.page = 0;
    show();
  };
  const find = (text) => {
    const wanted = text.trim().toLowerCase();
    state.shown = given.rows.filter((row) => !wanted || row.some((value, i) =>
      textOf(value, given.columns[i].kind).toLowerCase().includes(wanted)));
    if (state.column !== null) state.shown.sort((l, r) => compare(l[state.column], r[state.column]));
    state.page = 0;
    show();
  };
  const pick = (point) => {
    if (!table) return;
    const number = typeof point.customdata === "number" ? point.customdata : point.x;
    const at = state.shown.findIndex((row) => row[0] === number);
    if (at < 0) return;
    state.picked = number;
    state.page = Math.floor(at / PAGE);
    show();
    document.querySelector("tr.picked").scrollIntoView({ block: "center" });
  };
  if (table) {
    given = read("rows");
    state.shown = given.rows.slice();
    document.querySelector(".controls").hidden = false;
    table.querySelectorAll("th button").forEach((button) =>
      button.addEventListener("click", () => sortBy(Number(button.dataset.column))));
    document.getElementById("find").addEventListener("input", (event) => find(event.target.value));
    document.getElementById("before").addEventListener("click", () => { state.page -= 1; show(); });
    document.getElementById("next").addEventListener("click", () => { state.page += 1; show(); });
    show();
  }
  // ---- which section one is in ----------------------------------------------------------
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const mark = (id) => links.forEach((link, own) => {
    if (own === id) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  });
  const watcher = new IntersectionObserver((entries) => entries.forEach((entry) => {
    if (entry.isIntersecting) mark(entry.target.id);
  }), { rootMargin: "-20% 0px -75% 0px" });
  document.querySelectorAll("main section").forEach((section) => watcher.observe(section));

  if (navigator.clipboard) {
    document.querySelectorAll(".copy").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
    });
  }
  start();
})();
