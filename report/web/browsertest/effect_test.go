//go:build browser

package browsertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/outline"
	"github.com/gensim/load-generator/report/web"
)

// over is a scheduled run that has ended.
func over(t *testing.T) *fake.Load {
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Planned: true, Host: "http://todo-backend:8081"}))
	load.Advance(time.Hour)
	require.Equal(t, report.Stopped, load.State())
	return load
}

// TestVerdictComesAtTheEnd looks at the phases during a run and when it is
// over.
func TestVerdictComesAtTheEnd(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), "/load")+"#phases", desktop, "light")
	p.see(`document.querySelector("#panel-phases .phases")`)
	assert.Contains(t, p.text("#panel-phases .phases header p"), "the verdict comes at the end")
	assert.False(t, ask[bool](p, `document.querySelector("#panel-phases .effect") !== null`))
	load.Advance(time.Hour)
	p.see(`document.querySelector("#panel-phases .verdict-card")`)
	assert.Regexp(t, `^(Worse|Better|Confounded|No |Not |Equivalent )`, p.text("#panel-phases .headline"))
	assert.True(t, ask[bool](p, `document.querySelectorAll("#panel-phases table.forest tbody tr").length >= 12`))
	assert.Equal(t, 1, ask[int](p, `document.querySelectorAll("#panel-phases .forest tr.is-primary").length`))
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(400 * time.Second)
	p.see(`!document.querySelector("#panel-phases .effect")`)
}

// TestVerdictOfARunThatIsOver: a page that is opened after the run shows it too.
func TestVerdictOfARunThatIsOver(t *testing.T) {
	p := open(t, serve(t, over(t), web.Options{Title: "To-do service"}, ""), desktop, "light")
	p.see(verdictPoint)
}

// verdictPoint holds where the first screen has the verdict.
const verdictPoint = `/^(✗|✓|!|·)(Worse|Better|Confounded|No |Not |Equivalent )/.test(document.querySelector("#standing .point.is-wide").textContent)`

// TestVerdictIsOnTheFirstScreen: a reader of the figures sees the verdict when the run is over, and so does who looks
// at the titles of tabs; all about it is one click away.
func TestVerdictIsOnTheFirstScreen(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
	assert.False(t, ask[bool](p, `document.querySelector("#standing .is-wide") !== null`), "during the run there is no verdict")
	load.Advance(time.Hour)
	p.see(verdictPoint)
	p.see(`/^✗ [\d.]+ % failed, confounded · 16:00 · To-do service$/.test(document.title)`)
	p.click("#standing .is-wide a")
	p.see(`document.querySelector("#panel-phases .verdict-card")`)
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(400 * time.Second)
	p.see(`document.querySelector("#standing .is-wide") === null`)
}

// TestLooksAreOnTheFirstScreen: a run that ends once it is decided says there what its last look said and when the next one is,
// and nothing of the effect before the first look; a run that is over has the verdict in that place.
func TestLooksAreOnTheFirstScreen(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	load.Looks = &outline.Looks{Of: 5, Next: 405 * time.Second}
	require.NoError(t, load.Start(web.Order{Planned: true, Host: "http://todo-backend:8081"}))
	load.Advance(100 * time.Second)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.see(`document.querySelector("#standing .is-looks")?.textContent === "·Not looked at yet; look 1 of 5 at 6:45"`)
	said := "Look 2 of 5 decides nothing yet. No detectable effect on p95: between -5 % and +9 % (95 % interval)."
	load.Look(&outline.Looks{Made: 2, Of: 5, Next: 465 * time.Second, Said: said})
	load.Advance(350 * time.Second)
	p.see(`document.querySelector("#standing .is-looks a").textContent === "Looked at 2 of 5: no decision yet; next at 7:45"`)
	assert.Equal(t, said, p.text("#standing .is-looks .faint"))
	assert.False(t, ask[bool](p, `document.querySelector("#standing .is-wide") !== null`), "between looks there is no verdict")
	p.shot("desktop-light-looks")
	load.Advance(time.Hour)
	p.see(verdictPoint)
	assert.False(t, ask[bool](p, `document.querySelector("#standing .is-looks") !== null`))
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

// TestNarrowPhases takes pictures of a report of pairs with claims: no name of a
// phase is cut to a stump, and the cursor shows it in full.
func TestNarrowPhases(t *testing.T) {
	load := fake.New(fake.Todo(), pairs(10))
	load.Slow = slowed(20)
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(2 * time.Hour)
	for _, s := range []size{desktop, phone} {
		for _, theme := range []string{"light", "dark"} {
			t.Run(s.name+"-"+theme, func(t *testing.T) {
				p := reportPage(t, load, s, theme, claims)
				p.see(`document.querySelectorAll("#charts svg").length === 4`)
				p.run(`document.querySelector(".claims").scrollIntoView({ block: "end" })`)
				p.shot(s.name + "-" + theme + "-report-claims")
				p.full(s.name + "-" + theme + "-report-pairs")
				p.inBounds(s.width)
				assert.Equal(t, strings.Repeat("AB", 10), ask[string](p, `[...document.querySelectorAll("#charts .phase")].map((n) => n.textContent).join("")`))
				assert.Contains(t, p.text("#charts figure:first-child .legend"), "A baseline, B intervention")
				p.run(`document.querySelector("#charts svg").focus()`)
				p.do(chromedp.KeyEvent("\u0302")) // arrow left
				p.see(`document.querySelector("#charts .bubble-text").textContent === "intervention-10"`)
				p.shot(s.name + "-" + theme + "-report-pairs-named")
			})
		}
	}
}

// claims are claims of which one is broken.
var claims = []claim.Result{
	{Claim: "p50 < 1s", Outcome: claim.Holds, Said: "p50 was 18 ms; 93,000 requests."},
	{Claim: "intervention-1 p95 < 40ms", Outcome: claim.Broken, Said: "p95 in intervention-1 was 81.4 ms (settled 80.9 ms, 95 % interval 77.2 ms to 84.8 ms); 4,412 requests.",
		Worst: []string{"GET /api/todos/search 131 ms (11 % of the requests)"}, Seed: 7, Plan: "9f2c"},
}

// pairs are n pairs of phases, slowed what they do to the target.
func pairs(n int) (out []report.PhaseInfo) {
	for i := range 2 * n {
		start, name, arm := time.Duration(i)*150*time.Second, "baseline", "A"
		if i%2 == 1 {
			name, arm = "intervention", "B"
		}
		out = append(out, report.PhaseInfo{Name: name + "-" + strconv.Itoa(i/2+1), Arm: arm, Start: start, End: start + 150*time.Second, Users: 60, RampEnd: start, Settle: 15 * time.Second, Model: "closed", SpawnRate: 1000})
	}
	return out
}

func slowed(n int) (out []float64) {
	for i := range n {
		out = append(out, []float64{1, 1.6}[i%2])
	}
	return out
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
	p := reportPage(t, load, s, theme, nil)
	p.see(`document.querySelectorAll("#charts svg").length === 4 && document.querySelectorAll("#recovery svg").length === 1`)
	return p
}

// reportPage is openReport for any run.
func reportPage(t *testing.T, load *fake.Load, s size, theme string, claims []claim.Result) *page {
	t.Helper()
	path := filepath.Join(folder(t), s.name+"-"+theme+"-report.html")
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, html.Write(file, load.Summary(), html.Options{Title: "To-do service", Host: "http://todo-backend:8081", Streams: 1, Claims: claims}))
	require.NoError(t, file.Close())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) }))
	t.Cleanup(server.Close)
	return open(t, server.URL+"/", s, theme)
}

// inBounds checks that the page is not wider than the screen.
func (p *page) inBounds(width int64) {
	p.t.Helper()
	assert.LessOrEqual(p.t, ask[int64](p, `document.documentElement.scrollWidth`), width, "the page is wider than the screen")
}
