//go:build browser

package browsertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// TestClaims reads on the Phases tab where each claim stands while the
// run is not over, and its outcome at the end.
func TestClaims(t *testing.T) {
	for _, s := range []size{desktop, phone} {
		for _, theme := range []string{"light", "dark"} {
			t.Run(s.name+" "+theme, func(t *testing.T) {
				load := fake.New(fake.Todo(), fake.Schedule())
				require.NoError(t, load.Start(web.Order{Planned: true}))
				load.Advance(200 * time.Second)
				o := steered(load)
				o.Claims = judged(t, "baseline p95 < 1s", "baseline p95 < 2ms", "intervention failures < 5%", "intervention vs baseline p95 < +10%", `"recovery" GET /api/todos p99 < 2s`)
				p := open(t, serve(t, load, o, "")+"#phases", s, theme)
				rows := func(outcome, text string) string {
					return fmt.Sprintf(`[...document.querySelectorAll("#panel-phases .claims li")].some((n) => n.querySelector(".outcome").textContent === %q && n.querySelector("b").textContent === %q)`, outcome, text)
				}
				p.see(rows("passing so far", "baseline p95 < 1s"))
				for text, outcome := range map[string]string{
					"baseline p95 < 2ms": "failing so far", "intervention failures < 5%": "not yet decidable", "intervention vs baseline p95 < +10%": "not yet decidable",
				} {
					assert.True(t, ask[bool](p, rows(outcome, text)), text)
				}
				assert.Equal(t, "so far: 1 failing, 1 passing, 3 not yet decidable", p.text("#panel-phases .claims header p"))
				audit(p, "live")
				p.shot("claims-live-" + s.name + "-" + theme)
				load.Advance(time.Hour)
				p.see(rows("holds", "baseline p95 < 1s") + ` && document.querySelector(".verdict-card")`)
				assert.True(t, ask[bool](p, rows("broken", "baseline p95 < 2ms")))
				assert.True(t, ask[bool](p, rows("broken", "intervention vs baseline p95 < +10%")))
				assert.True(t, ask[bool](p, `document.querySelector("#panel-phases .verdict-card").nextSibling.matches(".claims")`), "right below the verdict, as in the report")
				assert.Equal(t, "2 of 5 do not hold", p.text("#panel-phases .claims header p"))
				audit(p, "over")
				p.shot("claims-over-" + s.name + "-" + theme)
			})
		}
	}
}
