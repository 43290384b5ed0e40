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

// halfway is a scheduled run in the middle of its second phase, with a change by
// hand and an exception.
func halfway(t *testing.T) *fake.Load {
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Planned: true, Host: "http://todo-backend:8081"}))
	load.Advance(520 * time.Second)
	require.NoError(t, load.Start(web.Order{Users: 120, SpawnRate: 4}))
	load.Advance(75 * time.Second)
	load.Panic("panic", "runtime error: index out of range [3] with length 3", "goroutine 812 [running]:\nmain.(*shopper).add(0xc0001a2000, {0x9f3a20, 0xc0004d8c00})\n\t/src/shop/shopper.go:41 +0x1d\ngithub.com/gensim/load-generator/loadgen.(*worker).task(...)\n\t/src/loadgen/worker.go:88")
	load.Panic("error", "create_todo: the answer has no id", "")
	return load
}

// TestTour takes a picture of every view on each screen and in each theme.
func TestTour(t *testing.T) {
	for _, s := range []size{desktop, phone} {
		for _, theme := range []string{"light", "dark"} {
			t.Run(s.name+"-"+theme, func(t *testing.T) {
				name := func(view string) string { return s.name + "-" + theme + "-" + view }
				load := halfway(t)
				p := open(t, serve(t, load, steered(load), ""), s, theme)
				p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
				p.shot(name("statistics"))
				for _, view := range []string{"charts", "phases", "failures", "exceptions", "generator", "logs", "runs", "download"} {
					p.run(`location.hash = "` + view + `"`)
					p.see(`!document.querySelector("#panel-` + view + `").hidden && document.querySelector("#panel-` + view + `").children.length > 0`)
					p.do(chromedp.Sleep(300 * time.Millisecond))
					p.full(name(view))
				}
				fresh := fake.New(fake.Todo(), fake.Schedule())
				p.do(chromedp.Navigate(serve(t, fresh, steered(fresh), "")))
				p.see(`!document.querySelector("#start").hidden`)
				p.full(name("start"))
				address := serve(t, load, web.Options{Title: "To-do service"}, "")
				p.do(chromedp.Navigate(address + "stats/report"))
				p.see(`document.querySelectorAll("#charts svg").length === 4`)
				p.full(name("report"))
			})
		}
	}
}
