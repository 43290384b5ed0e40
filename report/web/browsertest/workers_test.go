//go:build browser

package browsertest

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// crew are four workers of which one is missing and one lost.
func crew() []report.Worker {
	one := func(index int, id string, state report.WorkerState, requests int64) report.Worker {
		w := report.Worker{
			ID: id, Index: index, State: state, Users: 20, Requests: requests, RPS: float64(requests) / 60,
			Share: float64(requests) / 9000, LagMS: report.Lag{P50: .1, P99: .4, Max: 2}, ClockMS: 1.25, ClockBoundMS: .4, StartSkewMS: .2,
		}
		w.Health.CPU, w.Health.CPULimit, w.Health.MemoryBytes = .3, 2, 48<<20
		return w
	}
	all := []report.Worker{
		one(0, "load-1_5f0a", report.WorkerRunning, 3000), one(1, "load-2_77c1", report.WorkerMissing, 2600),
		one(2, "load-3_a01b", report.WorkerLost, 400), one(3, "<b>load-4</b>", report.WorkerRunning, 3000),
	}
	all[1].SilentS = 7
	all[2].Users, all[2].LostS, all[2].Why = 0, 42, "the connection was closed"
	return all
}

// TestWorkersInTroubleAreSeenAtOnce: at the top of the page, red, on every tab; and the table
// begins with them.
func TestWorkersInTroubleAreSeenAtOnce(t *testing.T) {
	for _, s := range []size{desktop, phone} {
		load := halfway(t)
		o := steered(load)
		o.Workers = crew
		o.WorkerLogs = func() map[string][]string {
			return map[string][]string{"<b>load-4</b>": {"<b>WARN</b> of load-4"}, "load-1_5f0a": nil}
		}
		p := open(t, serve(t, load, o, ""), s, "light")
		p.see(`document.querySelectorAll("#troubles .is-bad").length === 2`)
		assert.Contains(t, p.text("#troubles"), "Worker load-2_77c1 (index 1) has been silent for 7 s")
		assert.Contains(t, p.text("#troubles"), "Worker load-3_a01b (index 2) was lost 0:42 after the start: the connection was closed.")
		assert.Equal(t, "2", p.text("#tab-workers .badge"))
		p.run(`location.hash = "workers"`)
		p.see(`document.querySelectorAll("#panel-workers tbody tr").length === 4`)
		assert.Contains(t, p.text("#panel-workers tbody tr:nth-child(1) th"), "load-2_77c1")
		assert.Contains(t, p.text("#panel-workers tbody tr:nth-child(2) th"), "load-3_a01b")
		assert.Equal(t, 2, ask[int](p, `document.querySelectorAll("#panel-workers tr.is-bad").length`))
		assert.Contains(t, p.text("#panel-workers tbody tr:nth-child(4) th"), "<b>load-4</b>", "a text, no markup")
		p.see(`document.querySelector("#panel-workers tbody tr:nth-child(3)").textContent.includes("33.3 %")`)
		assert.Equal(t, "0 %", p.text("#panel-workers tbody tr:nth-child(2) td:nth-of-type(6) span"))
		assert.Equal(t, "4.44 % until it was lost", p.text("#panel-workers tbody tr:nth-child(2) td:nth-of-type(6) .sub"))
		assert.LessOrEqual(t, ask[int](p, `document.documentElement.scrollWidth`), int(s.width), "the table scrolls, not the page")
		audit(p, "workers")
		p.full(s.name + "-workers")
		p.run(`location.hash = "logs"`)
		p.see(`document.querySelectorAll("#panel-logs option").length === 3`)
		p.run(`(() => { const from = document.querySelector("#panel-logs select"); from.value = "<b>load-4</b>"; from.dispatchEvent(new Event("change")); })()`)
		p.see(`document.querySelector("#panel-logs .log").textContent === "<b>WARN</b> of load-4"`)
		p.full(s.name + "-worker-logs")
	}
}

// TestWorkersBeforeARun: the page shows who has come; without several processes there is no such tab.
func TestWorkersBeforeARun(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	o := steered(load)
	o.Workers = func() []report.Worker { return nil }
	p := open(t, serve(t, load, o, ""), desktop, "dark")
	p.see(`!document.querySelector("#start").hidden && document.querySelectorAll("#troubles p").length === 0`)
	require.NoError(t, load.Start(web.Order{Users: 4, SpawnRate: 4}))
	load.Advance(2 * time.Second)
	p.run(`location.hash = "workers"`)
	p.see(`!document.querySelector("#panel-workers .empty").hidden`)
	p.do(chromedp.Navigate(serve(t, load, steered(load), "")))
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length > 0 && !document.querySelector("#tab-workers")`)
}
