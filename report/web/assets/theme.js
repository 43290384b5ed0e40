// Light and dark: as the system says, until the reader chooses.

import { icon } from "./dom.js";

/** Applies what was chosen before; called as early as possible. */
export function applyTheme() {
  const chosen = read();
  if (chosen) document.documentElement.dataset.theme = chosen;
}

/** Makes button switch between the two. */
export function themeSwitch(button) {
  const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const show = () => {
    button.replaceChildren(icon(dark() ? "sun" : "moon"));
    button.setAttribute("aria-label", dark() ? "Light theme" : "Dark theme");
  };
  button.addEventListener("click", () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try { localStorage.setItem("load-generator-theme", next); } catch { /* private mode: it lasts until the page closes */ }
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
}

function read() {
  try { return localStorage.getItem("load-generator-theme"); } catch { return null; }
}
