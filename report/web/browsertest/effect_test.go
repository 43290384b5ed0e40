//go:build browser

package browsertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/report/web/internal/fake"
)

// over is a scheduled run that has ended.
func over(t *testing.T) *fake.Load {
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Scheduled: true, Host: "http://todo-backend:8081"}))
	load.Advance(time.Hour)
	require.Equal(t, web.Stopped, load.State())
	return load
}

// TestVerdictComesAtTheEnd looks at the phases while a run goes on and when it is
// over.
func TestVerdictComesAtTheEnd(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), "/load")+"#phases", desktop, "light")
	p.see(`document.querySelector("#panel-phases .phases")`)
	assert.Contains(t, p.text("#panel-phases .phases header p"), "the verdict comes at the end")
	assert.False(t, ask[bool](p, `document.querySelector("#panel-phases .effect") !== null`))
	load.Advance(time.Hour)
	p.see(`document.querySelector("#panel-phases .verdict-card")`)
	assert.Regexp(t, `^(Worse|Better|No |Not |Equivalent)`, p.text("#panel-phases .headline"))
	assert.True(t, ask[bool](p, `document.querySelectorAll("#panel-phases table.forest tbody tr").length >= 12`))
	assert.Equal(t, 1, ask[int](p, `document.querySelectorAll("#panel-phases .forest tr.is-primary").length`))
	require.NoError(t, load.Start(web.Order{Scheduled: true}))
	load.Advance(400 * time.Second)
	p.see(`!document.querySelector("#panel-phases .effect")`)
}

// TestEffectPictures takes pictures of the effect on each screen, in each theme and
// on paper.
func TestEffectPictures(t *testing.T) {
	for _, s := range []size{desktop, phone} {
		for _, theme := range []string{"light", "dark"} {
			t.Run(s.name+"-"+theme, func(t *testing.T) {
				load := over(t)
				address := serve(t, load, web.Options{Title: "To-do service"}, "")
				p := open(t, address+"#phases", s, theme)
				p.see(`document.querySelector("#panel-phases .verdict-card")`)
				p.full(s.name + "-" + theme + "-effect")
				p.inBounds(s.width)
				report := openReport(t, load, s, theme)
				report.shot(s.name + "-" + theme + "-report-first")
				report.full(s.name + "-" + theme + "-report-effect")
				report.inBounds(s.width)
			})
		}
	}
}

// TestReportPrints puts the report of a dark screen on paper.
func TestReportPrints(t *testing.T) {
	p := openReport(t, over(t), size{"paper", 794, 1123, 1, false}, "dark")
	paper, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder(t), "report.pdf"), paper, 0o644))
	assert.True(t, ask[bool](p, `[...document.querySelectorAll("details")].every((d) => d.open)`), "paper cannot be clicked")
	p.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	}))
	p.full("paper")
	p.inBounds(794)
	assert.Greater(t, ask[float64](p, `Number(getComputedStyle(document.body).backgroundColor.match(/[\d.]+/)[0])`), .9, "paper is light")
}

// openReport opens the file as a reader does: from a server that adds nothing.
func openReport(t *testing.T, load *fake.Load, s size, theme string) *page {
	t.Helper()
	path := filepath.Join(folder(t), s.name+"-"+theme+"-report.html")
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, web.WriteReport(file, load.Summary(), web.ReportOptions{Title: "To-do service", Host: "http://todo-backend:8081", Streams: 1}))
	require.NoError(t, file.Close())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }))
	t.Cleanup(server.Close)
	p := open(t, server.URL+"/", s, theme)
	p.see(`document.querySelectorAll("#charts svg").length === 3 && document.querySelectorAll("#recovery svg").length === 1`)
	return p
}

// inBounds checks that the page is not wider than the screen.
func (p *page) inBounds(width int64) {
	p.t.Helper()
	assert.LessOrEqual(p.t, ask[int64](p, `document.documentElement.scrollWidth`), width, "the page is wider than the screen")
}
