//go:build browser

package browsertest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// TestHostileNames shows operations, reasons, phases and exceptions whose names
// are markup, and looks whether any of it ran.
func TestHostileNames(t *testing.T) {
	names := []string{
		`<script>window.hacked=1</script>`, `"><img src=x onerror="window.hacked=1">`, `</script><script>window.hacked=1</script>`,
		`' onmouseover='window.hacked=1`, "\u202egnp.exe", strings.Repeat("verylong", 40), `<b>bold</b>`,
	}
	var ops []fake.Op
	for _, name := range names {
		ops = append(ops, fake.Op{Method: "GET", Name: name, Weight: 1, Median: 10 * time.Millisecond, FailShare: .3, Reason: name})
	}
	load := fake.New(ops, []report.PhaseInfo{
		{Name: names[0], End: 60 * time.Second, Users: 50, SpawnRate: 50}, {Name: names[1], Start: 60 * time.Second, Users: 60, SpawnRate: 5},
	})
	require.NoError(t, load.Start(web.Order{Planned: true, Host: names[1]}))
	load.Advance(90 * time.Second)
	for _, name := range names {
		load.Panic(name, name, name)
	}
	o := steered(load)
	o.Title, o.Host, o.Logs = names[2], names[0], func() []string { return names }
	o.Schedule = load.Run().Phases
	o.Claims = func(*report.Summary, bool) (out []claim.Result) {
		for _, name := range names {
			out = append(out, claim.Result{Claim: name, Outcome: claim.Outcome(name), Said: name, Notes: []string{name}})
		}
		return out
	}
	address := serve(t, load, o, "")
	p := open(t, address, desktop, "light")
	for _, view := range views {
		p.run(`location.hash = "` + view + `"`)
		p.see(`!document.querySelector("#panel-` + view + `").hidden && document.querySelector("#panel-` + view + `").textContent.length > 20`)
	}
	p.run(`location.hash = "statistics"`)
	p.see(`[...document.querySelectorAll("#panel-statistics .sortable tbody th")].some((n) => n.textContent.includes("<script>window.hacked=1</script>"))`)
	p.shot("hostile-names")
	p.run(`location.hash = "phases"`)
	p.see(`document.querySelectorAll("#panel-phases .claims li").length === 7`)
	p.shot("hostile-claims")
	assert.False(t, ask[bool](p, `document.documentElement.scrollWidth > document.documentElement.clientWidth`), "long names do not widen the page")
	p.run(`location.hash = "failures"`)
	p.see(`document.querySelectorAll("#panel-failures tbody tr").length >= 7`)
	p.shot("hostile-failures")
	require.NoError(t, load.Stop())
	p.click("#new")
	p.see(`!document.querySelector("#start").hidden`)
	assert.False(t, ask[bool](p, `"hacked" in window || document.querySelector("img") !== null`))
	assert.False(t, ask[bool](p, `document.documentElement.scrollWidth > document.documentElement.clientWidth`), "long names do not widen the page")
	p.do(chromedp.Navigate(address + "stats/report"))
	p.see(`document.querySelectorAll("#charts svg").length === 4`)
	assert.False(t, ask[bool](p, `"hacked" in window || document.querySelector("img") !== null`))
}

// TestReportFile opens the report from a disk, as somebody who got it by mail
// does.
func TestReportFile(t *testing.T) {
	load := halfway(t)
	var file bytes.Buffer
	require.NoError(t, html.Write(&file, load.Summary(), html.Options{Title: "To-do service", Changes: load.Run().Changes, Tasks: load.Run().Tasks}))
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o644))
	p := open(t, "file://"+path, desktop, "light")
	p.see(`document.querySelectorAll("#charts svg .line").length === 8`)
	p.shot("report-file")
	box := ask[[]float64](p, `(() => { const s = document.querySelector("#charts svg"); s.scrollIntoView({ block: "center" }); const b = s.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; })()`)
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, box[0], box[1]))
	p.see(`document.querySelectorAll("#charts .bubble").length === 4`) // all charts, the distribution among them
}

// TestThousand shows a thousand operations and keeps up.
func TestThousand(t *testing.T) {
	var ops []fake.Op
	for i := range 1000 {
		ops = append(ops, fake.Op{Method: "GET", Name: fmt.Sprintf("/api/things/%03d/{id}", i), Weight: 1, Median: time.Duration(5+i%40) * time.Millisecond, Size: 100})
	}
	load := fake.New(ops, nil)
	require.NoError(t, load.Start(web.Order{Users: 2000, SpawnRate: 2000}))
	load.Advance(20 * time.Second)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length > 990`)
	p.shot("thousand")
}
