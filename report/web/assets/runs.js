// The runs of this process that are over: each with its report, two of them compared.

import { el, empty, get } from "./dom.js";
import { effectSection } from "./effect.js";
import { clock, int, ms, percent, short, words } from "./format.js";

const columns = [
  ["Run", "left"], ["Started", "left"], ["Length"], ["Users", null, "at most, of the plan"], ["Requests"], ["Failed"], ["req/s"], ["p50", null, "ms"], ["p95", null, "ms"], ["p99", null, "ms"], ["Seed"], ["Files", "left"],
];

export class Runs {
  constructor(host) {
    this.chosen = []; // of runs, at most two, in the order in which they were chosen
    this.body = el("tbody");
    this.hint = el("p", { class: "hint" });
    this.card = el("div", { class: "card runs", hidden: true }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Runs that are over" },
      el("table", {}, el("caption", { class: "sr", text: "Runs of this process that are over, the last one first; times in milliseconds" }),
        el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "left", text: "Compare" }), ...columns.map(([text, side, title]) => el("th", { scope: "col", class: side, title, text })))), this.body)));
    this.result = el("div", { class: "compared", role: "status" });
    this.blank = empty("lines", "No run is over yet", "Each run of this process is listed here when it is over, with its report. Two of them can be compared.");
    host.replaceChildren(this.card, this.hint, this.result, this.blank);
  }

  async update(frame) {
    const key = `${frame.run} ${frame.state === "stopped"}`;
    if (key === this.key || this.waiting) return;
    this.waiting = true;
    try {
      this.show(await get("api/runs"));
      this.key = key;
    } catch { /* the banner says that the connection is lost; the next frame asks again */ }
    this.waiting = false;
  }

  show({ runs, dropped, most, most_bytes: bytes }) {
    this.chosen = this.chosen.filter((n) => runs.some((r) => r.run === n));
    this.card.hidden = this.hint.hidden = runs.length === 0;
    this.blank.hidden = runs.length > 0;
    this.hint.textContent = `The last ${int(most)} runs are kept while this program runs, in at most ${int(bytes / 2 ** 20)} MiB.${dropped > 0 ? ` ${int(dropped)} older ${dropped === 1 ? "one is" : "ones are"} dropped.` : ""}${runs.length > 1 ? " Choose two to compare them." : ""}`;
    this.body.replaceChildren(...runs.toReversed().map((r) => this.line(r)));
    this.mark();
  }

  line(r) {
    const box = el("input", { type: "checkbox", value: r.run, "aria-label": `Compare run ${r.run}`, onchange: () => this.choose(r.run, box.checked) });
    const p = r.response_ms;
    const texts = [clock(r.start), words(r.length_s), int(r.users), int(r.requests), percent(r.failures / (r.requests || 1)), short(r.rps), ...[p.p50, p.p95, p.p99].map((v) => ms(v, r.requests)), String(r.seed)];
    const names = r.phases.filter(Boolean).join(", ");
    return el("tr", {}, el("td", { class: "left" }, box), el("th", { scope: "row", class: "left" }, `Run ${r.run}`, names ? el("span", { class: "sub", text: names }) : null),
      ...texts.map((text, i) => el("td", { class: i === 0 ? "left" : i === 4 && r.failures > 0 ? "bad" : null, text })),
      el("td", { class: "left links" },
        el("a", { class: "btn", href: `api/runs/${r.run}/report`, target: "_blank", rel: "noopener", text: "Report", "aria-label": `Report of run ${r.run}` }),
        el("a", { class: "btn", href: `api/runs/${r.run}/summary`, download: "", text: "JSON", "aria-label": `Download run ${r.run} as JSON` })));
  }

  /** Of three chosen runs the first one gives way. */
  choose(run, on) {
    this.chosen = [...this.chosen.filter((n) => n !== run), ...(on ? [run] : [])].slice(-2);
    this.mark();
    this.compare();
  }

  mark() {
    for (const box of this.body.querySelectorAll("input")) box.checked = this.chosen.includes(Number(box.value));
  }

  /** Compares the later of two runs with the earlier one. */
  async compare() {
    const [first, second] = [...this.chosen].sort((a, b) => a - b);
    this.result.replaceChildren();
    if (second === undefined) return;
    this.result.append(el("p", { class: "note is-plain", text: `Run ${second} is being compared with run ${first}…` }));
    let answer;
    try { answer = await get(`api/runs/compare?baseline=${first}&intervention=${second}`); } catch (err) { answer = { view: null, why: err.message, differs: [] }; }
    if (this.chosen.length < 2 || !this.chosen.includes(first) || !this.chosen.includes(second)) return; // others were chosen meanwhile
    this.result.replaceChildren(...[
      el("h2", { text: `Run ${second} against run ${first}` }),
      answer.differs.length > 0 ? el("p", { class: "note", text: `Planned differently: ${answer.differs.join("; ")}.` }) : null,
      effectSection(answer, null),
    ].filter(Boolean));
  }
}
