// Files to take away.

import { el, icon } from "./dom.js";

const files = (config) => [
  ...(config.search ? [
    ["search/report", "Capacity", "HTML", "The search in one file: sentence, curve and every hold.", [["View", "api/search/report"], ["Download", "api/search/report?download=1"]]],
    ["search", "Capacity", "JSON", "The search with each hold in short, for comparing it with another one.", [["Download", "api/search"]]],
  ] : []),
  ["stats/report", config.search ? "Report of the hold" : "Report", "HTML", "One file with all tables and charts; opens offline, prints well.", [["View", "stats/report"], ["Download", "stats/report?download=1"]]],
  ["api/summary", "Summary", "JSON", "Every figure of the run with its seed and histograms, for comparing and merging runs.", [["Download", "api/summary"]]],
  ["requests", "Statistics", "CSV", "One row for each operation, columns as in Locust.", [["Download", "stats/requests/csv"]]],
  ["failures", "Failures", "CSV", "By operation and reason.", [["Download", "stats/failures/csv"]]],
  ["exceptions", "Exceptions", "CSV", "With stacks.", [["Download", "exceptions/csv"]]],
  ...(config.history ? [["history", "History", "CSV", "The figures of every second.", [["Download", "stats/requests_full_history/csv"]]]] : []),
];

export function downloads(host, config) {
  host.replaceChildren(el("ul", { class: "files" }, ...files(config).map(([, title, kind, text, links]) => el("li", { class: "card" }, icon("file"),
    el("div", {}, el("h2", {}, title, " ", el("small", { class: "faint", text: kind })), el("p", { class: "muted", text }),
      el("p", { class: "links" }, ...links.map(([label, href]) => el("a", { class: "btn", href, text: label, "aria-label": `${label} ${title} ${kind}`, ...(label === "View" ? { target: "_blank", rel: "noopener" } : { download: "" }) }))))))));
}
