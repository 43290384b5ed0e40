package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func TestTextFitsTheTerminalAndTellsEverything(t *testing.T) {
	out := text(t, sampleSummary(20_000))
	for _, line := range strings.Split(out, "\n") {
		assert.LessOrEqual(t, say.Width(line), say.Columns, line)
		assert.Equal(t, strings.TrimRight(line, " "), line)
	}
	for _, part := range []string{
		"! A sentence that comes first.\nTo-do, 0:30, seed 1, plan 3fa92c1e77aa, started 2023-11-14 22:13:20 UTC\n",
		"\nPhase baseline, 0:00 to 0:10, 10 users at 2/s, closed\n",
		"  pace think gamma(mean 2s, CV 0.3)\n",
		"  mix list 57.1 %, create 42.9 %\n",
		"  predicted 2.6 tasks/s, 50 % of users ON, burstiness (IDC) 7.1\n",
		"Requests", "Failed", "Rate/s", "Min ms", "p50", "p95", "p99", "p99.9", "Max", "Mean",
		"Aggregated", "    its successes", "  from the actual send", "failed",
		"generator late by p50", "task starts planned", "requests cut off",
		"> at least: requests were cut off",
		"\nTotal, 0:00 to 0:30, 50 users\n",
		"\nFailures\n", "http 503", "timeout", "\nExceptions\n  panic: index out of range [3] with length 2 (once, at 0:12)\n",
		"main.(*user).list(...)",
		"\nGenerator: 0.31 cores of 2 (peak 0.5), ",
	} {
		assert.Contains(t, out, part)
	}
	assert.Contains(t, oneLine(out), " 41 MB, 60 goroutines, 12 files of 1,024, GC pauses 2.1 ms")
}

// A wave of many phases is a table that a person reads, with the worst phase in
// it; few phases have separate tables.
func TestTextOfManyPhases(t *testing.T) {
	s := sampleSummary(1000)
	bad := s.Phases[1]
	phases := func(n int) {
		s.Phases = nil
		for i := range n {
			p := s.Total
			p.Name = fmt.Sprintf("wave %d with quite a long name", i)
			s.Phases = append(s.Phases, p)
		}
	}
	phases(180)
	bad.Name = "the bad one"
	bad.Operations = slices.Clone(bad.Operations)
	bad.Operations[len(bad.Operations)-1].Failures = bad.Requests
	s.Phases[77] = bad
	s.NotReached = make([]string, 500)
	out := text(t, s)
	assert.Contains(t, out, "\n180 phases: the first")
	assert.Regexp(t, `\n  the bad one .* 100 % `, out)
	assert.Contains(t, out, "\n  wave 0 with")
	assert.Contains(t, out, "\n  wave 179 with")
	assert.Contains(t, out, " more\n")
	assert.Contains(t, out, "500 phases were not reached")
	assert.Less(t, strings.Count(out, "\n"), 80)
	for _, line := range strings.Split(out, "\n") {
		assert.LessOrEqual(t, say.Width(line), say.Columns, line)
	}
	phases(12)
	assert.Equal(t, 12, strings.Count(text(t, s), "\n  wave "))
	phases(8)
	assert.Equal(t, 8, strings.Count(text(t, s), "\nPhase wave "))
}

func TestTextOfNothing(t *testing.T) {
	r := record.New(record.Config{Phases: twoPhases})
	out := text(t, r.Summary(record.Meta{}))
	assert.Contains(t, out, "Run, 0:00, seed 0\n")
	assert.Contains(t, out, "  Aggregated\n         0       0      0      -      -")
	assert.Contains(t, out, "Phase intervention was not reached.")
	assert.NotContains(t, out, "NaN")
	assert.NotContains(t, out, "Inf")
	assert.NotContains(t, out, "Failures\n")
	assert.Contains(t, text(t, new(report.Summary)), "Run")
}

func TestLongLinesAreBroken(t *testing.T) {
	p := report.PhaseSummary{Name: "x", Weights: map[string]float64{}, Counters: report.Counters{
		Planned: 1e9, Started: 1e9, Finished: 1e9, Missed: 1e9, Dropped: 1e9, Unfinished: 1e9, Running: 1e9, Waiting: 1e9,
		Sent: 1e9, InFlight: 1e9, CutOff: 1e9, Straddlers: 1e9, Clamped: 1e9, OtherOperations: 1e9,
	}}
	for i := range 30 {
		p.Weights[strings.Repeat("t", 3+i)] = 1
	}
	var b bytes.Buffer
	require.NoError(t, p.WriteText(&b))
	for _, line := range strings.Split(b.String(), "\n") {
		assert.LessOrEqual(t, say.Width(line), say.Columns, line)
	}
	assert.Contains(t, b.String(), "\n    ttt")
}

func TestOneOfACounterIsSingular(t *testing.T) {
	one := report.PhaseSummary{Name: "x", Counters: report.Counters{Planned: 1, Left: 1, InFlight: 1, CutOff: 2, Clamped: 1}}
	var b bytes.Buffer
	require.NoError(t, one.WriteText(&b))
	assert.Contains(t, strings.Join(strings.Fields(b.String()), " "), "1 task start planned, 1 user left, 1 request in flight, 2 requests cut off, 1 time out of range")
}

func TestTextOfHostileNames(t *testing.T) {
	r := record.New(record.Config{})
	evil := "\x1b[2J\nPhase forged, <script>alert(1)</script>"
	r.Shard(0).Record(&record.Sample{Op: report.Op{Method: evil, Name: evil}, Done: 1e6, Err: evil})
	r.Exception(evil, evil, evil, 0)
	out := text(t, r.Summary(record.Meta{Name: evil, PlanDigest: evil, Notes: []string{evil}, End: time.Second}))
	assert.NotContains(t, out, "\x1b")
	assert.NotContains(t, out, "\nPhase forged")
}

func TestTextShowsVerdicts(t *testing.T) {
	r, _ := lateRun(20_000, .015)
	var b bytes.Buffer
	p := r.Phase(0, 20*time.Second)
	require.NoError(t, p.WriteText(&b))
	assert.Regexp(t, `Aggregated\n.* [0-9.]+~ +[0-9.]+\? `, b.String())
	assert.Regexp(t, `~ doubtful: .*p95 \(between [0-9.]+ and [0-9.]+ ms, 1\.\d+ %`, oneLine(b.String()))
	assert.Regexp(t, `\? not measured: p99 \(1\.\d+ %`, oneLine(b.String()))
	assert.Equal(t, 1, strings.Count(b.String(), "doubtful"))
	assert.False(t, strings.HasPrefix(b.String(), "\n"))
}

// TestTheTextSaysOnceThatTheGeneratorWasLate: the generator's section does not repeat what the tables say.
func TestTheTextSaysOnceThatTheGeneratorWasLate(t *testing.T) {
	r, _ := lateRun(20_000, .015)
	s := r.Summary(record.Meta{End: 20 * time.Second})
	require.Contains(t, strings.Join(s.Health.Warnings, "\n"), "p95 of all requests is doubtful")
	s.Health.Warnings = append(s.Health.Warnings, "another")
	out := oneLine(text(t, s))
	assert.Equal(t, 1, strings.Count(out, "~ doubtful"), out)
	assert.NotContains(t, out, "of all requests is")
	assert.Contains(t, out, " another")
}

func TestBottleneckOpensTheText(t *testing.T) {
	s := sampleSummary(100)
	s.Health.Bottleneck = "The generator was the bottleneck: so."
	s.Health.Warnings = []string{"12 of 100 planned starts were missed"}
	assert.True(t, strings.HasPrefix(text(t, s), "! The generator was the bottleneck: so.\n! A sentence"))
	assert.Contains(t, text(t, s), "\n  12 of 100 planned starts were missed\n")
}

// TestALossOpensTheText, before that the generator was too slow; only why the run was aborted stands before it.
func TestALossOpensTheText(t *testing.T) {
	s := withWorkers(sampleSummary(1000), 3)
	loss := s.Notes[0]
	require.Contains(t, loss, "Worker lg-3 was lost at 0:05")
	assert.Equal(t, []string{loss}, s.Foremost())
	s.Health.Bottleneck = "The generator was the bottleneck: so."
	assert.Equal(t, []string{loss, s.Health.Bottleneck}, s.Foremost())
	s.Notes = append([]string{"run aborted: worker lg-3 is lost"}, s.Notes...)
	assert.Equal(t, append([]string{s.Notes[0], loss, s.Health.Bottleneck}, s.Notes[2:]...), s.Cautions())
	assert.Equal(t, s.Cautions()[:3], s.Foremost())
	assert.Regexp(t, `(?s)^! run aborted.*\n! Worker lg-3 was lost.*\n! The generator was`, text(t, s))
	assert.Empty(t, sampleSummary(100).Foremost())
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

// A phase says how its level moves, which kinds of users it has, and that they rested.
func TestTextOfStagesKindsAndRest(t *testing.T) {
	p := report.PhaseSummary{
		Name: "day", EndS: 600, Users: 50, Stages: []report.Stage{{ForS: 120, To: 10}, {ForS: 480, To: 50}},
		Kinds:   []report.KindInfo{{Name: "buyer", Share: .8}, {Name: "browser", Share: .2}, {Name: "admin", Count: 2}},
		RestedS: 9000, Counters: report.Counters{Skipped: 3, Left: 1},
		Transactions: []report.Operation{{Name: "checkout", CutOff: 1}},
	}
	var b bytes.Buffer
	require.NoError(t, p.WriteText(&b))
	for _, part := range []string{
		"at most 50 users by stages 2m:10, 8m:50", "kinds buyer 80 %, browser 20 %, 2 admin", "users rested for 2:30:00 together", "3 skipped, 1 user left", "1 transaction cut off",
	} {
		assert.Contains(t, oneLine(b.String()), part)
	}
}
