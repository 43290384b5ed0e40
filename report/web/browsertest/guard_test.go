//go:build browser

package browsertest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/report/web/internal/fake"
)

func quote(text string) string { return strconv.Quote(text) }
func jsNumber(n int) string    { return strconv.Itoa(n) }

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
		{Name: names[0], End: 60 * time.Second, Users: 50, SpawnRate: 50}, {Name: names[1], Start: 60 * time.Second, End: -1, Users: 60, SpawnRate: 5},
	})
	require.NoError(t, load.Start(web.Order{Scheduled: true, Host: names[1]}))
	load.Advance(90 * time.Second)
	for _, name := range names {
		load.Panic(name, name, name)
	}
	o := steered(load)
	o.Title, o.Host, o.Logs = names[2], names[0], func() []string { return names }
	o.Schedule = load.Run().Phases
	address := serve(t, load, o, "")
	p := open(t, address, desktop, "light")
	for _, view := range []string{"statistics", "charts", "phases", "failures", "exceptions", "generator", "logs", "download"} {
		p.run(`location.hash = "` + view + `"`)
		p.see(`!document.querySelector("#panel-` + view + `").hidden && document.querySelector("#panel-` + view + `").textContent.length > 20`)
	}
	p.run(`location.hash = "statistics"`)
	p.see(`[...document.querySelectorAll("#panel-statistics tbody th")].some((n) => n.textContent.includes("<script>window.hacked=1</script>"))`)
	p.shot("hostile-names")
	p.run(`location.hash = "failures"`)
	p.see(`document.querySelectorAll("#panel-failures tbody tr").length >= 7`)
	p.shot("hostile-failures")
	require.NoError(t, load.Stop())
	p.click("#new")
	p.see(`!document.querySelector("#start").hidden`)
	assert.False(t, ask[bool](p, `"hacked" in window || document.querySelector("img") !== null`))
	assert.False(t, ask[bool](p, `document.documentElement.scrollWidth > document.documentElement.clientWidth`), "long names do not widen the page")
	p.do(chromedp.Navigate(address + "stats/report"))
	p.see(`document.querySelectorAll("#charts svg").length === 3`)
	assert.False(t, ask[bool](p, `"hacked" in window || document.querySelector("img") !== null`))
}

// TestReportFile opens the report from a disk, as somebody who got it by mail
// does.
func TestReportFile(t *testing.T) {
	load := halfway(t)
	var file bytes.Buffer
	require.NoError(t, web.WriteReport(&file, load.Summary(), web.ReportOptions{Title: "To-do service", Events: load.Run().Events, Tasks: load.Run().Tasks}))
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o644))
	p := open(t, "file://"+path, desktop, "light")
	p.see(`document.querySelectorAll("#charts svg .line").length === 8`)
	p.shot("report-file")
	box := ask[[]float64](p, `(() => { const s = document.querySelector("#charts svg"); s.scrollIntoView({ block: "center" }); const b = s.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; })()`)
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, box[0], box[1]))
	p.see(`document.querySelectorAll("#charts .bubble").length === 3`)
}

// TestNoSidewaysScroll checks every view on a phone.
func TestNoSidewaysScroll(t *testing.T) {
	load := halfway(t)
	address := serve(t, load, steered(load), "")
	p := open(t, address, phone, "light")
	for _, view := range []string{"statistics", "charts", "phases", "failures", "exceptions", "generator", "logs", "download"} {
		p.run(`location.hash = "` + view + `"`)
		p.see(`!document.querySelector("#panel-` + view + `").hidden && document.querySelector("#panel-` + view + `").textContent.length > 20`)
		assert.LessOrEqual(t, ask[float64](p, `document.documentElement.scrollWidth`), 390.0, view)
	}
	p.do(chromedp.Navigate(address + "stats/report"))
	p.see(`document.querySelectorAll("#charts svg .line").length === 8`)
	assert.LessOrEqual(t, ask[float64](p, `document.documentElement.scrollWidth`), 390.0, "report")
}

// names finds controls without a name, ids that are there twice, and inputs
// without a label.
const namesAudit = `(() => {
  const out = [];
  const ids = new Set();
  for (const n of document.querySelectorAll("[id]")) { if (ids.has(n.id)) out.push("twice: " + n.id); ids.add(n.id); }
  for (const n of document.querySelectorAll("button, a[href]")) if (!(n.getAttribute("aria-label") ?? n.textContent).trim()) out.push("no name: " + n.outerHTML.slice(0, 80));
  for (const n of document.querySelectorAll("input, select")) if (!n.getAttribute("aria-label") && !(n.labels?.length > 0)) out.push("no label: " + n.outerHTML.slice(0, 80));
  for (const n of document.querySelectorAll("[aria-controls], [aria-labelledby], [aria-describedby]")) for (const a of ["aria-controls", "aria-labelledby", "aria-describedby"]) { const to = n.getAttribute(a); if (to && !document.getElementById(to)) out.push(a + " leads nowhere: " + to); }
  for (const n of document.querySelectorAll("table")) if (!n.querySelector("th")) out.push("table without heads");
  return out;
})()`

// contrastAudit measures the contrast of every text on show against what lies
// behind it.
const contrastAudit = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (n) => { for (; n; n = n.parentElement) { const c = rgb(getComputedStyle(n).backgroundColor); if (c[3] > 200) return c; } return [255, 255, 255, 255]; };
  const low = new Set();
  for (const n of document.querySelectorAll("body *")) {
    if (![...n.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim()) || !n.checkVisibility() || n.closest("svg, .sr, .skip, [disabled], option")) continue;
    const [a, b] = [light(rgb(getComputedStyle(n).color).slice(0, 3)), light(behind(n).slice(0, 3))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.add(n.className + " '" + n.textContent.trim().slice(0, 30) + "' " + ratio.toFixed(2));
  }
  return [...low];
})()`

// TestAccessible checks names, labels and contrast on every view.
func TestAccessible(t *testing.T) {
	for _, theme := range []string{"light", "dark"} {
		t.Run(theme, func(t *testing.T) {
			load := halfway(t)
			address := serve(t, load, steered(load), "")
			p := open(t, address, desktop, theme)
			p.run(`(() => { const n = document.createElement("p"); n.id = "probe"; n.textContent = "probe"; n.style.color = "#888"; n.style.background = "#777"; document.body.append(n); })()`)
			assert.Len(t, ask[[]string](p, contrastAudit), 1, "the audit sees what is too faint")
			p.run(`document.getElementById("probe").remove()`)
			check := func(view string) {
				assert.Empty(t, ask[[]string](p, namesAudit), view)
				assert.Empty(t, ask[[]string](p, contrastAudit), view)
			}
			for _, view := range []string{"statistics", "charts", "phases", "failures", "exceptions", "generator", "logs", "download"} {
				p.run(`location.hash = "` + view + `"`)
				p.see(`!document.querySelector("#panel-` + view + `").hidden && document.querySelector("#panel-` + view + `").textContent.length > 20`)
				check(view)
			}
			p.click("#edit")
			check("edit")
			p.do(chromedp.Navigate(address + "stats/report"))
			p.see(`document.querySelectorAll("#charts svg .line").length === 8`)
			check("report")
			fresh := fake.New(fake.Todo(), nil)
			p.do(chromedp.Navigate(serve(t, fresh, steered(fresh), "")))
			p.see(`!document.querySelector("#start").hidden`)
			check("start")
		})
	}
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
	p.see(`document.querySelectorAll("#panel-statistics tbody tr").length > 990`)
	p.shot("thousand")
}
