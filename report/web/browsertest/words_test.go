//go:build browser

package browsertest

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// TestTheLogTellsOfPhasesInSentences, with what a line holds to unfold, which stays unfolded as lines come.
func TestTheLogTellsOfPhasesInSentences(t *testing.T) {
	load := halfway(t)
	o, lines := steered(load), new(web.Log)
	for _, line := range o.Logs() {
		_, _ = lines.Write([]byte(line + "\n"))
	}
	o.Logs = lines.Lines
	p := open(t, serve(t, load, o, "")+"#logs", laptop, "light")
	p.see(`document.querySelectorAll("#panel-logs details").length === 2`)
	assert.Equal(t, "09:30:00 The run begins with phase baseline: 40 users at 2/s. Seed 7.", p.text("#panel-logs details summary"))
	assert.Equal(t, "09:35:00 Phase intervention follows baseline after 5m0s: 160 users at 3/s.", p.text("#panel-logs details:nth-of-type(2) summary"))
	details := `document.querySelector("#panel-logs details:nth-of-type(2)")`
	assert.False(t, ask[bool](p, details+`.querySelector("dd").checkVisibility()`))
	p.run(details + `.querySelector("summary").focus()`)
	p.do(chromedp.KeyEvent(" "))
	p.see(details + `.querySelector("dd").checkVisibility()`)
	assert.Contains(t, ask[string](p, details+`.querySelector("dl").textContent`), "figures.GET /api/todos.p95_ms24.1")
	audit(p, "log")
	_, _ = lines.Write([]byte("[2026-11-23 09:46:00,000] lg/INFO/todo: run ends after=16m0s requests=14147 failures=188\n"))
	p.see(`document.querySelector("#panel-logs details:last-child").textContent.startsWith("09:46:00 The run ends after 16m0s: 14,147 requests, of which 188 failed.")`)
	assert.True(t, ask[bool](p, details+`.open`), "what was unfolded")
	p.shot("log-unfolded")
	p.fill("#panel-logs .search", "p95_ms")
	p.see(`document.querySelector("#panel-logs .log").children.length === 1`)
}

// TestAPlainRunIsCalledARun: nothing on the page of a run of one phase speaks of phases, arms or effects.
func TestAPlainRunIsCalledARun(t *testing.T) {
	load := plain(t, fake.Todo())
	load.Advance(time.Minute)
	o := steered(load)
	o.Schedule, o.Claims = nil, judged(t, "p95 < 1s")
	o.Logs = func() []string {
		return []string{`[2026-11-23 09:30:00,001] lg/INFO/todo: run begins name=to-do seed=7 plan=sha256:5c1d phase.phase="" phase.users=50 phase.spawn_rate=10`}
	}
	p := open(t, serve(t, load, o, ""), laptop, "light")
	foreign := `(() => {
		const said = [];
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
		for (let n = walk.nextNode(); n; n = walk.nextNode()) {
			if (n.nodeType === Node.TEXT_NODE) {
				if (n.parentElement.checkVisibility() && !n.parentElement.closest("script, dt")) said.push(n.data);
			} else if (n.checkVisibility()) said.push(...["title", "aria-label", "placeholder"].map((a) => n.getAttribute(a) ?? ""));
		}
		return said.filter((x) => /\b(phases?|interventions?|baselines?|arms?|effects?|recover|straddlers?)\b/i.test(x));
	})()`
	look := func() {
		t.Helper()
		for _, view := range views {
			p.run(`location.hash = "` + view + `"`)
			p.see(`(() => { const n = document.querySelector("#panel-` + view + `"); return !n.hidden && n.innerText.length > 20 && !n.querySelector(".in-a-while"); })()`)
			assert.Empty(t, ask[[]string](p, foreign), view)
		}
	}
	look()
	assert.Equal(t, "Run", p.text("#tab-phases"))
	p.click("#edit")
	assert.Empty(t, ask[[]string](p, foreign), "edit")
	p.click(`dialog[open] button[type="button"]`)
	p.click("#reset")
	assert.Empty(t, ask[[]string](p, foreign), "reset")
	p.click(`dialog[open] button[type="button"]`)
	load.Advance(time.Hour)
	p.see(`document.querySelector("#state").textContent === "Stopped"`)
	look()
	p.run(`document.querySelector("#tab-phases").append("phase")`)
	assert.Len(t, ask[[]string](p, foreign), 1, "the look sees such words")
}
