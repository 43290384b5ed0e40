//go:build browser

package browsertest

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// TestStates takes a picture of the first screen in each state of a run, on each screen and in each theme, and audits it.
func TestStates(t *testing.T) {
	late := func(lag time.Duration, load *fake.Load) *fake.Load {
		load.Lag = lag
		return load
	}
	states := []struct {
		name  string
		load  func() *fake.Load
		runs  time.Duration
		shown bool // in docs/command.md
	}{
		{"before", func() *fake.Load { return fake.New(fake.Todo(), nil) }, 0, false},
		{"healthy", func() *fake.Load { return plain(t, failing(0)) }, time.Minute, true},
		{"failing", func() *fake.Load { return plain(t, fake.Todo()) }, time.Minute, true},
		{"dead", func() *fake.Load { return plain(t, failing(1)) }, time.Minute, true},
		{"doubtful", func() *fake.Load { return late(time.Millisecond, plain(t, failing(0))) }, time.Minute, false},
		{"late", func() *fake.Load { return late(300*time.Millisecond, plain(t, fake.Todo())) }, time.Minute, true},
		{"ended", func() *fake.Load { return plain(t, failing(.02)) }, time.Hour, false},
		{"compared", func() *fake.Load {
			load := fake.New(fake.Todo(), fake.Schedule())
			require.NoError(t, load.Start(web.Order{Planned: true}))
			return load
		}, time.Hour, false},
	}
	for _, s := range []size{laptop, phone} {
		for _, theme := range []string{"light", "dark"} {
			t.Run(s.name+"-"+theme, func(t *testing.T) {
				p := open(t, "about:blank", s, theme)
				for _, x := range states {
					load := x.load()
					load.Advance(x.runs)
					o := steered(load)
					o.Claims = judged(t, "p95 < 500ms", "failures < 1%", "GET /api/todos/search p99 < 80ms")
					p.do(chromedp.Navigate(serve(t, load, o, "")))
					if x.runs == 0 {
						p.see(`!document.querySelector("#start").hidden`)
					} else {
						p.see(`document.querySelectorAll("#standing .outcome").length === 3 && document.querySelector("#overview path.line")`)
					}
					if x.name == "compared" {
						p.see(`document.querySelector("#standing .is-wide")`)
					}
					audit(p, x.name)
					p.inBounds(s.width)
					p.shot("state-" + x.name + "-" + s.name + "-" + theme)
					if x.shown && s == laptop && theme == "light" {
						p.picture("page-" + x.name)
					}
				}
			})
		}
	}
}
