package cli

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
)

func TestLogLine(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newLogHandler(&out, slog.LevelInfo, "shop"))
	log.Debug("not seen")
	log.With("a", 1).WithGroup("g").Warn("two\nlines \"quoted\"", "k", "a b", slog.Group("sub", "x", 1.5, "y", time.Second))
	line := out.String()
	assert.Regexp(t, `^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] \S+/WARNING/shop: two\\nlines "quoted" a=1 g\.k="a b" g\.sub\.x=1\.5 g\.sub\.y=1s\n$`, line)
	for level, name := range map[slog.Level]string{slog.LevelDebug: "DEBUG", slog.LevelInfo: "INFO", slog.LevelError: "ERROR", levelCritical: "CRITICAL"} {
		assert.Equal(t, name, locustLevel(level))
	}
}

func TestLogOnATerminalPutsGroupsBelow(t *testing.T) {
	var out strings.Builder
	handler := newLogHandler(&out, slog.LevelInfo, "shop")
	handler.below = true
	slog.New(handler).Info("transition",
		slog.Group("to", "users", 50, slog.Group("weights", "list", 0.5), "rate", 2),
		slog.Group("figures", slog.Group("GET /x", "requests", 3)), "at", time.Second)
	_, text, _ := strings.Cut(out.String(), "shop: ")
	assert.Equal(t, "transition at=1s\n    to: users=50 rate=2\n    to.weights: list=0.5\n    figures.GET /x: requests=3\n", text)
}

func TestScreen(t *testing.T) {
	var out strings.Builder
	s := newScreen(&out)
	write := func(text string) { _, _ = io.WriteString(s, text) }
	write("held\n")
	s.Live("not yet")
	assert.Empty(t, out.String())
	s.Release()
	s.Live("50 %")
	write("log\n")
	s.Live("")
	write("end\n")
	assert.Equal(t, "held\n"+clearLine+"50 %"+clearLine+"log\n50 %"+clearLine+"end\n", out.String())
}

func snapshot() *report.Snapshot {
	s := &report.Snapshot{At: 12 * time.Second, Users: 10, On: 4, Phase: report.PhaseInfo{Name: "baseline", End: 30 * time.Second}}
	s.Total.Requests, s.Total.Failures, s.Total.RecentRPS = 200, 1, 2.14
	s.Total.Recent = report.Figures{P50: 3.14159, P95: report.Millis(math.Inf(1))}
	return s
}

func TestProgressOnATerminal(t *testing.T) {
	var out strings.Builder
	screen := newScreen(&out)
	screen.Release()
	width := 200
	p := &progress{screen: screen, width: func() int { return width }}
	p.show(snapshot())
	assert.Equal(t, clearLine+"[========            ] baseline 0:12/0:30  users 10 (4 on)  requests 200 (2.14/s)  failures 1 (0.5 %)  p50 3.14 ms  p95 -", out.String())
	for columns, want := range map[int]string{
		100: "baseline 0:12/0:30  users 10 (4 on)  requests 200 (2.14/s)  failures 1 (0.5 %)  p50 3.14 ms  p95 -",
		80:  "baseline 0:12/0:30  users 10 (4 on)  2.14/s  failed 0.5 %  p95 -",
		20:  "baseline 0:12/0:30 ",
	} {
		out.Reset()
		width = columns
		p.show(snapshot())
		assert.Equal(t, clearLine+want, out.String(), "a line never wraps")
	}
}

func TestProgressWithoutATerminal(t *testing.T) {
	var out strings.Builder
	screen := newScreen(&out)
	screen.Release()
	p := &progress{screen: screen, width: func() int { return 0 }, every: plainEvery, next: plainEvery}
	for second := range 12 {
		s := snapshot()
		s.At, s.Phase.End = time.Duration(second+1)*time.Second, -1
		p.show(s)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	assert.Equal(t, "baseline 0:05  users 10 (4 on)  requests 200 (2.14/s)  failures 1 (0.5 %)  p50 3.14 ms  p95 -", lines[0])
	assert.True(t, strings.HasPrefix(lines[1], "baseline 0:10 "))
}

func TestWriteChanges(t *testing.T) {
	op := func(rps float64, p50, p95 report.Millis, failures int64) []report.Operation {
		return []report.Operation{{Method: "GET", Name: "/x", Requests: 100, Failures: failures, RPS: rps, ResponseMS: report.Figures{P50: p50, P95: p95}}}
	}
	sum := &report.Summary{Phases: []report.PhaseSummary{
		{Name: "baseline", Operations: op(2, 3, 12, 0)},
		{Name: "intervention", Operations: op(10, 9, report.Millis(math.Inf(1)), 7)},
	}}
	var out strings.Builder
	require.NoError(t, writeChanges(&out, sum))
	inOrder(t, out.String(), "What changed from baseline to intervention", "GET /x\n", "2 -> 10", "0 % -> 7 %", "3 -> 9 (x3)", "12 -> failed\n")
	out.Reset()
	require.NoError(t, writeChanges(&out, &report.Summary{Phases: []report.PhaseSummary{sum.Phases[1], sum.Phases[0]}}))
	inOrder(t, out.String(), "9 -> 3 (x0.33)", "failed -> 12 (recovered)\n")
	out.Reset()
	third := sum.Phases[0]
	sum.Phases[0].Arm, sum.Phases[1].Arm, third.Arm, third.Name = "A", "B", "A", "baseline-2"
	require.NoError(t, writeChanges(&out, &report.Summary{Phases: append(sum.Phases, third)}))
	assert.Contains(t, out.String(), "What changed from baseline to intervention", "and not to the second baseline")
	out.Reset()
	require.NoError(t, writeChanges(&out, &report.Summary{Phases: sum.Phases[:1]}))
	assert.Empty(t, out.String())
}

func TestChangesOfTheMix(t *testing.T) {
	row := func(method, name string, p50 report.Millis, verdict string) report.Operation {
		return report.Operation{Method: method, Name: name, Requests: 9, ResponseMS: report.Figures{P50: p50, P95: p50}, Trust: report.Trust{P50: report.Verdict{Verdict: verdict}}}
	}
	before := report.PhaseSummary{Operations: []report.Operation{row("GET", "/a", 2, report.NotMeasured), row("GET", "/b", 2, ""), row("", report.Aggregated, 2, "")}}
	after := report.PhaseSummary{Operations: []report.Operation{row("GET", "/a", 246, report.Doubtful), row("PUT", "/c", 7, ""), row("", report.Aggregated, 4, "")}}
	var out strings.Builder
	require.NoError(t, writeChanges(&out, &report.Summary{Phases: []report.PhaseSummary{before, after}}))
	inOrder(t, out.String(), "/a", "2? -> 246~ (x123)", "/b", "2 -> –", "PUT /c", "– -> 7", report.Aggregated, "2 -> 4 (x2)")
	after.Weights = map[string]float64{"list": 1}
	out.Reset()
	require.NoError(t, writeChanges(&out, &report.Summary{Phases: []report.PhaseSummary{before, after}}))
	inOrder(t, out.String(), report.Aggregated, "mix differs", "mix differs")
}

func TestWriteFileKeepsTheOldOneOnFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	write(t, path, "old")
	err := output.Write(t.Context(), path, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return errors.New("boom") })
	require.ErrorContains(t, err, "boom")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestReadyLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, output.Ready(filepath.Join(dir, "sub", "a.json")))
	write(t, filepath.Join(dir, "old.json"), "old")
	require.NoError(t, output.Ready(filepath.Join(dir, "old.json")))
	content, err := os.ReadFile(filepath.Join(dir, "old.json"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))
	entries, err := os.ReadDir(filepath.Join(dir, "sub"))
	require.NoError(t, err)
	assert.Empty(t, entries)
	require.Error(t, output.Ready(dir))
	write(t, filepath.Join(dir, "file"), "")
	require.Error(t, output.Ready(filepath.Join(dir, "file", "a.json")))
}

func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	web, err := httpclient.New(httpclient.Config{Host: "http://" + listener.Addr().String()})
	require.NoError(t, err)
	defer web.Close()
	assert.Empty(t, unreachable(t.Context(), web))
	require.NoError(t, listener.Close())
	assert.Equal(t, "connect: refused", unreachable(t.Context(), web))
}

func TestQuoteCutsLongValues(t *testing.T) {
	got := setting.Quote(strings.Repeat("é", 200))
	assert.Equal(t, `"`+strings.Repeat("é", 80)+`"...`, got)
}
