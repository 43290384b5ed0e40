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
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// flags keep Chromium on this machine and quiet.
var flags = append(chromedp.DefaultExecAllocatorOptions[:],
	chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.WSURLReadTimeout(patience),
	chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
	chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
	chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("host-resolver-rules", "MAP *.example 127.0.0.1"),
)

// size is a screen.
type size struct {
	name          string
	width, height int64
	scale         float64
	phone         bool
}

// The screens of most tests.
var (
	desktop = size{"desktop", 1360, 860, 1, false}
	phone   = size{"phone", 390, 844, 2, true}
)

// page is a tab of the browser.
type page struct {
	t   *testing.T
	ctx context.Context
}

// open opens an address in a new browser. Whatever its console or its security
// policy complains about fails the test at its end; answers with an error
// status do not.
func open(t *testing.T, address string, s size, theme string) *page {
	t.Helper()
	options := append([]chromedp.ExecAllocatorOption{}, flags...)
	if path := os.Getenv("CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(options, chromedp.UserDataDir(t.TempDir()))...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx)) // the browser lives as long as this context
	p := &page{t: t, ctx: ctx}
	messages := chromedp.Console(ctx)
	var faults []string
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for m, err := range messages {
			if err != nil {
				return
			}
			plain := strings.Contains(m.String(), "Opener-Policy header has been ignored, because the URL's origin was untrustworthy")
			if m.IsException() || (m.Type == "error" && m.Source != "network" && !plain) {
				faults = append(faults, m.String())
			}
		}
	}()
	t.Cleanup(func() {
		assert.NoError(t, chromedp.Cancel(ctx))
		<-heard
		assert.Empty(t, faults)
	})
	p.do(
		chromedp.EmulateViewport(s.width, s.height, chromedp.EmulateScale(s.scale), func(m *emulation.SetDeviceMetricsOverrideParams, _ *emulation.SetTouchEmulationEnabledParams) {
			m.Mobile = s.phone
		}),
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}})
			return err
		}),
		chromedp.Navigate(address),
	)
	return p
}

func (p *page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	require.NoError(p.t, chromedp.Do(ctx, actions...))
}

// patience is how long the browser may take for one step.
const patience = 2 * time.Minute

// click clicks the first element of a selector.
func (p *page) click(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// see waits until a JavaScript condition holds, of a page that loads itself anew too.
func (p *page) see(condition string) {
	p.t.Helper()
	expression := "(() => { try { return Boolean(" + condition + ") } catch { return false } })()"
	for end := time.Now().Add(patience); ; {
		if is, err := evaluate[bool](p, expression); err == nil && is {
			return
		} else if time.Now().After(end) {
			p.shot("failure")
			require.Fail(p.t, "the page does not come to this", "%s: %v", condition, err)
		}
		p.do(chromedp.Sleep(50 * time.Millisecond))
	}
}

// ask evaluates a JavaScript expression.
func ask[T any](p *page, expression string) T {
	p.t.Helper()
	value, err := evaluate[T](p, expression)
	require.NoError(p.t, err, expression)
	return value
}

// evaluate returns the value of a JavaScript expression.
func evaluate[T any](p *page, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// run evaluates a JavaScript statement.
func (p *page) run(statement string) {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](statement))
}

// text returns the text of an element.
func (p *page) text(selector string) string {
	p.t.Helper()
	return ask[string](p, `document.querySelector(`+strconv.Quote(selector)+`).textContent`)
}

// shot keeps a picture of what is on the screen.
func (p *page) shot(name string) {
	p.t.Helper()
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(filepath.Join(folder(p.t), name+".png"), picture, 0o644))
}

// full keeps a picture of the whole page.
func (p *page) full(name string) {
	p.t.Helper()
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(filepath.Join(folder(p.t), name+".png"), picture, 0o644))
}

// folder is where screenshots go.
func folder(t *testing.T) string {
	path := os.Getenv("ARTIFACTS")
	if path == "" {
		return t.ArtifactDir()
	}
	path = filepath.Join(path, "browser")
	require.NoError(t, os.MkdirAll(path, 0o755))
	return path
}

// serve puts a load behind a page under a prefix and returns its address.
func serve(t *testing.T, load web.Source, o web.Options, prefix string) string {
	t.Helper()
	h, err := web.New(load, o)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle(prefix+"/", http.StripPrefix(prefix, h))
	server := httptest.NewUnstartedServer(nil)
	server.Config = web.NewServer(h, mux)
	server.Start()
	t.Cleanup(func() {
		h.Close()
		server.Close()
	})
	return server.URL + prefix + "/"
}

// steered are options of a page that steers the load.
func steered(load *fake.Load) web.Options {
	lines := new(web.Log)
	for _, line := range []string{
		`[2026-11-23 09:30:00,000] lg/INFO/todo: Starting Load Generator 1.0, seed 7`,
		`[2026-11-23 09:30:00,001] lg/INFO/todo: run begins name=to-do seed=7 plan=sha256:5c1d phase.phase=baseline phase.users=40 phase.spawn_rate=2 phase.pace="closed, think 2s" phase.weights.list=0.5`,
		`[2026-11-23 09:30:20,000] lg/INFO/todo: All users spawned: 40 users total`,
		`[2026-11-23 09:35:00,000] lg/INFO/todo: phase transition at=5m0s from.phase=baseline from.users=40 from.spawn_rate=2 to.phase=intervention to.users=160 to.spawn_rate=3 "figures.GET /api/todos.requests"=2012 "figures.GET /api/todos.p95_ms"=24.1`,
		`[2026-11-23 09:35:42,000] lg/WARNING/todo: operation names: 3 of 1000 in use`,
		`[2026-11-23 09:36:10,000] lg/ERROR/todo: task "create_todo" panicked: index out of range [3] with length 3`,
	} {
		_, _ = lines.Write([]byte(line + "\n"))
	}
	return web.Options{
		Control: load, Title: "To-do service", Script: "todo", UserClass: "Todo", Version: "1.0",
		Host: "http://todo-backend:8081", Users: 50, SpawnRate: 2, Schedule: fake.Schedule(), Logs: lines.Lines,
	}
}

// views are the names of all views of the page.
var views = []string{"statistics", "charts", "phases", "failures", "exceptions", "generator", "logs", "runs", "download"}

// contrasts lists the texts on show that stand out too little from what is
// under them, by WCAG 2's AA: 4.5, or 3 for large ones.
const contrasts = `(() => {
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const rgba = (color) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = color;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (node) => {
		for (let n = node; n; n = n.parentElement) {
			const color = rgba(getComputedStyle(n).backgroundColor);
			if (color[3] > 200) return color;
		}
		return rgba(getComputedStyle(document.documentElement).colorScheme.includes("dark") ? "black" : "white");
	};
	const bad = new Set();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let t = walk.nextNode(); t; t = walk.nextNode()) {
		const node = t.parentElement;
		if (!t.data.trim() || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || node.closest(".sr, .skip, :disabled, option")) continue;
		const style = getComputedStyle(node);
		const front = rgba(node.namespaceURI.endsWith("svg") ? style.fill : style.color);
		const [a, b] = [light(front), light(behind(node))].sort((x, y) => y - x);
		const size = parseFloat(style.fontSize);
		if (size === 0) continue;
		const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
		const ratio = (a + 0.05) / (b + 0.05);
		if (ratio < (large ? 3 : 4.5)) bad.add(node.tagName + "." + node.getAttribute("class") + " " + t.data.trim().slice(0, 20) + " " + ratio.toFixed(2));
	}
	return [...bad];
})()`

// nameless lists what can be used but has no name for who does not see it, ids
// that are there twice or lead nowhere, and tables without heads.
const nameless = `(() => {
	const bad = [];
	for (const a of ["aria-controls", "aria-labelledby", "aria-describedby"]) {
		for (const n of document.querySelectorAll("[" + a + "]")) if (!n.getAttribute(a).split(" ").every((x) => document.getElementById(x))) bad.push(a + " leads nowhere: " + n.getAttribute(a));
	}
	for (const n of document.querySelectorAll("table")) if (!n.querySelector("th")) bad.push("table without heads");
	for (const n of document.querySelectorAll("button, a[href], input, select, textarea, summary, [tabindex='0'], [role=img]")) {
		if (!n.checkVisibility()) continue;
		const name = n.getAttribute("aria-label") || n.labels?.[0]?.textContent || n.textContent || document.getElementById(n.getAttribute("aria-labelledby"))?.textContent;
		if (!name?.trim()) bad.push(n.outerHTML.slice(0, 80));
	}
	const ids = [...document.querySelectorAll("[id]")].map((n) => n.id);
	return [...bad, ...ids.filter((x, i) => ids.indexOf(x) !== i)];
})()`

// audit checks what can be read and told of what is on show.
func audit(p *page, view string) {
	p.t.Helper()
	assert.Empty(p.t, ask[[]string](p, contrasts), view)
	assert.Empty(p.t, ask[[]string](p, nameless), view)
}

// judged returns how package cli judges claims.
func judged(t *testing.T, texts ...string) func(*report.Summary, bool) []claim.Result {
	t.Helper()
	list, err := claim.ParseAll(texts...)
	require.NoError(t, err)
	return func(sum *report.Summary, over bool) []claim.Result {
		if over {
			return list.Judge(sum)
		}
		return list.JudgeSoFar(sum)
	}
}

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

// laptop is the smallest screen of a desk.
var laptop = size{"laptop", 1280, 800, 1, false}

// plain is a run of one phase without a name.
func plain(t *testing.T, ops []fake.Op) *fake.Load {
	t.Helper()
	load := fake.New(ops, nil)
	require.NoError(t, load.Start(web.Order{Users: 50, SpawnRate: 10, RunTime: 2 * time.Minute, Host: "http://todo-backend:8081"}))
	return load
}

// failing returns the operations of the to-do service of which a share fails.
func failing(share float64) []fake.Op {
	ops := fake.Todo()
	for i := range ops {
		ops[i].FailShare, ops[i].Reason = share, "connection refused"
	}
	return ops
}

// halfway is a scheduled run in the middle of its second phase, with a change by
// hand and an exception.
func halfway(t *testing.T) *fake.Load {
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Planned: true, Host: "http://todo-backend:8081"}))
	load.Advance(520 * time.Second)
	require.NoError(t, load.Start(web.Order{Users: 120, SpawnRate: 4}))
	load.Advance(75 * time.Second)
	load.Panic("panic", "runtime error: index out of range [3] with length 3", "goroutine 812 [running]:\nmain.(*shopper).add(0xc0001a2000, {0x9f3a20, 0xc0004d8c00})\n\t/src/shop/shopper.go:41 +0x1d\ngithub.com/gensim/load-generator/loadgen.(*worker).task(...)\n\t/src/loadgen/worker.go:88")
	load.Panic("error", "create_todo: the answer has no id", "")
	return load
}
