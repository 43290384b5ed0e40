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
