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

// TestSearch follows a search for a capacity from before its first hold to its end, on each screen and in each theme, and audits it.
func TestSearch(t *testing.T) {
	for _, s := range []size{laptop, phone} {
		for _, theme := range []string{"light", "dark"} {
			t.Run(s.name+"-"+theme, func(t *testing.T) {
				search := fake.NewSearch(100)
				load := fake.New(fake.Todo(), nil)
				o := steered(load)
				o.Search, o.Schedule = search, nil
				p := open(t, serve(t, load, o, ""), s, theme)
				look := func(name string) {
					t.Helper()
					audit(p, name)
					p.inBounds(s.width)
					p.full("search-" + name + "-" + s.name + "-" + theme)
				}
				p.see(`document.querySelector("#search .headline").textContent === "Searching: no answer yet." && document.querySelector("#panel-capacity .empty")`)
				look("before")
				require.NoError(t, load.Start(web.Order{Users: 4, SpawnRate: 10, RunTime: time.Minute}))
				load.Advance(20 * time.Second)
				search.Holds(6)
				p.see(`document.querySelector("#panel-capacity .now") && [...document.querySelectorAll("#panel-capacity .drawing")].every((n) => n.querySelectorAll("circle, path.flood").length === 6 && n.querySelector(".now"))`)
				trying := search.Progress().Search.Load(search.Progress().Load)
				p.see(`document.querySelector("#search dl").innerText.replace(/\s+/g, " ").startsWith("Hold 7 ` + trying + ` 40 s left")`)
				assert.Equal(t, 1, ask[int](p, `[...document.querySelectorAll("#panel-capacity .drawing")].filter((n) => n.checkVisibility()).length`), "one drawing is on show")
				assert.Equal(t, "Searching", p.text("#state"))
				assert.Contains(t, ask[string](p, `document.title`), "hold 7: "+trying)
				look("searching")
				search.Holds(-1)
				load.Advance(time.Hour)
				p.see(`document.querySelector("#search .is-better") && document.querySelector("#panel-capacity .band")`)
				assert.Equal(t, search.Progress().Search.Sentence, p.text("#search .headline"))
				assert.Regexp(t, `^✓ \d+/s · `, ask[string](p, `document.title`))
				assert.Positive(t, ask[int](p, `document.querySelectorAll("#panel-capacity tbody tr").length`))
				assert.Contains(t, p.text("#panel-capacity"), "Scalability law")
				assert.True(t, ask[bool](p, `[...document.querySelectorAll("#actions button")].every((n) => n.hidden)`), "there is nothing left to do")
				look("found")
			})
		}
	}
}

// TestSearchTabs goes from the search to the figures of the hold in progress and back: the tabs stay where they are.
func TestSearchTabs(t *testing.T) {
	search := fake.NewSearch(100)
	search.Holds(3)
	load := plain(t, fake.Todo())
	load.Advance(20 * time.Second)
	o := steered(load)
	o.Search, o.Schedule = search, nil
	for _, s := range []size{laptop, phone, {"narrow", 320, 700, 1, true}} {
		p := open(t, serve(t, load, o, ""), s, "light")
		p.see(`document.querySelector("#panel-capacity .drawing")`)
		top := `document.querySelector("#tabs").getBoundingClientRect().top`
		at := ask[float64](p, top)
		p.inBounds(s.width)
		p.click("#tab-statistics")
		p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5 && document.querySelector("#standing").checkVisibility()`)
		assert.InDelta(t, at, ask[float64](p, top), 1)
		audit(p, "statistics")
		p.inBounds(s.width)
		p.full("search-hold-" + s.name)
		p.click("#tab-download")
		p.see(`document.querySelector('#panel-download a[href="api/search"]') && document.querySelector('#panel-download a[href="api/search/report"]')`)
		p.click("#tab-capacity")
		p.see(`!document.querySelector("#standing").checkVisibility()`)
	}
}

// TestSearchStopped stops a search by the button of the page.
func TestSearchStopped(t *testing.T) {
	search := fake.NewSearch(100)
	search.Holds(3)
	load := plain(t, fake.Todo())
	load.Advance(5 * time.Second)
	o := steered(load)
	o.Search, o.Schedule = search, nil
	p := open(t, serve(t, load, o, ""), laptop, "light")
	p.see(`document.querySelector("#panel-capacity .drawing")`)
	p.click("#stop")
	p.see(`document.querySelector("#search .verdict-card").textContent.includes("The search ended before its time: stopped by command.")`)
	p.see(`document.querySelector("#stop").hidden`)
	assert.Regexp(t, `^✗ no capacity · `, ask[string](p, `document.title`))
}
