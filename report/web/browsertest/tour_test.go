//go:build browser

package browsertest

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

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
