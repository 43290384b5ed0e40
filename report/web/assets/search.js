// A search for a capacity: what it says so far, what is being tried, its curve. The server places what is drawn, as for the report in one file.

import { svg } from "./chart.js";
import { claimsSection } from "./claims.js";
import { el, empty, get, put, renew } from "./dom.js";
import { int, span, words } from "./format.js";

/** The sentence and how far the search is, above the tabs. */
export class Search {
  /** onChange() is called when there is news. */
  constructor(host, onChange) {
    this.onChange = onChange;
    this.view = null;
    this.card = el("div", { role: "status" });
    const item = (title) => {
      const parts = { title: el("dt", { text: title }), big: el("dd", { class: "big" }), bar: el("i"), more: el("dd", { class: "more" }) };
      parts.meter = el("dd", { class: "meter" }, parts.bar);
      parts.node = el("div", {}, parts.title, parts.big, parts.meter, parts.more);
      return parts;
    };
    [this.hold, this.whole] = [item("Hold"), item("Search")];
    host.replaceChildren(this.card, el("dl", { class: "live card" }, this.hold.node, this.whole.node));
    host.hidden = false;
  }

  /** Takes a frame, and asks for the view when it is another one. */
  async update(frame) {
    const s = frame.search;
    const phase = frame.phases[frame.phase];
    const trying = s.load !== "";
    const [at, length] = trying && phase?.end ? [frame.at - phase.start, phase.end - phase.start] : [0, 0];
    show(this.hold, trying ? `Hold ${s.holds + 1}` : "Holds", trying ? s.load : int(s.holds),
      at / length, !trying ? "" : at < length ? `${words(Math.ceil(length - at))} left` : "requests end");
    show(this.whole, "Search", s.over ? "Over" : s.at < s.within ? `${span(s.within - s.at)} left` : "Ending",
      s.over ? NaN : s.at / s.within, s.over ? `after ${span(s.at)}` : `${span(s.at)} of ${span(s.within)}`);
    const key = `${frame.server} ${s.holds} ${s.load} ${s.over}`;
    if (key === this.key || this.busy) return;
    this.busy = true;
    try {
      this.view = await get("api/search/view");
      this.key = key;
      renew(this.card, verdict(this.view));
      this.onChange();
    } catch { /* the banner says that the connection is lost; the next frame asks again */ }
    this.busy = false;
  }

  /** The title of the tab. */
  titleOf({ search: s }, name) {
    if (!s.over) return `${s.load ? `hold ${s.holds + 1}: ${s.load}` : "searching"} · ${span(s.at)} · ${name}`;
    return `${s.found ? `✓ ${s.found}` : "✗ no capacity"} · ${name}`;
  }
}

/** Shows a figure with a meter; NaN has none. */
function show(item, title, big, share, more) {
  put(item.title, title);
  put(item.big, big);
  item.meter.hidden = !Number.isFinite(share);
  item.bar.style.setProperty("--share", Math.min(1, share || 0).toFixed(4));
  put(item.more, more);
}

const verdict = (view) => el("div", { class: `card verdict-card is-${view.kind}` },
  el("p", { class: "about", text: view.about }),
  el("h2", { class: "headline" }, el("strong", { text: view.word }), view.rest),
  ...view.doubts.map((text) => el("p", { class: "note", text })));

/** The tab with the curve. */
export class Curve {
  constructor(host) { this.host = host; }

  update(search) {
    const { view } = search;
    if (!view || view === this.shown) return;
    this.shown = view;
    renew(this.host, ...view.charts.length === 0 ? [empty("calm", "No hold is over yet", "The curve begins with the first one.")]
      : [claimsSection({ view: view.claims }), curve(view), table(view), law(view)].filter(Boolean));
  }
}

const curve = (view) => el("section", { class: "card curve" },
  el("h2", {}, "Curve", el("small", { text: view.drawn })), ...view.charts.map(drawing),
  el("p", { class: "legend" },
    key(svg("circle", { class: "kept", cx: 7, cy: 7, r: 5 }), "a hold in which the claim was kept"),
    key(svg("circle", { class: "broke", cx: 7, cy: 7, r: 5 }), "one in which it was not"),
    key(svg("path", { class: "flood", d: "M7 1 13 13 1 13Z" }), "a flood, broken off"),
    el("span", { text: "line: fitted; dashes: limit; upright: capacity with its 95 % interval" }),
    view.charts[0].now ? el("span", { text: "dots: the load being tried" }) : null));

const key = (sign, text) => el("span", {}, svg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, sign), text);

function drawing(c) {
  const line = (name, l) => (l ? [svg("line", { class: name, x1: l.x1, x2: l.x2, y1: l.y1, y2: l.y2 })] : []);
  const text = (name, l, side) => svg("text", { class: name, x: l.tx, y: l.ty, "text-anchor": side }, l.text);
  return svg("svg", { viewBox: `0 0 ${c.width} ${c.height}`, class: `drawing ${c.class}`, role: "img", "aria-label": c.label },
    ...(c.band ? [svg("rect", { class: "band", x: c.band.x, y: c.band.y, width: c.band.w, height: c.band.h })] : []),
    ...c.y_ticks.flatMap((t) => [...line("grid", t), text("tick", t, "end")]),
    ...c.x_ticks.map((t) => text("tick", t, "middle")),
    ...line("limit", c.limit), text("limit-text", c.limit, "start"),
    ...["at", "now"].flatMap((name) => (c[name] ? [...line(name, c[name]), text(`${name}-text`, c[name], c[name].side)] : [])),
    svg("polyline", { class: "fit", points: c.fit }), ...c.points.map(point));
}

function point(p) {
  const title = svg("title", {}, p.title);
  return p.flood ? svg("path", { class: "flood", d: p.flood }, title) : svg("circle", { class: p.class, cx: p.x, cy: p.y, r: 4.5 }, title);
}

const columns = ["Load", "Holds", "Kept", "Flooded", "Metric", "Mean", "Fitted"]; // of a row, and except for one their heads

function table({ rows, note }) {
  const head = (name) => (name === "Metric" ? "Measured" : name);
  return el("section", { class: "card", "aria-label": "Loads" },
    el("header", {}, el("h2", {}, "Loads", el("small", { text: note }))),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Curve by load" }, el("table", {},
      el("thead", {}, el("tr", {}, ...columns.map((name) => el("th", { scope: "col", class: name === "Load" ? "left" : null, text: head(name) })))),
      el("tbody", {}, ...rows.map((r) => el("tr", {}, ...columns.map((name, i) => el(i === 0 ? "th" : "td", { ...(i === 0 ? { scope: "row", class: "left" } : {}), text: r[name] }))))))));
}

const law = ({ law: lines }) => (lines.length === 0 ? null : el("section", { class: "card" },
  el("header", {}, el("h2", { text: "Scalability law" })),
  el("ul", { class: "lines is-list" }, ...lines.map((text) => el("li", { text })))));
