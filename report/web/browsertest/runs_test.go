//go:build browser

package browsertest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// TestRunsOfThisProcess lists runs that are over, with their reports, and compares two by two clicks.
func TestRunsOfThisProcess(t *testing.T) {
	for _, s := range []size{desktop, phone} {
		for _, theme := range []string{"light", "dark"} {
			t.Run(s.name+"-"+theme, func(t *testing.T) {
				load := fake.New(fake.Todo(), nil)
				p := open(t, serve(t, load, steered(load), "")+"#runs", s, theme)
				for i, slow := range []float64{1, 2, 1} {
					load.Slow = []float64{slow}
					require.NoError(t, load.Start(web.Order{Users: 40, SpawnRate: 40}))
					load.Advance(5 * time.Minute)
					require.NoError(t, load.Stop())
					p.see(`document.querySelectorAll("#panel-runs tbody tr").length === ` + []string{"1", "2", "3"}[i])
				}
				assert.Equal(t, "api/runs/3/report", ask[string](p, `document.querySelector("#panel-runs a").getAttribute("href")`), "the last run is first")
				audit(p, "runs")
				p.click(`#panel-runs input[value="2"]`)
				p.click(`#panel-runs input[value="1"]`)
				p.see(`document.querySelector("#panel-runs .verdict-card.is-worse")`)
				assert.Equal(t, "Run 2 against run 1", p.text("#panel-runs .compared h2"), "the later one against the earlier one")
				audit(p, "compared")
				p.inBounds(s.width)
				p.full("runs-" + s.name + "-" + theme)
				p.click(`#panel-runs input[value="3"]`)
				p.see(`document.querySelector("#panel-runs .compared h2")?.textContent === "Run 3 against run 1"`)
				assert.Equal(t, 2, ask[int](p, `document.querySelectorAll("#panel-runs input:checked").length`), "of three the first one gives way")
				assert.Equal(t, 200, ask[int](p, `(() => { const x = new XMLHttpRequest(); x.open("GET", document.querySelector("#panel-runs a").href, false); x.send(); return x.status; })()`))
			})
		}
	}
}
