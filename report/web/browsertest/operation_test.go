//go:build browser

package browsertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
)

// TestAnOperationOverTime opens an operation by a click on its row and by the keyboard: its charts show it alone, with
// the phases, and follow the run.
func TestAnOperationOverTime(t *testing.T) {
	for _, s := range []size{desktop, phone} {
		for _, theme := range []string{"light", "dark"} {
			t.Run(s.name+"-"+theme, func(t *testing.T) {
				load := halfway(t)
				p := open(t, serve(t, load, steered(load), ""), s, theme)
				p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
				p.click(`#panel-statistics .sortable tbody tr:nth-child(2) td:nth-child(2)`)
				p.see(`document.querySelectorAll("#operation svg").length === 3 && document.querySelectorAll("#operation .heat[d*=M]").length > 3`)
				chosen := p.text("#panel-statistics .sortable tbody tr:nth-child(2) th")
				assert.Equal(t, chosen, p.text("#operation-name"))
				assert.Equal(t, "true", ask[string](p, `document.querySelector("#panel-statistics .sortable tbody tr:nth-child(2) button").getAttribute("aria-expanded")`))
				assert.Contains(t, ask[string](p, `document.querySelector("#operation svg").textContent`), "baseline", "the phases are marked")
				audit(p, "operation")
				p.inBounds(s.width)
				p.full("operation-" + s.name + "-" + theme)

				p.run(`document.querySelector("#operation summary").click()`)
				p.see(`document.querySelectorAll("#operation .quantiles tbody tr").length === 12`)
				before := ask[float64](p, requestsOf)
				load.Advance(60 * time.Second)
				p.see(fmt.Sprintf(`%s > %v`, requestsOf, before))
				assert.True(t, ask[bool](p, `document.querySelector("#operation details").open`), "the table stays open")
				assert.Equal(t, "GET /api/todos/search", ask[string](p, `(() => {
					[...document.querySelectorAll("#panel-statistics .sortable tbody tr")].find((r) => r.textContent.includes("search")).querySelector("button").click();
					return document.querySelector("#operation-name").textContent; })()`), "another row takes its place")

				p.run(`[...document.querySelectorAll("#operation button")].find((b) => b.textContent === "Close").click()`)
				p.see(`document.querySelector("#operation").hidden`)
				assert.Contains(t, ask[string](p, `document.activeElement.textContent`), "search", "the focus is where it was")
				p.do(chromedp.KeyEvent("\r"))
				p.see(`!document.querySelector("#operation").hidden && document.activeElement.getAttribute("aria-expanded") === "true"`)
			})
		}
	}
}

// requestsOf adds up the requests in the table of the operation on show.
const requestsOf = `[...document.querySelectorAll("#operation .quantiles tbody td:nth-child(2)")].reduce((sum, n) => sum + Number(n.textContent.replaceAll(",", "")), 0)`

// TestTheDistributionOverTime checks that every success is in one cell of the chart, and that the reader without eyes
// has it as a table.
func TestTheDistributionOverTime(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), "")+"#charts", desktop, "light")
	p.see(`document.querySelectorAll("#panel-charts .heat[d*=M]").length > 3`)
	assert.Equal(t, 4, ask[int](p, `document.querySelectorAll("#panel-charts .plot svg").length`))
	p.run(`document.querySelector("#panel-charts .quantiles").open = true`)
	assert.Equal(t, []string{"Time", "Requests", "Failures", "p50", "p95", "p99", "p99.9", "Max"}, ask[[]string](p, `[...document.querySelectorAll("#panel-charts .quantiles thead th")].map((n) => n.textContent)`))
	assert.EqualValues(t, load.Summary().Total.Requests, ask[float64](p, `[...document.querySelectorAll("#panel-charts .quantiles tbody td:nth-child(2)")].reduce((sum, n) => sum + Number(n.textContent.replaceAll(",", "")), 0)`))
	audit(p, "charts")
	p.full("distribution")
	p.run(`document.querySelector("#panel-charts .is-heat svg").focus()`)
	p.do(chromedp.KeyEvent("\u0302")) // arrow left
	p.see(`/^9:5\d: p50 [\d.]+, p95 /.test(document.querySelector("#panel-charts .is-heat .sr").textContent)`)
}
