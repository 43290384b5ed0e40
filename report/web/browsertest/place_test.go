//go:build browser

package browsertest

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/internal/say"
)

// TestALinkOpensTheSamePlace checks that the address says which tab, phase, operation and stretch of time are on show,
// and that who opens it sees the same.
func TestALinkOpensTheSamePlace(t *testing.T) {
	load := halfway(t)
	address := serve(t, load, steered(load), "")
	p := open(t, address, desktop, "light")
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
	entries := ask[int](p, `history.length`)
	p.click(`#base .chips button[value="0"]`)
	p.run(`[...document.querySelectorAll("#panel-statistics .sortable tbody button")].find((n) => n.textContent === "GET /api/todos").click()`)
	assert.Equal(t, "#statistics?phase=0&op=GET+%2Fapi%2Ftodos", hash(p))
	p.see(`document.querySelectorAll("#operation .heat[d*=M]").length > 3`)
	p.run(`document.querySelector("#operation svg").focus()`)
	p.do(chromedp.KeyEvent("+"))
	p.see(`/&from=\d+&to=\d+$/.test(location.hash)`)
	assert.Equal(t, entries, ask[int](p, `history.length`), "what is chosen in a tab does not add a step back")
	link, range1 := ask[string](p, `location.href`), ask[string](p, timesOnShow)

	p.do(chromedp.Navigate("about:blank"))
	p.do(chromedp.Navigate(link))
	p.see(`document.querySelectorAll("#operation .heat[d*=M]").length > 3`)
	assert.Equal(t, "true", ask[string](p, `document.querySelector("#base .chips button[value='0']").getAttribute("aria-pressed")`))
	assert.Equal(t, "GET /api/todos", p.text("#operation-name"))
	p.see(timesOnShow + ` === ` + strconv.Quote(range1))
	p.see(`document.querySelector("#panel-statistics tfoot td").textContent === "` + say.Count(load.Phase(0).Requests) + `"`)

	p.click("#tab-charts")
	p.see(`document.querySelectorAll("#panel-charts .heat[d*=M]").length > 3`)
	assert.Contains(t, hash(p), "#charts?phase=0&op=GET+%2Fapi%2Ftodos&from=", "the rest stays from tab to tab")
	p.run(`history.back()`)
	p.see(`!document.querySelector("#panel-statistics").hidden`)
}

// TestAddressesThatMakeNoSense are left out: the page shows what it would show without them.
func TestAddressesThatMakeNoSense(t *testing.T) {
	load := halfway(t)
	address := serve(t, load, steered(load), "")
	p := open(t, address+"#nowhere?phase=-1&op=%3Cb%3E&kind=unknown&from=x&to=9", desktop, "light")
	for _, bad := range []string{"", "#statistics?phase=99&from=5&to=1", "#statistics?phase=1e3&from=100000&to=200000", "#?&&==", "#statistics?op=%E0%A4%A&phase=", "#statistics?from=1&to=99999999999999999999"} {
		if bad != "" {
			p.do(chromedp.Navigate("about:blank"))
			p.do(chromedp.Navigate(address + bad))
		}
		p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5 && !document.querySelector("#panel-statistics").hidden`)
		assert.Equal(t, "true", ask[string](p, `document.querySelector("#base .chips button[value=run]").getAttribute("aria-pressed")`), bad)
		assert.True(t, ask[bool](p, `document.querySelector("#operation").hidden`), bad)
		p.click("#tab-charts")
		p.see(`document.querySelectorAll("#panel-charts .heat[d*=M]").length > 3`)
		assert.Equal(t, "0:00", ask[string](p, `document.querySelector("#panel-charts .tick[text-anchor=start], #panel-charts .tick[text-anchor=middle]").textContent`), bad)
	}
	p.run(`location.hash = "charts?from=60&to=120"`)
	p.see(`document.querySelector("#panel-charts .tick[text-anchor=start]").textContent === "1:00"`)
}

// timesOnShow are the times below the first chart of the operation.
const timesOnShow = `[...document.querySelectorAll("#operation figure:first-child .tick:not([text-anchor=end])")].map((n) => n.textContent).join(" ")`

func hash(p *page) string { return ask[string](p, `location.hash`) }
