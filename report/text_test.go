package report

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// text returns the tables of a summary.
func text(t testing.TB, s *Summary) string {
	var b bytes.Buffer
	require.NoError(t, s.WriteText(&b))
	return b.String()
}

// sampleSummary is the summary of sampleRun.
func sampleSummary(n int) *Summary {
	return sampleRun(n).Summary(Meta{
		Name: "To-do", Seed: 1, PlanDigest: "3fa92c1e77aa0001", Start: time.Unix(1.7e9, 0), End: 30 * time.Second,
		Notes:  []string{"A sentence that comes first."},
		Health: Health{CPU: .31, CPUPeak: .5, CPULimit: 2, Goroutines: 60, MemoryBytes: 41e6, OpenFiles: 12, FileLimit: 1024, GCPauseS: .0021},
	})
}

func TestTextFitsTheTerminalAndTellsEverything(t *testing.T) {
	out := text(t, sampleSummary(20_000))
	for _, line := range strings.Split(out, "\n") {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 120, line)
		assert.Equal(t, strings.TrimRight(line, " "), line)
	}
	for _, part := range []string{
		"! A sentence that comes first.\nTo-do, 0:30, seed 1, plan 3fa92c1e77aa, started 2023-11-14 22:13:20 UTC\n",
		"\nPhase baseline, 0:00 to 0:10, 10 users at 2/s, closed\n",
		"  pace think gamma(mean 2s, CV 0.3)\n",
		"  mix list 57.1 %, create 42.9 %\n",
		"  predicted 2.60 tasks/s, 50.0 % of users ON, burstiness (IDC) 7.1\n",
		"Requests", "Failures", "Rate/s", "Min ms", "p50", "p95", "p99", "p99.9", "Max", "Mean",
		"Aggregated", "  successes", "  from the actual send", "failed",
		"generator late by p50", "task starts planned", "requests cut off",
		"> at least: requests were cut off",
		"\nTotal, 0:00 to 0:30, 50 users\n",
		"\nFailures\n", "http 503", "timeout", "\nExceptions\n  panic: index out of range [3] with length 2 (once, at 0:12)\n",
		"main.(*user).list(...)",
		"\nGenerator: 0.31 cores of 2 (peak 0.50), 41 MB, 60 goroutines, 12 files of 1,024, GC pauses 2.10 ms\n",
	} {
		assert.Contains(t, out, part)
	}
}

func TestTextOfNothing(t *testing.T) {
	r := NewRecorder(Config{Phases: twoPhases})
	out := text(t, r.Summary(Meta{}))
	assert.Contains(t, out, "Run, 0:00, seed 0\n")
	assert.Contains(t, out, "Aggregated                     0             0    0.00       -       -")
	assert.Contains(t, out, "Phase intervention was not reached.")
	assert.NotContains(t, out, "NaN")
	assert.NotContains(t, out, "Inf")
	assert.NotContains(t, out, "Failures\n")
	assert.Contains(t, text(t, new(Summary)), "Run")
}

func TestLongLinesAreBroken(t *testing.T) {
	p := PhaseSummary{Name: "x", Weights: map[string]float64{}, Counters: Counters{
		Planned: 1e9, Started: 1e9, Finished: 1e9, Missed: 1e9, Dropped: 1e9, Unfinished: 1e9, Running: 1e9, Waiting: 1e9,
		Sent: 1e9, InFlight: 1e9, CutOff: 1e9, Straddlers: 1e9, Clamped: 1e9, OtherOperations: 1e9,
	}}
	for i := range 30 {
		p.Weights[strings.Repeat("t", 3+i)] = 1
	}
	var b bytes.Buffer
	require.NoError(t, p.WriteText(&b))
	for _, line := range strings.Split(b.String(), "\n") {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 120, line)
	}
	assert.Contains(t, b.String(), "\n     ttt")
}

func TestTextOfHostileNames(t *testing.T) {
	r := NewRecorder(Config{})
	evil := "\x1b[2J\nPhase forged, <script>alert(1)</script>"
	r.Shard(0).Record(&Sample{Op: Op{evil, evil}, Done: 1e6, Err: evil})
	r.Exception(evil, evil, evil, 0)
	out := text(t, r.Summary(Meta{Name: evil, PlanDigest: evil, Notes: []string{evil}, End: time.Second}))
	assert.NotContains(t, out, "\x1b")
	assert.NotContains(t, out, "\nPhase forged")
}

func TestTextShowsVerdicts(t *testing.T) {
	r, _ := lateRun(20_000, .015)
	var b bytes.Buffer
	p := r.Phase(0, 20*time.Second)
	require.NoError(t, p.WriteText(&b))
	assert.Regexp(t, `Aggregated .* [0-9.]+~ +[0-9.]+\? `, b.String())
	assert.Regexp(t, `p95 is doubtful: 1\.\d\d % of wake-ups were late by more than 5 % of it; it lies between [0-9.]+ and [0-9.]+ ms`, b.String())
	assert.Regexp(t, `p99 is not measured: 1\.\d\d % of wake-ups`, b.String())
	assert.Contains(t, b.String(), "~ doubtful: the generator's lateness may have moved it; ? not measured: the generator was too late")
	assert.False(t, strings.HasPrefix(b.String(), "\n"))
}

func TestBottleneckOpensTheText(t *testing.T) {
	s := sampleSummary(100)
	s.Health.Bottleneck = "The generator was the bottleneck: so."
	s.Health.Warnings = []string{"12 of 100 planned starts were missed"}
	assert.True(t, strings.HasPrefix(text(t, s), "! The generator was the bottleneck: so.\n! A sentence"))
	assert.Contains(t, text(t, s), "\n  12 of 100 planned starts were missed\n")
}

// closed is a writer that fails.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errors.New("closed") }

func TestWriteErrorsAreReturned(t *testing.T) {
	s := sampleSummary(10)
	assert.EqualError(t, s.WriteText(closed{}), "closed")
	assert.EqualError(t, s.WriteJSON(closed{}), "closed")
	assert.EqualError(t, s.Phases[0].WriteText(closed{}), "closed")
}

func TestUnits(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{ms(0), "0"}, {ms(.0004), "0.00"}, {ms(1.234), "1.23"}, {ms(9.996), "10.0"}, {ms(99.96), "100"}, {ms(123456), "123456"}, {ms(None), "failed"},
		{perSecond(0), "0.00"}, {perSecond(99.996), "100.0"}, {perSecond(1234.5), "1,235"},
		{percent(0), "0 %"}, {percent(.00001), "<0.01 %"}, {percent(.0123), "1.23 %"}, {percent(.5), "50.0 %"}, {percent(.9999), ">99.9 %"}, {percent(1), "100 %"},
		{thousands(0), "0"}, {thousands(999), "999"}, {thousands(1000), "1,000"}, {thousands(-1234567), "-1,234,567"}, {thousands(-123), "-123"},
		{clock(0), "0:00"}, {clock(59960 * time.Millisecond), "1:00"}, {clock(90500 * time.Millisecond), "1:30.5"}, {clock(25 * time.Hour), "25:00:00"},
		{Op{Name: "x"}.String(), "x"}, {get.String(), "GET /api/todos"},
	} {
		assert.Equal(t, c.want, c.got)
	}
}

func TestPhaseAsLogValue(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, nil))
	log.Info("phase over", "closed", sampleSummary(2000).Phases[0])
	for _, part := range []string{
		"closed.name=baseline", "closed.users=10", "closed.spawn_rate=2", `closed.weights="map[create:30 list:40]"`, "closed.requests=667",
		`"closed.GET /api/todos.requests"=`, `"closed.GET /api/todos.p95"=`, "closed.Aggregated.rps=", "closed.Aggregated.p50=",
	} {
		assert.Contains(t, b.String(), part)
	}
}
