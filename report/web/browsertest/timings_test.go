//go:build browser

package browsertest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/html"
)

// What requests waited for is below the statistics, and in the report: a bar for each operation whose parts differ in place,
// colour and the figures next to it.
func TestPageShowsWhatRequestsWaitedFor(t *testing.T) {
	load := halfway(t)
	file := filepath.Join(t.TempDir(), "report.html")
	out, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, html.Write(out, load.Summary(), html.Options{}))
	require.NoError(t, out.Close())
	for _, x := range []struct {
		size
		theme string
	}{{desktop, "light"}, {laptop, "dark"}, {phone, "light"}, {phone, "dark"}} {
		p := open(t, serve(t, load, steered(load), ""), x.size, x.theme)
		for _, where := range []struct{ name, address string }{{"timings", ""}, {"report-timings", "file://" + file}} {
			if where.address != "" {
				p.do(chromedp.Navigate(where.address))
			}
			p.see(`document.querySelectorAll(".timings tbody tr").length === 6`)
			p.compare(x.size)
			p.run(`document.querySelector(".timings").closest("section").scrollIntoView({ block: "center" })`)
			p.shot(x.name + "-" + x.theme + "-" + where.name)
		}
	}
}

// compare holds the bars against the figures next to them.
func (p *page) compare(s size) {
	p.t.Helper()
	assert.Contains(p.t, ask[string](p, `document.querySelector(".timings").closest("section").textContent`), "Of the response times")
	assert.Equal(p.t, []string{"late", "connecting", "TLS", "waiting", "receiving"},
		ask[[]string](p, `[...document.querySelectorAll(".timings thead th")].slice(2).map((th) => th.textContent)`))
	assert.Equal(p.t, 5, ask[int](p, `new Set([...document.querySelectorAll(".timings thead i.part")].map((i) => getComputedStyle(i).backgroundColor)).size`), "each part has its colour")
	assert.True(p.t, ask[bool](p, `[...document.querySelectorAll(".timings tbody tr")].every((tr) => {
		const rects = [...tr.querySelectorAll("rect")];
		const widths = rects.map((r) => r.getBoundingClientRect().width), sum = widths.reduce((a, b) => a + b);
		const means = [...tr.querySelectorAll("td")].slice(1).map((td) => Number(td.firstChild.textContent)), all = means.reduce((a, b) => a + b);
		return rects.length === 5 && widths.every((w, i) => Math.abs(w / sum - means[i] / all) < 0.03);
	})`), "the parts are drawn as long as they are")
	assert.LessOrEqual(p.t, ask[int](p, `document.documentElement.scrollWidth`), int(s.width), "the table scrolls, not the page")
}
