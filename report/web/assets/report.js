// The charts of a report file, from the data inside it.

import { plots, toRow } from "./plots.js";

const data = JSON.parse(document.getElementById("data").textContent);
const host = document.getElementById("charts");
if (data.rows.length > 0) {
  const rows = data.rows.map(toRow);
  const last = rows[rows.length - 1];
  const button = document.getElementById("show-all");
  const group = plots(host, (zoomed) => { button.hidden = !zoomed; });
  button.addEventListener("click", () => group.zoomTo(null));
  group.update({ rows, bands: data.bands, marks: data.marks }, rows[0].s, last.s + last.w);
  window.addEventListener("beforeprint", () => group.draw());
}
