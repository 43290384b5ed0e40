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

// TestTransactionsAndFiguresHaveATab, which is not there in a run without them.
func TestTransactionsAndFiguresHaveATab(t *testing.T) {
	for _, s := range []size{desktop, phone} {
		load := fake.New(fake.Todo(), fake.Schedule())
		load.Own = true
		require.NoError(t, load.Start(web.Order{Planned: true}))
		load.Advance(15 * time.Second)
		p := open(t, serve(t, load, steered(load), ""), s, "light")
		p.see(`!document.querySelector("#tab-script").hidden`)
		p.run(`location.hash = "script"`)
		p.see(`document.querySelectorAll("#panel-script table").length === 3`)
		assert.Contains(t, p.text("#panel-script"), "checkout")
		assert.Contains(t, p.text("#panel-script"), "GET /api/todos {region=<b>}", "a text, no markup")
		assert.Contains(t, p.text("#panel-script"), "basket [EUR]")
		checkout := `[...document.querySelectorAll("#panel-script .is-failing")].find((n) => n.textContent.includes("checkout"))`
		assert.Equal(t, `"✗ " / ""`, ask[string](p, `getComputedStyle(`+checkout+`.children[2], "::before").content`), "failures have the sign of operations")
		assert.Equal(t, "bad", ask[string](p, checkout+`.children[2].className`))
		assert.Equal(t, "*", ask[string](p, checkout+`.children[5].querySelector(".doubt").textContent`), "the median of 15 transactions")
		assert.Contains(t, p.text("#panel-script .hint"), "* too few requests: fewer than 10 were slower")
		assert.LessOrEqual(t, ask[int](p, `document.documentElement.scrollWidth`), int(s.width), "the table scrolls, not the page")
		audit(p, "script")
		p.full(s.name + "-script")
	}
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), ""), desktop, "dark")
	p.see(`document.querySelector("#tab-script").hidden && !document.querySelector("#tab-failures").hidden`)
}
