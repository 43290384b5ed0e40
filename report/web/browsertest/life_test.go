//go:build browser

package browsertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// move lets a second of the load pass every tenth of a second, until the test
// ends.
func move(t *testing.T, load *fake.Load) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-tick.C:
				load.Advance(time.Second)
			case <-done:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(done)
		tick.Stop()
		<-ended
	})
}

// fill types into an input of the page.
func (p *page) fill(selector, text string) {
	p.t.Helper()
	p.run(`(() => { const i = document.querySelector(` + quote(selector) + `); i.value = ""; i.focus(); })()`)
	if text != "" {
		p.do(chromedp.SendKeys(chromedp.CSS(selector), text))
	}
}

// TestPageStartsEditsStopsAndResetsALoad starts, edits, stops, resets and starts again, below a prefix.
func TestPageStartsEditsStopsAndResetsALoad(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	move(t, load)
	p := open(t, serve(t, load, steered(load), "/ops/load"), desktop, "light")
	p.see(`!document.querySelector("#start").hidden && document.querySelector("#state").textContent === "Ready"`)
	p.click(`.start-form .chips button[value="level"]`)
	p.fill("#in-user_count", "30")
	p.fill("#in-spawn_rate", "10")
	p.see(`document.querySelector(".facts").textContent.includes("30")`)
	p.shot("life-form")
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#state").textContent === "Running" && document.querySelector("#users").textContent === "30"`)
	before := ask[int](p, `Number(document.querySelector("#panel-statistics tfoot td").textContent.replace(/,/g, ""))`)
	p.see(`Number(document.querySelector("#panel-statistics tfoot td").textContent.replace(/,/g, "")) > ` + jsNumber(before))
	p.see(`parseFloat(document.querySelector("#rps").textContent) > 0 && document.title.includes("/s")`)
	p.shot("life-running")

	p.click("#edit")
	p.see(`document.querySelector("#edit-users").value === "30"`)
	p.fill("#edit-users", "45")
	p.shot("life-edit")
	p.click(`dialog[open] button[type="submit"]`)
	p.see(`!document.querySelector("dialog[open]") && document.querySelector("#users").textContent === "45"`)
	assert.Equal(t, "Users, by hand", p.text("#users-title"))
	assert.Equal(t, " plan 30", ask[string](p, `document.querySelector("#users-planned").innerText.trimEnd().replace(/^ ?/, " ")`), "a change by hand is not mistaken for the plan")
	p.click("#edit")
	p.see(`document.querySelector("#edit-users").value === "45"`)
	p.click(`dialog[open] button[type="button"]`)

	p.click("#stop")
	p.see(`document.querySelector("#state").textContent === "Stopped" && document.querySelector("#stop").hidden && !document.querySelector("#new").hidden`)
	p.see(`document.querySelector("#phase-more").textContent.startsWith("ended after")`)
	p.shot("life-stopped")
	p.click("#reset")
	p.see(`document.querySelector("dialog[open]")`)
	p.shot("life-reset")
	p.click(`dialog[open] button[type="submit"]`)
	p.see(`!document.querySelector("dialog[open]") && !document.querySelector("#panel-statistics .empty").hidden`)
	p.shot("life-empty")

	p.click("#new")
	p.see(`!document.querySelector("#start").hidden && document.querySelector("#results").hidden`)
	p.click(`.start-form .chips button[value="schedule"]`)
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#phase").textContent === "baseline" && document.querySelector("#state").textContent === "Running"`)
	assert.Equal(t, 3, load.Run().Number, "two starts and a reset")
}

// TestWrongFields checks that each wrong field is named, and that nothing
// starts.
func TestWrongFields(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	o := steered(load)
	o.Schedule, o.AllowHost = nil, true
	p := open(t, serve(t, load, o, ""), desktop, "light")
	for _, x := range []struct{ field, value, says string }{
		{"user_count", "", "Users: give a number above 0."},
		{"user_count", "-4", `Users: "-4" is not accepted`},
		{"spawn_rate", "0", "Spawn rate: give a number above 0."},
		{"spawn_rate", "-1", `Spawn rate: "-1" is not accepted`},
		{"run_time", "1.5h", "Run time: give a time such as"},
		{"host", "no url", "Target: "},
	} {
		p.see(`!document.querySelector("#start").hidden`)
		old := ask[string](p, `document.querySelector("#in-`+x.field+`").value`)
		p.fill("#in-"+x.field, x.value)
		p.click(`.start-form button[type="submit"]`)
		p.see(`document.querySelector(".form-error").textContent.startsWith(` + quote(x.says) + `)`)
		p.see(`document.querySelector("#in-` + x.field + `").getAttribute("aria-invalid") === "true" && document.activeElement.id === "in-` + x.field + `"`)
		if x.value == "-1" {
			p.shot("form-error")
		}
		p.fill("#in-"+x.field, old)
	}
	assert.Zero(t, load.Run().Number, "nothing was started")
}

// TestStatistics sorts, finds and filters.
func TestStatistics(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	names := func() string {
		return ask[string](p, `[...document.querySelectorAll("#panel-statistics tbody th")].map((n) => n.textContent).join("|")`)
	}
	p.see(`document.querySelectorAll("#panel-statistics tbody tr").length === 5`)
	byName := "GET /api/todos|POST /api/todos|GET /api/todos/search|DELETE /api/todos/{id}|PUT /api/todos/{id}"
	assert.Equal(t, byName, names())
	p.click(`#panel-statistics thead th:nth-child(5) button`) // p50, slowest first
	assert.True(t, strings.HasPrefix(names(), "GET /api/todos/search|"), names())
	assert.Equal(t, "descending", ask[string](p, `document.querySelector("#panel-statistics thead th:nth-child(5)").getAttribute("aria-sort")`))
	p.click(`#panel-statistics thead th:nth-child(5) button`)
	assert.True(t, strings.HasSuffix(names(), "|GET /api/todos/search"), names())
	p.click(`#panel-statistics thead th:nth-child(1) button`)

	all := p.text("#panel-statistics tfoot td")
	p.click(`#panel-statistics .chips button[value="0"]`)
	p.see(`document.querySelector("#panel-statistics tfoot td").textContent !== ` + quote(all))
	first := load.Phase(0)
	p.see(`Number(document.querySelector("#panel-statistics tfoot td").textContent.replace(/,/g, "")) === ` + jsNumber(int(first.Requests)))
	p.shot("statistics-phase")
	p.do(chromedp.SendKeys(chromedp.CSS("#panel-statistics .search"), "search"))
	assert.Equal(t, "GET /api/todos/search", names())
}

// TestTabs goes through the tabs by keyboard and finds them again after a
// reload.
func TestTabs(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.see(`document.querySelector("#tab-statistics[aria-selected=true]")`)
	p.run(`document.querySelector("#tab-statistics").focus()`)
	for _, name := range []string{"charts", "phases", "failures", "exceptions", "generator", "logs", "download", "statistics"} {
		p.do(chromedp.KeyEvent("\u0303")) // arrow right
		p.see(`document.activeElement.id === "tab-` + name + `" && !document.querySelector("#panel-` + name + `").hidden`)
	}
	p.run(`location.hash = "failures"`)
	p.do(chromedp.Reload())
	p.see(`document.querySelectorAll("#panel-failures tbody tr").length === 3`)
	p.run(`location.hash = "exceptions"`)
	p.click("#panel-exceptions summary")
	p.see(`document.querySelector("#panel-exceptions details[open] pre, #panel-exceptions details[open] p")`)
	p.run(`document.querySelectorAll("#panel-exceptions details").forEach((d) => { d.open = true; })`)
	p.shot("exceptions-open")
}

// TestReaderStaysInPlace checks that new figures leave the reader where they
// are: in the page, in a table that is scrolled, and on a button.
func TestReaderStaysInPlace(t *testing.T) {
	load := halfway(t)
	move(t, load)
	p := open(t, serve(t, load, steered(load), "")+"#phases", phone, "light")
	p.see(`document.querySelectorAll("#panel-phases .bar-row").length === 5`)
	p.run(`document.styleSheets[0].insertRule("#panel-phases .phases table { min-width: 900px !important }")`)
	later := func() {
		t.Helper()
		seen := p.text("#phase-more")
		figures := p.text("#panel-phases .phases tbody:last-child") + p.text("#panel-phases .bars")
		p.see(`document.querySelector("#phase-more").textContent !== ` + quote(seen) +
			` && document.querySelector("#panel-phases .phases tbody:last-child").textContent + document.querySelector("#panel-phases .bars").textContent !== ` + quote(figures))
	}
	p.run(`document.querySelector("#tabs").scrollLeft = 1000`)
	p.run(`document.querySelector("#panel-phases .phases .scroll").scrollLeft = 40`)
	p.run(`document.querySelector("#panel-phases .chips button[value='1']").focus({ preventScroll: true })`)
	p.run(`window.scrollTo(0, 900)`)
	places := `[document.querySelector("#tabs").scrollLeft, document.querySelector("#panel-phases .phases .scroll").scrollLeft, window.scrollY, document.activeElement.value]`
	before := ask[[]any](p, places)
	assert.Equal(t, "1", before[3])
	later()
	assert.Equal(t, before, ask[[]any](p, places))
	p.run(`location.hash = "generator"`)
	p.see(`document.querySelector("#panel-generator .scroll")`)
	p.run(`document.querySelector("#panel-generator .scroll").focus()`)
	seen := p.text("#panel-generator .halves > :last-child")
	p.see(`document.querySelector("#panel-generator .halves > :last-child").textContent !== ` + quote(seen))
	assert.True(t, ask[bool](p, `document.activeElement.matches("#panel-generator .scroll")`))
}

// TestCharts hovers, zooms and moves the cursor by keyboard.
func TestCharts(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), "")+"#charts", desktop, "light")
	p.see(`document.querySelectorAll("#panel-charts svg .line").length === 8`)
	ticks := func() string {
		return ask[string](p, `[...document.querySelectorAll("#panel-charts figure:first-child .tick")].map((n) => n.textContent).join(" ")`)
	}
	box := ask[[]float64](p, `(() => { const b = document.querySelector("#panel-charts svg").getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()`)
	at := func(share float64) (float64, float64) { return box[0] + 46 + share*(box[2]-60), box[1] + box[3]/2 }
	x, y := at(.25)
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, x, y))
	p.see(`document.querySelectorAll("#panel-charts .bubble").length === 3`)
	assert.Regexp(t, `^2:[23]\d$`, p.text("#panel-charts .bubble-text"), "a quarter of ten minutes")
	p.shot("charts-hover")

	whole := ticks()
	x, y = at(.2)
	p.do(chromedp.MouseEvent(chromedp.MousePressed, x, y, chromedp.ButtonLeft))
	x, _ = at(.4)
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, x, y, chromedp.ButtonLeft))
	p.see(`document.querySelectorAll("#panel-charts .brush").length === 3`)
	p.shot("charts-brush")
	p.do(chromedp.MouseEvent(chromedp.MouseReleased, x, y, chromedp.ButtonLeft))
	p.see(`document.querySelectorAll("#panel-charts .brush").length === 0`)
	assert.NotEqual(t, whole, ticks(), "zoomed in")
	p.shot("charts-zoom")
	p.click("#panel-charts .tools > .btn")
	assert.Equal(t, whole, ticks(), "all again")

	p.run(`document.querySelector("#panel-charts svg").focus()`)
	p.do(chromedp.KeyEvent("\u0302"), chromedp.KeyEvent("\u0302")) // arrow left
	p.see(`/^9:5\d: Requests [\d.]+, Failures [\d.]+$/.test(document.querySelector("#panel-charts .sr").textContent)`)
	p.do(chromedp.KeyEvent("+"))
	p.see(`!document.querySelector("#panel-charts .tools > .btn").hidden`)
	p.do(chromedp.KeyEvent("0"))
	p.see(`document.querySelector("#panel-charts .tools > .btn").hidden`)
	p.click("#panel-charts .plot-switch")
	p.see(`document.querySelector("#panel-charts .plot-switch").getAttribute("aria-pressed") === "true"`)
	p.click(`#panel-charts .chips button[value="60"]`)
	p.see(`document.querySelector("#panel-charts figure:first-child .tick:last-of-type")`)
	assert.Contains(t, ticks(), "9:30")
	p.shot("charts-minute")
}

// TestDownload takes files away.
func TestDownload(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), "/x")+"#download", desktop, "light")
	dir := t.TempDir()
	_, err := chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir})
	require.NoError(t, err)
	for _, file := range []struct{ label, ending, holds string }{
		{"Download Statistics CSV", "_requests.csv", "Aggregated"},
		{"Download Summary JSON", "_summary.json", `"schema":2`},
		{"Download Report HTML", "8081.html", "<h1>To-do service</h1>"},
	} {
		p.click(`a[aria-label="` + file.label + `"]`)
		require.Eventually(t, func() bool {
			found, err := filepath.Glob(filepath.Join(dir, "Locust_*"+file.ending))
			if err != nil || len(found) != 1 {
				return false
			}
			text, err := os.ReadFile(found[0])
			return err == nil && strings.Contains(string(text), file.holds)
		}, patience, 50*time.Millisecond, file.label)
	}
}

// TestThemeIsSwitchedAndRemembered switches between light and dark and remembers it.
func TestThemeIsSwitchedAndRemembered(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	dark := `getComputedStyle(document.body).backgroundColor.match(/[\d.]+/)[0] < 0.5`
	p.see(`document.querySelector("#theme").getAttribute("aria-label") === "Dark theme"`)
	assert.False(t, ask[bool](p, dark))
	p.click("#theme")
	assert.True(t, ask[bool](p, dark))
	p.do(chromedp.Reload())
	p.see(`document.querySelector("#theme").getAttribute("aria-label") === "Light theme"`)
	assert.True(t, ask[bool](p, dark), "it is remembered")
}

// TestLateGenerator shows a generator that cannot keep time.
func TestLateGenerator(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	load.Lag = 300 * time.Millisecond
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(120 * time.Second)
	p := open(t, serve(t, load, steered(load), "")+"#generator", desktop, "light")
	p.see(`document.querySelector("#generator").textContent === "Too late"`)
	p.see(`document.querySelector(".verdict.is-bad").textContent.startsWith("The generator was the bottleneck")`)
	require.NoError(t, load.Stop())
	p.see(`document.querySelector("#notes .note").textContent.startsWith("The generator was the bottleneck")`)
	p.shot("generator-late")
}

// TestViewOnly shows a page without control, before and during a run.
func TestViewOnly(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	p := open(t, serve(t, load, web.Options{Title: "To-do service"}, ""), desktop, "light")
	p.see(`document.querySelector("#waiting").textContent.includes("Waiting for a run")`)
	p.shot("view-only-waiting")
	require.NoError(t, load.Start(web.Order{Users: 50, SpawnRate: 50}))
	load.Advance(30 * time.Second)
	p.see(`document.querySelectorAll("#panel-statistics tbody tr").length === 5`)
	assert.Zero(t, ask[int](p, `document.querySelectorAll("#actions button, form, dialog").length`))
	p.shot("view-only")
}

// TestSpreadOfFailing draws p50 to p95 of operations whose p99 is among the
// failures: they have a length too.
func TestSpreadOfFailing(t *testing.T) {
	load := fake.New([]fake.Op{
		{Method: "GET", Name: "/a", Weight: 1, Median: 20 * time.Millisecond, FailShare: .02, Reason: "http 503"},
		{Method: "GET", Name: "/quick", Weight: 1, Median: 200 * time.Microsecond},
	}, nil)
	require.NoError(t, load.Start(web.Order{Users: 200, SpawnRate: 200}))
	load.Advance(60 * time.Second)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.see(`document.querySelectorAll("#panel-statistics tbody tr").length === 2`)
	p.see(`document.querySelector("#panel-statistics tbody tr").children[6].textContent === "failed"`)
	assert.Greater(t, ask[float64](p, `document.querySelector("#panel-statistics tbody .range i + i").getBoundingClientRect().width`), 6.0)
}

// TestTwoTabs steers one load from two browsers: each shows what the other did,
// and an open start form gives way to a run that the other started.
func TestTwoTabs(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	move(t, load)
	o := steered(load)
	o.Schedule = nil
	address := serve(t, load, o, "")
	one, two := open(t, address, desktop, "light"), open(t, address, phone, "dark")
	state := func(p *page, want string) {
		p.see(`document.querySelector("#state").textContent === "` + want + `" && document.querySelector("#start").hidden && !document.querySelector("#results").hidden`)
	}
	form := func(p *page) { p.see(`!document.querySelector("#start").hidden`) }
	form(one)
	form(two)
	one.click(`.start-form button[type="submit"]`)
	state(one, "Running")
	state(two, "Running")
	two.click("#stop")
	state(one, "Stopped")
	one.click("#new")
	form(one)
	two.click("#new")
	form(two)
	two.click(`.start-form button[type="submit"]`)
	state(two, "Running")
	state(one, "Running")
	assert.Equal(t, 2, load.Run().Number)
}
