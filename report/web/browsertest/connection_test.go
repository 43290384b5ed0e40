//go:build browser

package browsertest

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// TestConnection cuts the connection and brings it back.
func TestConnection(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	require.NoError(t, load.Start(web.Order{Users: 20, SpawnRate: 20}))
	load.Advance(20 * time.Second)
	move(t, load)
	h, err := web.New(load, steered(load))
	require.NoError(t, err)
	var down atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			panic(http.ErrAbortHandler) // as if no one were there
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		h.Close()
		server.Close()
	})
	p := open(t, server.URL+"/#charts", desktop, "light")
	p.see(`document.querySelectorAll("#panel-charts svg .line").length === 8 && document.querySelector("#lost").hidden`)
	down.Store(true)
	server.CloseClientConnections()
	p.see(`!document.querySelector("#lost").hidden && document.querySelector("#lost").textContent.startsWith("Connection lost")`)
	p.see(`document.querySelector("#lost").textContent.includes("figures are")`)
	p.shot("connection-lost")
	at := load.Snapshot().At
	down.Store(false)
	p.see(`document.querySelector("#lost").hidden`)
	p.see(`(() => { const t = document.querySelector("#phase").textContent.split(":").map(Number); return 60 * t[0] + t[1] > ` + strconv.Itoa(int(at/time.Second)) + `; })()`)
	gaps := `(() => { const d = document.querySelector("#panel-charts figure:last-child .line").getAttribute("d"); return (d.match(/M/g) ?? []).length; })()`
	p.see(gaps + " === 1")
}

// TestEventsHeldBack has a proxy on the way that answers for the server but keeps
// its events, as one that buffers does.
func TestEventsHeldBack(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	h, err := web.New(load, steered(load))
	require.NoError(t, err)
	var held atomic.Bool
	held.Store(true)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/events" && held.Load() {
			<-r.Context().Done()
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		h.Close()
		server.CloseClientConnections()
		server.Close()
	})
	p := open(t, server.URL+"/", desktop, "light")
	p.see(`document.querySelector("#lost-text").textContent.startsWith("Connection lost")`)
	p.see(`document.querySelector("#lost-text").textContent.includes("it must not buffer api/events")`)
	p.shot("events-held-back")
	held.Store(false)
	server.CloseClientConnections()
	p.see(`document.querySelector("#lost").hidden && document.querySelector("#state").textContent === "Ready"`)
}

// TestRefusedStreamSaysWhyAndComesBack shows why the server refuses the stream, and continues when it no
// longer does.
func TestRefusedStreamSaysWhyAndComesBack(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	o := steered(load)
	o.MaxViewers = 1
	address := serve(t, load, o, "")
	other, err := http.Get(address + "api/events")
	require.NoError(t, err)
	p := open(t, address, desktop, "light")
	p.see(`document.querySelector("#lost-text").textContent === "There are too many viewers. Trying again…"`)
	assert.Zero(t, ask[int](p, `[...document.querySelectorAll("#actions button")].filter((b) => !b.hidden).length`), "nothing can be done before the first frame")
	p.shot("refused")
	require.NoError(t, other.Body.Close())
	p.see(`document.querySelector("#lost").hidden && document.querySelector("#state").textContent === "Ready"`)
}

// TestSlowAnswers checks that a tab shows neither figures nor "none" while the
// server has not answered.
func TestSlowAnswers(t *testing.T) {
	load := halfway(t)
	h, err := web.New(load, steered(load))
	require.NoError(t, err)
	gate := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/logs", "/exceptions", "/api/failures", "/api/phases":
			<-gate
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		h.Close()
		server.Close()
	})
	p := open(t, server.URL+"/", desktop, "light")
	p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
	for _, view := range []string{"failures", "exceptions", "logs", "phases"} {
		p.run(`location.hash = "` + view + `"`)
		p.see(`!document.querySelector("#panel-` + view + `").hidden`)
		assert.Zero(t, ask[int](p, `[...document.querySelectorAll("#panel-`+view+` .card")].filter((n) => n.checkVisibility()).length`), view)
	}
	close(gate)
	p.see(`document.querySelectorAll("#panel-phases .bar-row").length === 5`)
	p.run(`location.hash = "logs"`)
	p.see(`document.querySelectorAll("#panel-logs .log > *").length === 6`)
}

// TestLogAfterTheEnd shows what is logged when the run is over.
func TestLogAfterTheEnd(t *testing.T) {
	load := halfway(t)
	o := steered(load)
	lines := new(web.Log)
	o.Logs = lines.Lines
	p := open(t, serve(t, load, o, "")+"#logs", desktop, "light")
	p.see(`document.querySelector("#panel-logs .empty h2").textContent === "The log is empty"`)
	require.NoError(t, load.Stop())
	p.see(`document.querySelector("#state").textContent === "Stopped"`)
	_, err := lines.Write([]byte("12:00:00 INFO the page stays\n"))
	require.NoError(t, err)
	p.see(`document.querySelector("#panel-logs .log").textContent.includes("the page stays")`)
}

// TestServerStartsAnew puts another server behind the address, whose run has the
// number of the one on show: nothing of the old one may stay.
func TestServerStartsAnew(t *testing.T) {
	handler := func(title string, users int, ended bool) *web.Handler {
		load := fake.New(fake.Todo(), fake.Schedule())
		o := steered(load)
		o.Title, o.Users = title, users
		require.NoError(t, load.Start(web.Order{Planned: true}))
		load.Advance(30 * time.Second)
		if ended {
			load.Advance(time.Hour)
		}
		h, err := web.New(load, o)
		require.NoError(t, err)
		t.Cleanup(h.Close)
		return h
	}
	first, second := handler("First", 11, true), handler("Second", 22, false)
	var now atomic.Pointer[web.Handler]
	now.Store(first)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { now.Load().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	p := open(t, server.URL+"/#phases", desktop, "light")
	p.see(`document.querySelector("#panel-phases .verdict-card") && document.querySelector("#title").textContent === "First"`)
	now.Store(second)
	first.Close()
	p.see(`document.querySelector("#title").textContent === "Second" && document.querySelector("#state").textContent === "Running"`)
	p.see(`document.querySelectorAll("#panel-phases thead th").length === 1 && !document.querySelector("#panel-phases .verdict-card")`)
	assert.Equal(t, "#phases", ask[string](p, `location.hash`), "the reader stays at what they looked at")
	p.run(`location.hash = "charts"`)
	p.see(`document.querySelector("#panel-charts svg") && document.querySelector("#users").textContent === "40"`)
}

// TestPlainHTTPUnderAName: where a browser says least of where a request comes
// from, the page's buttons and links work, and who types an address in reads why
// it is refused.
func TestPlainHTTPUnderAName(t *testing.T) {
	load := halfway(t)
	o := steered(load)
	o.Hosts = []string{"ops.example"}
	address := strings.Replace(serve(t, load, o, ""), "127.0.0.1", "ops.example", 1)
	p := open(t, address+"#download", desktop, "light")
	p.see(`document.querySelectorAll("#panel-download a[href]").length > 4`)
	assert.False(t, ask[bool](p, `isSecureContext`))
	p.run(`Promise.all([...document.querySelectorAll("#panel-download a[href]")].map((a) => fetch(a.href))).then((all) => { window.refused = all.filter((x) => x.status === 403).length; })`)
	p.see(`window.refused === 0`)
	p.click("#stop")
	p.see(`document.querySelector("#state").textContent === "Stopped"`)
	require.NoError(t, load.Start(web.Order{Users: 1, SpawnRate: 1}))
	for _, path := range []string{"stop", "api/summary"} {
		p.do(chromedp.Navigate(address + path))
		p.see(`document.body.innerText.includes("Use the buttons of the page")`)
	}
	assert.NotEqual(t, report.Stopped, load.State())
}

// TestTwoServersAtOneAddress: a page that is from one of them and hears the other
// says so and does not load itself over and over.
func TestTwoServersAtOneAddress(t *testing.T) {
	var servers [2]*web.Handler
	for i := range servers {
		h, err := web.New(halfway(t), web.Options{})
		require.NoError(t, err)
		t.Cleanup(h.Close)
		servers[i] = h
	}
	var pages atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			pages.Add(1)
		case "/api/events":
			servers[1].ServeHTTP(w, r)
			return
		}
		servers[0].ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p := open(t, server.URL+"/", desktop, "light")
	p.see(`document.querySelector("#lost-text").textContent.startsWith("Another server answers")`)
	p.shot("two-servers")
	assert.EqualValues(t, 2, pages.Load())
}

// TestEndBehindAGap ends a run whose last minutes the page has not heard of, as
// one that has slept has not: it fetches them though nothing moves now.
func TestEndBehindAGap(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(30 * time.Second)
	p := open(t, serve(t, load, steered(load), ""), desktop, "light")
	p.see(`document.querySelector("#users").textContent === "40"`)
	load.Advance(time.Hour)
	p.see(`document.querySelector("#state").textContent === "Stopped"`)
	p.see(`document.querySelector("#users").textContent === "160"`)
}
