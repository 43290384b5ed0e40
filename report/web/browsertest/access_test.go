//go:build browser

package browsertest

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

var views = []string{"statistics", "charts", "phases", "failures", "exceptions", "generator", "logs", "runs", "download"}

// tour opens every view, the start form, and the report, and calls look at each.
func tour(t *testing.T, s size, theme string, look func(p *page, view string)) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), ""), s, theme)
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
	for _, view := range views {
		p.run(`location.hash = "` + view + `"`)
		p.see(`(() => { const n = document.querySelector("#panel-` + view + `"); return !n.hidden && n.innerText.length > 20 && !n.querySelector(".in-a-while"); })()`)
		look(p, view)
	}
	fresh := fake.New(fake.Todo(), fake.Schedule())
	p.do(chromedp.Navigate(serve(t, fresh, steered(fresh), "")))
	p.see(`!document.querySelector("#start").hidden`)
	look(p, "start")
	p.do(chromedp.Navigate(serve(t, load, web.Options{Title: "To-do service"}, "") + "stats/report"))
	p.see(`document.querySelectorAll("#charts svg").length === 4`)
	look(p, "report")
}

// TestEveryWidth checks that nothing makes the page wider than its screen, from
// the smallest phone on.
func TestEveryWidth(t *testing.T) {
	for _, width := range []int64{320, 390, 768, 1100, 1920} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			tour(t, size{"width", width, 900, 1, width < 640}, "light", func(p *page, view string) {
				assert.LessOrEqual(t, ask[int](p, `document.documentElement.scrollWidth`), ask[int](p, `document.documentElement.clientWidth`), view)
				p.shot(fmt.Sprintf("width-%d-%s", width, view))
			})
		})
	}
}

// contrasts lists the texts on show that stand out too little from what is
// under them, by WCAG 2's AA: 4.5, or 3 for large ones.
const contrasts = `(() => {
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const rgba = (color) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = color;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (node) => {
		for (let n = node; n; n = n.parentElement) {
			const color = rgba(getComputedStyle(n).backgroundColor);
			if (color[3] > 200) return color;
		}
		return rgba(getComputedStyle(document.documentElement).colorScheme.includes("dark") ? "black" : "white");
	};
	const bad = new Set();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let t = walk.nextNode(); t; t = walk.nextNode()) {
		const node = t.parentElement;
		if (!t.data.trim() || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || node.closest(".sr, .skip, :disabled, option")) continue;
		const style = getComputedStyle(node);
		const front = rgba(node.namespaceURI.endsWith("svg") ? style.fill : style.color);
		const [a, b] = [light(front), light(behind(node))].sort((x, y) => y - x);
		const size = parseFloat(style.fontSize);
		if (size === 0) continue;
		const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
		const ratio = (a + 0.05) / (b + 0.05);
		if (ratio < (large ? 3 : 4.5)) bad.add(node.tagName + "." + node.getAttribute("class") + " " + t.data.trim().slice(0, 20) + " " + ratio.toFixed(2));
	}
	return [...bad];
})()`

// nameless lists what can be used but has no name for who does not see it, ids
// that are there twice or lead nowhere, and tables without heads.
const nameless = `(() => {
	const bad = [];
	for (const a of ["aria-controls", "aria-labelledby", "aria-describedby"]) {
		for (const n of document.querySelectorAll("[" + a + "]")) if (!n.getAttribute(a).split(" ").every((x) => document.getElementById(x))) bad.push(a + " leads nowhere: " + n.getAttribute(a));
	}
	for (const n of document.querySelectorAll("table")) if (!n.querySelector("th")) bad.push("table without heads");
	for (const n of document.querySelectorAll("button, a[href], input, select, textarea, summary, [tabindex='0'], [role=img]")) {
		if (!n.checkVisibility()) continue;
		const name = n.getAttribute("aria-label") || n.labels?.[0]?.textContent || n.textContent || document.getElementById(n.getAttribute("aria-labelledby"))?.textContent;
		if (!name?.trim()) bad.push(n.outerHTML.slice(0, 80));
	}
	const ids = [...document.querySelectorAll("[id]")].map((n) => n.id);
	return [...bad, ...ids.filter((x, i) => ids.indexOf(x) !== i)];
})()`

// audit checks what can be read and told of what is on show.
func audit(p *page, view string) {
	p.t.Helper()
	assert.Empty(p.t, ask[[]string](p, contrasts), view)
	assert.Empty(p.t, ask[[]string](p, nameless), view)
}

// TestContrastAndNames audits every view and the dialog.
func TestContrastAndNames(t *testing.T) {
	for _, s := range []size{desktop, phone} {
		for _, theme := range []string{"light", "dark"} {
			t.Run(s.name+" "+theme, func(t *testing.T) {
				tour(t, s, theme, func(p *page, view string) {
					audit(p, view)
					if view != views[0] {
						return
					}
					p.run(`(() => { const n = document.createElement("button"); n.id = "probe"; n.append("probe"); n.style.color = "#888"; n.style.background = "#777"; document.body.append(n, document.createElement("button")); })()`)
					assert.Len(t, ask[[]string](p, contrasts), 1, "the audit sees what is too faint")
					assert.Len(t, ask[[]string](p, nameless), 1, "the audit sees what has no name")
					p.run(`(() => { const n = document.getElementById("probe"); n.nextSibling.remove(); n.remove(); })()`)
					p.click("#edit")
					audit(p, "edit")
					p.click(`dialog[open] button[type="button"]`)
				})
			})
		}
	}
}

// TestKeyboard walks through a page by the Tab key: the skip link first, then
// the buttons, the tabs as one stop, and what the tab shows; each stop is to be
// seen.
func TestKeyboard(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
	var stops []string
	for range 12 {
		p.do(chromedp.KeyEvent("\t"))
		stops = append(stops, ask[string](p, `(document.activeElement.id || document.activeElement.getAttribute("aria-label") || document.activeElement.textContent)`))
		assert.True(t, ask[bool](p, `(() => { const s = getComputedStyle(document.activeElement); return parseFloat(s.outlineWidth) > 0 && s.outlineStyle !== "none" || document.activeElement.matches(".skip") && document.activeElement.getBoundingClientRect().top >= 0; })()`), stops)
	}
	assert.Equal(t, []string{"Skip to the figures", "reset", "edit", "stop", "theme", "1.33 % of the run's 14,147 requests failed", "Generator on time",
		"Whole run", "Last 10 s", "baseline", "intervention", "Requests; arrow keys read the values"}, stops)
}
