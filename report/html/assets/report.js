// The charts of a report file, from the data inside it.

import { quantileTable } from "./heat.js";
import { plots, recoveryPlot, toRow } from "./plots.js";

const data = JSON.parse(document.getElementById("data").textContent);
const host = document.getElementById("charts");
if (data.rows.length > 0) {
  const late = new Map(data.straddlers);
  const rows = data.rows.map(toRow).map((r) => {
    let straddlers = 0;
    for (let s = r.s; s < r.s + r.w; s++) straddlers += late.get(s) ?? 0;
    return { ...r, straddlers };
  });
  const last = rows[rows.length - 1];
  const button = document.getElementById("show-all");
  const group = plots(host, (zoomed) => { button.hidden = !zoomed; }, late.size > 0);
  button.addEventListener("click", () => group.zoomTo(null));
  group.heat.take(data.spread);
  host.append(quantileTable(data.quantiles));
  group.update({ rows, bands: data.bands, marks: data.marks }, rows[0].s, last.s + last.w);
  if (data.recovery) recoveryPlot(document.getElementById("recovery"), data.recovery, rows, data.bands);
  window.addEventListener("beforeprint", () => group.draw());
}
window.addEventListener("beforeprint", () => { for (const node of document.querySelectorAll("details")) node.open = true; });
