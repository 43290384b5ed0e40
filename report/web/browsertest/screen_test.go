//go:build browser

package browsertest

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	browserpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
)

// points are what the first screen says of where the run stands.
const points = `[...document.querySelectorAll("#standing .point")].map((n) => n.textContent).join("|")`

// TestTheFirstScreenSaysHowTheRunStands: claims, failures and generator have words, a sign and a colour there, and
// the worst of it is in the tab's title.
func TestTheFirstScreenSaysHowTheRunStands(t *testing.T) {
	look := func(load *fake.Load, want, title string, claims ...string) *page {
		all := load.Snapshot().Total
		share := say.Share(all.FailureShare())
		o := steered(load)
		want = strings.ReplaceAll(want, "N requests", say.Count(all.Requests)+" requests")
		want, title = strings.ReplaceAll(want, "S of", share+" of"), strings.ReplaceAll(title, "S failed", share+" failed")
		if claims != nil {
			o.Claims = judged(t, claims...)
		}
		p := open(t, serve(t, load, o, ""), laptop, "light")
		p.see(points + ` === ` + strconv.Quote(want))
		p.see(`document.title === ` + strconv.Quote(title+" · To-do service"))
		return p
	}
	healthy := plain(t, failing(0))
	healthy.Advance(time.Minute)
	p := look(healthy, "✓Claims pass so far|✓None of the run's N requests failed|✓Generator on time", "✓ claims pass · 1:00", "p95 < 1s")
	good := ask[string](p, `getComputedStyle(document.querySelector("#standing .point .sign")).color`)
	healthy.Advance(time.Hour)
	p.see(`document.title === "✓ claims hold · 2:00 · To-do service"`)

	some := plain(t, failing(.1))
	some.Advance(time.Minute)
	p = look(some, "✗2 of 3 claims failing so far|✗S of the run's N requests failed|✓Generator on time", "✗ 2 failing, S failed · 1:00", "p50 < 2ms", "p50 < 1s", "failures < 1%")
	assert.NotEqual(t, good, ask[string](p, `getComputedStyle(document.querySelector("#standing .point .sign")).color`))
	assert.Equal(t, "failing so far|failing so far|passing so far", ask[string](p, `[...document.querySelectorAll("#standing .outcome")].map((n) => n.textContent).join("|")`), "each claim")
	some.Advance(time.Hour)
	p.see(`/^✗ 2 broken, [\d.]+ % failed · 2:00 · To-do service$/.test(document.title)`)
	p.click(`#standing a[href="#failures"]`)
	p.see(`document.querySelectorAll("#panel-failures tbody tr").length === 5`)

	dead := plain(t, failing(1))
	dead.Advance(time.Minute)
	look(dead, "✗All of the run's N requests failed|✓Generator on time", "✗ all requests failed · 1:00")

	late := plain(t, failing(0))
	late.Lag = 300 * time.Millisecond
	late.Advance(time.Minute)
	p = look(late, "✗Generator too late|✓None of the run's N requests failed", "✗ generator too late · 1:00")
	p.see(`document.querySelector("#notes .note").textContent.startsWith("The generator was the bottleneck")`)

	fresh := fake.New(fake.Todo(), nil)
	p = open(t, serve(t, fresh, steered(fresh), ""), laptop, "light")
	p.see(`document.title === "ready · To-do service"`)
}

// TestTheTitleOfAHiddenTabStaysTrue: it has a look now and then, and no stream open in between. Time is quick here.
func TestTheTitleOfAHiddenTabStaysTrue(t *testing.T) {
	load := plain(t, failing(0))
	load.Advance(30 * time.Second)
	p := open(t, "about:blank", laptop, "light")
	p.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, browserpage.AddScriptToEvaluateOnNewDocument, browserpage.AddScriptToEvaluateOnNewDocumentParams{Source: `
			const [timeout, interval] = [window.setTimeout, window.setInterval];
			window.setTimeout = (f, ms) => timeout(f, ms / 100);
			window.setInterval = (f, ms) => interval(f, ms / 100);
			window.streams = [];
			window.EventSource = class extends EventSource { constructor(url) { super(url); window.streams.push(this); } };`})
		return err
	}), chromedp.Navigate(serve(t, load, steered(load), "")))
	p.see(`document.title === "running · 0:30 · To-do service"`)
	p.run(`Object.defineProperty(document, "hidden", { configurable: true, get: () => true }); document.dispatchEvent(new Event("visibilitychange"))`)
	p.see(`window.streams.length > 2`)
	load.Advance(30 * time.Second)
	p.see(`document.title === "running · 1:00 · To-do service"`)
	p.see(`window.streams.every((s) => s.readyState === EventSource.CLOSED)`)
	p.run(`Object.defineProperty(document, "hidden", { configurable: true, get: () => false }); document.dispatchEvent(new Event("visibilitychange"))`)
	p.see(`window.streams.at(-1).readyState === EventSource.OPEN`)
}

// TestChartsAreOnTheFirstScreen: below where the run stands and the figures, without scrolling, on a laptop and on a phone.
func TestChartsAreOnTheFirstScreen(t *testing.T) {
	for _, s := range []size{laptop, phone} {
		t.Run(s.name, func(t *testing.T) {
			load := halfway(t)
			o := steered(load)
			o.Claims = judged(t, "baseline p95 < 1s", "baseline p95 < 2ms", "intervention failures < 5%")
			p := open(t, serve(t, load, o, ""), s, "light")
			p.see(`document.querySelectorAll("#standing .outcome").length === 3 && document.querySelectorAll("#overview path.line").length === 5`)
			assert.LessOrEqual(t, ask[float64](p, `Math.max(...[...document.querySelectorAll("#overview svg")].map((n) => n.getBoundingClientRect().bottom))`), float64(s.height))
			assert.Greater(t, ask[float64](p, `Math.min(...[...document.querySelectorAll("#overview .line")].map((n) => n.getBoundingClientRect().width))`), 200., "they are drawn")
			p.shot("first-" + s.name)
			p.run(`location.hash = "charts"`)
			p.see(`document.querySelector("#overview").hidden && document.querySelectorAll("#panel-charts svg").length >= 3`)
		})
	}
}

// cutOff is a load with a lower bound.
type cutOff struct{ *fake.Load }

func (c cutOff) Snapshot(quantiles ...float64) *report.Snapshot {
	s := c.Load.Snapshot(quantiles...)
	s.Total.Trust.P99.LowerBound = true
	return s
}

// TestPercentilesThatAreNotToBeBelieved have signs where they stand, with the words of the text report, for the pointer, for
// screen readers, and below the table for all.
func TestPercentilesThatAreNotToBeBelieved(t *testing.T) {
	load := plain(t, failing(0))
	load.Lag = 3 * time.Millisecond
	load.Advance(40 * time.Second)
	var text strings.Builder
	require.NoError(t, load.Summary().WriteText(&text))
	p := open(t, serve(t, cutOff{load}, steered(load), ""), laptop, "light")
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
	signs := func(selector string) string {
		return ask[string](p, `[...document.querySelectorAll(`+strconv.Quote(selector)+`)].map((n) => n.textContent).join("")`)
	}
	assert.Equal(t, "?", signs("#p95 .doubt"))
	assert.Equal(t, "?>?*", signs("#p95-more .doubt"), "p50, and p99 of which 9 were slower")
	assert.Contains(t, signs("#panel-statistics tfoot .doubt"), ">?*")
	assert.Contains(t, signs("#panel-statistics .sortable tbody tr:first-child .doubt"), "?")
	for sign, words := range map[string]string{"?": "not measured: the generator was too late", ">": "at least: requests were cut off", "*": "too few requests: fewer than 10 were slower"} {
		is := `[...document.querySelectorAll("#panel-statistics .doubt")].find((n) => n.textContent === ` + strconv.Quote(sign) + `)`
		assert.Equal(t, words, ask[string](p, is+`.title`))
		assert.Equal(t, words, ask[string](p, is+`.getAttribute("aria-label")`))
		for _, line := range []string{"#panel-statistics .hint", "#signs"} {
			assert.Contains(t, p.text(line), sign+" "+words)
		}
	}
	assert.Contains(t, strings.Join(strings.Fields(text.String()), " "), "? not measured", "as the text has it")
	p.run(`location.hash = "phases"`)
	p.see(`document.querySelectorAll("#panel-phases .phases .doubt").length >= 3 && document.querySelector("#panel-phases .phases .hint").textContent.includes("? not measured: the generator was too late")`)

	fine := plain(t, failing(0))
	fine.Advance(2 * time.Minute)
	p = open(t, serve(t, fine, steered(fine), ""), laptop, "light")
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
	assert.Empty(t, signs("#p95 .doubt, #p95-more .doubt"), "2,800 requests of a generator that is on time")
}

// TestOneTimeForAllFigures: header and table are of the same time, which the reader chooses and the page says.
func TestOneTimeForAllFigures(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), ""), laptop, "light")
	same := func(said string) int {
		t.Helper()
		p.see(`document.querySelector("#time-said").textContent === ` + strconv.Quote(said) + ` && document.querySelector("#rps-more").textContent === document.querySelector("#panel-statistics tfoot td").textContent + " requests"`)
		assert.Equal(t, p.text("#rps"), p.text("#panel-statistics tfoot td:nth-last-child(2)"))
		assert.Equal(t, p.text("#p95"), p.text("#panel-statistics tfoot td:nth-child(6)")+ask[string](p, `document.querySelector("#p95").textContent.endsWith(" ms") ? " ms" : ""`))
		return ask[int](p, `parseInt(document.querySelector("#rps-more").textContent.replace(/,/g, ""))`)
	}
	s := load.Snapshot()
	assert.EqualValues(t, s.Total.Requests, same("Figures of the whole run so far: 0:00 to 9:55"))
	p.click(`#base button[value="recent"]`)
	assert.EqualValues(t, s.Total.RecentRequests, same("Figures of the last 10 s: 9:45 to 9:55"))
	assert.Equal(t, 1, ask[int](p, `document.querySelectorAll("#overview figure:first-child .stretch").length`), "the charts show which time")
	p.click(`#base button[value="0"]`)
	assert.EqualValues(t, load.Phase(0).Requests, same("Figures of phase baseline: 0:00 to 5:00"))
	p.shot("time-phase")
	p.run(`location.hash = "failures"`)
	p.see(`document.querySelector("#time-said").textContent === "Figures of the whole run so far: 0:00 to 9:55" && document.querySelector("#base .chips").hidden`)
	assert.Equal(t, fmt.Sprintf("%d failures", s.Total.Failures), p.text("#failed-more"), "as the list has them")
	p.run(`location.hash = "statistics"`)
	same("Figures of phase baseline: 0:00 to 5:00")
	p.click(`#base button[value="recent"]`)
	load.Advance(time.Hour)
	same("Figures of the whole run: 0:00 to 16:00")
	assert.Equal(t, 4, ask[int](p, `document.querySelectorAll("#base .chips button").length`), "there are no last 10 s any longer")
}

// TestFailuresAreInFront of successes in charts and tables, and lines differ by more than their colour.
func TestFailuresAreInFront(t *testing.T) {
	load := halfway(t)
	p := open(t, serve(t, load, steered(load), "")+"#charts", laptop, "light")
	p.see(`document.querySelectorAll("#panel-charts svg .line").length >= 8`)
	p.see(`(() => {
		const groups = [...document.querySelectorAll("#panel-charts figure:first-child svg > g[class^=tone]")];
		return groups.at(-1).matches(".tone-bad") && groups.at(-1).querySelector(".crosses").getAttribute("d").length > 50;
	})()`)
	assert.Empty(t, ask[[]string](p, `[...document.querySelectorAll("#panel-charts figure")].flatMap((f) => {
		const looks = [...f.querySelectorAll("svg .line")].map((n) => getComputedStyle(n).strokeDasharray + Boolean(n.parentNode.querySelector(".crosses")));
		return new Set(looks).size < looks.length ? [f.querySelector("h3").textContent + " " + looks.join(" ")] : [];
	})`), "lines of a chart that have the same dashes")
	p.run(`location.hash = "statistics"`)
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
	assert.Equal(t, "true true true false false", ask[string](p, `[...document.querySelectorAll("#panel-statistics .sortable tbody tr")].map((n) => n.matches(".is-failing")).join(" ")`), "what fails comes first")
	assert.Equal(t, `"✗ " / ""`, ask[string](p, `getComputedStyle(document.querySelector("#panel-statistics .sortable tbody .is-failing td:nth-child(3)"), "::before").content`))
}

// TestLinesAreToldApartWithoutRedOrGreen looks at the colours of the lines as people who lack a sort of cones see them.
func TestLinesAreToldApartWithoutRedOrGreen(t *testing.T) {
	for _, theme := range []string{"light", "dark"} {
		t.Run(theme, func(t *testing.T) {
			load := halfway(t)
			p := open(t, serve(t, load, steered(load), "")+"#charts", laptop, theme)
			p.see(`document.querySelectorAll("#panel-charts svg .line").length >= 8`)
			tones := []string{"1", "2", "3", "bad"}
			for _, lack := range []emulation.SetEmulatedVisionDeficiencyType{emulation.SetEmulatedVisionDeficiencyTypeProtanopia, emulation.SetEmulatedVisionDeficiencyTypeDeuteranopia, emulation.SetEmulatedVisionDeficiencyTypeTritanopia} {
				p.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
					_, err := cdp.Call(ctx, target, emulation.SetEmulatedVisionDeficiency, emulation.SetEmulatedVisionDeficiencyParams{Type: lack})
					return err
				}))
				p.shot("seen-by-" + string(lack) + "-" + theme)
				p.run(`(() => {
					const n = document.createElement("div");
					n.id = "probe";
					n.style.cssText = "position: fixed; inset: 0 auto auto 0; display: flex; z-index: 99";
					for (const tone of ["1", "2", "3", "bad"]) {
						const s = n.appendChild(document.createElement("i"));
						s.className = "tone-" + tone;
						s.style.cssText = "width: 20px; height: 20px; background: currentColor";
					}
					document.body.append(n);
				})()`)
				picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
				require.NoError(t, err)
				p.run(`document.querySelector("#probe").remove()`)
				seen, err := png.Decode(bytes.NewReader(picture))
				require.NoError(t, err)
				for i := range tones {
					for k := range i {
						away := 0.
						a, b := [3]uint32{}, [3]uint32{}
						a[0], a[1], a[2], _ = seen.At(20*i+10, 10).RGBA()
						b[0], b[1], b[2], _ = seen.At(20*k+10, 10).RGBA()
						for c := range a {
							away += math.Pow((float64(a[c])-float64(b[c]))/257, 2)
						}
						assert.Greater(t, math.Sqrt(away), 35., "%s: tones %s and %s", lack, tones[i], tones[k])
					}
				}
			}
		})
	}
}
