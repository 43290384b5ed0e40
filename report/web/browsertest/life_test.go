//go:build browser

package browsertest

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/outline"
	"github.com/gensim/load-generator/report/web"
)

// pass lets the load continue, as often as the page has shown how far it was, until a condition holds: however long that
// takes the browser, the run does not end meanwhile.
func (p *page) pass(load *fake.Load, condition string) {
	p.t.Helper()
	for range 60 {
		seen := p.text("#phase-more")
		load.Advance(5 * time.Second)
		p.see(`document.querySelector("#phase-more").textContent !== ` + strconv.Quote(seen))
		if ask[bool](p, condition) {
			return
		}
	}
	require.Fail(p.t, "the page does not come to this", condition)
}

// fill types into an input of the page.
func (p *page) fill(selector, text string) {
	p.t.Helper()
	p.run(`(() => { const i = document.querySelector(` + strconv.Quote(selector) + `); i.value = ""; i.focus(); })()`)
	if text != "" {
		p.do(chromedp.SendKeys(chromedp.CSS(selector), text))
	}
}

// TestStagesInTheStartForm: stages are drawn as their text changes, a mistake shows next to it, and a start brings
// them.
func TestStagesInTheStartForm(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	move(t, load)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.see(`!document.querySelector("#start").hidden`)
	p.click(`.start-form .chips button[value="stages"]`)
	p.see(`document.querySelector("#in-user_count").offsetParent === null && document.querySelector("#in-stages").offsetParent !== null`)
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#start-error").textContent.startsWith("Stages: give times")`)
	p.fill("#in-stages", "2m:10, 5m:50, 30s:0")
	p.see(`document.querySelector(".facts").textContent === "Most users50Stages3Endsafter 7 min 30 s"`)
	drawn := ask[string](p, `document.querySelector(".start-side path.line, .start-side svg path")?.getAttribute("d") ?? ""`)
	assert.NotEmpty(t, drawn)
	p.shot("life-stages")
	p.fill("#in-stages", "0:50, 5m:50, 0:500, 30s:500, 0:50, 5m:50")
	p.see(`document.querySelector(".facts").textContent.startsWith("Most users500Stages6")`)
	assert.NotEqual(t, drawn, ask[string](p, `document.querySelector(".start-side path.line, .start-side svg path")?.getAttribute("d") ?? ""`))
	p.shot("life-spike")
	p.fill("#in-stages", "1m:100/s, 10m:100/s")
	p.see(`document.querySelector(".facts").textContent.startsWith("Highest rate100/s") && document.querySelector(".start-side h3").textContent.startsWith("Arrivals")`)
	p.fill("#in-stages", "nonsense")
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#start-error").textContent === "Stages: want SPAN:LEVEL, such as 2m:10" && document.querySelector("#in-stages").getAttribute("aria-invalid") === "true"`)
	p.fill("#in-stages", "2m:10, 5m:50")
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#state").textContent === "Running" && document.querySelector("#users").textContent === "50"`)
}

// choosing notes which kinds of users a start asks for.
type choosing struct {
	*fake.Load
	kinds chan []string
}

func (c choosing) Start(o web.Order) error {
	c.kinds <- o.Kinds
	return c.Load.Start(o)
}

// TestKindsInTheStartForm: the boxes of the kinds of users are what a start asks for.
func TestKindsInTheStartForm(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	move(t, load)
	o, control := steered(load), choosing{load, make(chan []string, 1)}
	o.Control, o.Kinds, o.ClassPicker = control, []string{"buyer", "browser", "admin"}, true
	p := open(t, serve(t, load, o, ""), desktop, "light")
	p.see(`document.querySelectorAll(".start-form input[type=checkbox]:checked").length === 3`)
	for _, kind := range o.Kinds {
		p.click(`.start-form input[value="` + kind + `"]`)
	}
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#start-error").textContent === "Kinds of users: choose one at least."`)
	p.click(`.start-form input[value="browser"]`)
	p.shot("life-kinds")
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#state").textContent === "Running"`)
	assert.Equal(t, []string{"browser"}, <-control.kinds)
}

// mixing notes what a start sets of kinds of users before it.
type mixing struct {
	*fake.Load
	set chan string
}

func (m mixing) Kinds() []outline.Class {
	return []outline.Class{{Name: "buyer", Weight: 80}, {Name: "<b>browser", Weight: 20}, {Name: "admin", Count: 2}}
}

func (m mixing) SetKind(object []byte) error {
	if strings.Contains(string(object), ":7}") {
		return errors.New("fixed_count of \"buyer\" is refused")
	}
	m.set <- string(object)
	return nil
}

// TestUsersByKindInTheStartForm: weights and fixed counts of kinds are shown, checked, and sent before a start where they
// have changed.
func TestUsersByKindInTheStartForm(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	move(t, load)
	o, control := steered(load), mixing{load, make(chan string, 3)}
	o.Control, o.Kinds = control, []string{"buyer", "<b>browser", "admin"}
	var p *page
	for _, s := range []size{phone, desktop} {
		p = open(t, serve(t, load, o, ""), s, "light")
		p.see(`!document.querySelector(".mix").open`)
		p.click(".mix summary")
		p.see(`document.querySelector(".mix tbody").innerText.replace(/\s+/g, " ") === "buyer 80 % of the rest <b>browser 20 % of the rest admin 2 always"`)
		assert.LessOrEqual(t, ask[int](p, `document.documentElement.scrollWidth`), int(s.width), "no scrolling sideways")
		p.shot("life-mix-" + s.name)
	}
	weight, count := `.mix input[aria-label="Weight of buyer"]`, `.mix input[aria-label="Fixed count of buyer"]`
	p.fill(count, "1.5")
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#start-error").textContent === "Users by kind: give buyer a weight of 0 or more, or a whole number of users."`)
	p.fill(count, "7")
	p.see(`document.querySelector('` + weight + `').disabled`)
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#start-error").textContent === 'fixed_count of "buyer" is refused'`)
	p.fill(count, "")
	p.run(`document.querySelector('` + count + `').dispatchEvent(new Event("input", { bubbles: true }))`) // which a script's emptying is not
	p.fill(weight, "60")
	p.see(`document.querySelector(".mix tbody").innerText.includes("75 % of the rest")`)
	p.fill(`.mix input[aria-label="Fixed count of admin"]`, "3")
	p.click(`.start-form button[type="submit"]`)
	p.see(`document.querySelector("#state").textContent === "Running"`)
	assert.Equal(t, `{"user_class_name":"buyer","weight":60}`, <-control.set)
	assert.Equal(t, `{"user_class_name":"admin","fixed_count":3}`, <-control.set)
	assert.Empty(t, control.set, "what has not changed is not sent")
	p = open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.see(`document.querySelector(".start-form")`)
	assert.True(t, ask[bool](p, `document.querySelector(".mix") === null`), "one kind has no mix")
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
	p.see(`Number(document.querySelector("#panel-statistics tfoot td").textContent.replace(/,/g, "")) > ` + strconv.Itoa(before))
	p.see(`parseFloat(document.querySelector("#rps").textContent) > 0 && /· To-do service$/.test(document.title)`)
	p.shot("life-running")

	p.click("#edit")
	p.see(`document.querySelector("#edit-users").value === "30"`)
	p.fill("#edit-users", "45")
	p.shot("life-edit")
	p.click(`dialog[open] button[type="submit"]`)
	p.see(`!document.querySelector("dialog[open]") && document.querySelector("#users").textContent === "45"`)
	assert.Equal(t, "Users now, by hand", p.text("#users-title"))
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
		p.see(`document.querySelector(".form-error").textContent.startsWith(` + strconv.Quote(x.says) + `)`)
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
		return ask[string](p, `[...document.querySelectorAll("#panel-statistics .sortable tbody th")].map((n) => n.textContent).join("|")`)
	}
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
	assert.Equal(t, "POST /api/todos|DELETE /api/todos/{id}|GET /api/todos|GET /api/todos/search|PUT /api/todos/{id}", names(), "those that fail come first")
	p.click(`#panel-statistics thead th:nth-child(5) button`) // p50, slowest first
	assert.True(t, strings.HasPrefix(names(), "GET /api/todos/search|"), names())
	assert.Equal(t, "descending", ask[string](p, `document.querySelector("#panel-statistics thead th:nth-child(5)").getAttribute("aria-sort")`))
	p.click(`#panel-statistics thead th:nth-child(5) button`)
	assert.True(t, strings.HasSuffix(names(), "|GET /api/todos/search"), names())
	p.click(`#panel-statistics thead th:nth-child(1) button`)
	assert.Equal(t, "GET /api/todos|POST /api/todos|GET /api/todos/search|DELETE /api/todos/{id}|PUT /api/todos/{id}", names())

	all := p.text("#panel-statistics tfoot td")
	p.click(`#base .chips button[value="0"]`)
	p.see(`document.querySelector("#panel-statistics tfoot td").textContent !== ` + strconv.Quote(all))
	first := load.Phase(0)
	p.see(`Number(document.querySelector("#panel-statistics tfoot td").textContent.replace(/,/g, "")) === ` + strconv.Itoa(int(first.Requests)))
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
	for _, name := range []string{"charts", "phases", "failures", "exceptions", "generator", "logs", "runs", "download", "statistics"} {
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
	p := open(t, serve(t, load, steered(load), "")+"#phases", phone, "light")
	p.see(`document.querySelectorAll("#panel-phases .bar-row").length === 5`)
	p.run(`document.styleSheets[0].insertRule("#panel-phases .phases table { min-width: 900px !important }")`)
	later := func() {
		t.Helper()
		seen := p.text("#phase-more")
		figures := p.text("#panel-phases .phases tbody:last-child") + p.text("#panel-phases .bars")
		p.pass(load, `document.querySelector("#phase-more").textContent !== `+strconv.Quote(seen)+
			` && document.querySelector("#panel-phases .phases tbody:last-child").textContent + document.querySelector("#panel-phases .bars").textContent !== `+strconv.Quote(figures))
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
	p.pass(load, `document.querySelector("#panel-generator .halves > :last-child").textContent !== `+strconv.Quote(seen))
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
	p.see(`document.querySelectorAll("#panel-charts .bubble").length >= 3`)
	assert.Regexp(t, `^2:[23]\d$`, p.text("#panel-charts .bubble-text"), "a quarter of ten minutes")
	p.shot("charts-hover")

	whole := ticks()
	x, y = at(.2)
	p.do(chromedp.MouseEvent(chromedp.MousePressed, x, y, chromedp.ButtonLeft))
	x, _ = at(.4)
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, x, y, chromedp.ButtonLeft))
	p.see(`document.querySelectorAll("#panel-charts .brush").length >= 3`)
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
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
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
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 2`)
	p.see(`document.querySelector("#panel-statistics .sortable tbody tr").children[6].textContent === "failed"`)
	assert.Greater(t, ask[float64](p, `document.querySelector("#panel-statistics .sortable tbody .range i + i").getBoundingClientRect().width`), 6.0)
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

// mall is a load of several kinds of users.
type mall struct{ *fake.Load }

func (m mall) Snapshot(quantiles ...float64) *report.Snapshot {
	s := m.Load.Snapshot(quantiles...)
	for i := range s.Ops {
		s.Ops[i].Op.Kind = []string{"<b>buyer", "browser"}[i%2]
	}
	s.Kinds = []report.KindUsers{{Name: "<b>buyer", Users: 30}, {Name: "browser", Users: 10}, {Name: "admin"}}
	return s
}

// tired is a load whose users had no work left.
type tired struct{ *fake.Load }

func (m tired) Phase(i int) report.PhaseSummary {
	p := m.Load.Phase(i)
	p.RestedS, p.Counters.Skipped = 5025*float64(i), 12
	return p
}

func (m tired) Snapshot(quantiles ...float64) *report.Snapshot {
	s := m.Load.Snapshot(quantiles...)
	s.Counters.Skipped = 1234
	return s
}

// TestUsersWithoutWorkAreOnThePage: how long they rested, by phase, and what was sat out; nothing where there is none.
func TestUsersWithoutWorkAreOnThePage(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, tired{load}, steered(load), ""), desktop, "light")
	p.click("#tab-phases")
	rested := `[...document.querySelectorAll("#panel-phases tr")].find((r) => r.firstChild.textContent === "Users rested")`
	p.see(rested + `.textContent === "Users rested–1 h 23 min 45 s together"`)
	p.click("#tab-generator")
	p.see(`document.querySelector("#panel-generator").innerText.includes("1,234")`)
	p = open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.click("#tab-phases")
	p.see(`document.querySelector("#panel-phases table")`)
	assert.False(t, ask[bool](p, `Boolean(`+rested+`)`))
}

// TestStatisticsOfAKind: the table shows the operations of one kind of users, and offers no kinds where there are none.
func TestStatisticsOfAKind(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(60 * time.Second)
	p := open(t, serve(t, mall{load}, steered(load), ""), desktop, "light")
	rows := `[...document.querySelectorAll("#panel-statistics .sortable tbody th")].map((n) => n.textContent)`
	p.see(rows + `.length === 5`)
	choice := `#panel-statistics select[aria-label="Kind of users"]`
	assert.Equal(t, "All kinds of users|<b>buyer|browser|admin", ask[string](p, `[...document.querySelectorAll('`+choice+` option')].map((o) => o.text).join("|")`))
	p.do(chromedp.SendKeys(chromedp.CSS(choice), "browser"))
	p.see(rows + `.length === 2`)
	p.see(rows + `.every((n) => n.startsWith("browser "))`)
	load.Advance(5 * time.Second)
	p.see(rows + `.length === 2`)
	p.shot("statistics-kind")
	p.do(chromedp.SendKeys(chromedp.CSS("#panel-statistics input.search"), "search"))
	p.see(rows + `.length <= 1`)

	one := halfway(t)
	p = open(t, serve(t, one, steered(one), ""), desktop, "light")
	p.see(rows + `.length === 5`)
	assert.Equal(t, 0, ask[int](p, `document.querySelectorAll('`+choice+`').length`))
}

// TestKindsAreShownWhileARunIsInProgress: how many of each there are, and their shares, where users are.
func TestKindsAreShownWhileARunIsInProgress(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(60 * time.Second)
	p := open(t, serve(t, mall{load}, steered(load), ""), phone, "light")
	p.see(`document.querySelector("#users").textContent === "40"`)
	p.see(`document.querySelector("#users-on").textContent.includes("OFF · 30 <b>buyer (75 %) · 10 browser (25 %)")`)
	assert.NotContains(t, p.text("#users-on"), "admin", "there are none now")
	assert.True(t, ask[bool](p, `((n) => n.scrollWidth <= n.clientWidth && n.scrollHeight <= n.clientHeight + 1)(document.querySelector("#users-on"))`), "all of it is seen")
	assert.LessOrEqual(t, ask[int](p, `document.documentElement.scrollWidth`), int(phone.width), "no scrolling sideways")
}
