package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

func TestTheTextListsWorkersAndLosses(t *testing.T) {
	out := text(t, withWorkers(sampleSummary(1000), 3))
	assert.True(t, strings.HasPrefix(out, "! Worker lg-3 was lost at 0:05 (no report for 3 s): 25 % of the load of"), out[:100])
	for _, want := range []string{
		"\n3 workers; lag p99, clock and start in ms\n",
		"\n  #  Worker  State    Users  Requests     CPU  Lag         Clock  Start  Lost at\n",
		"\n  0  lg-1    stopped     10     5,000    25 %  0.9  +0.12 ± 0.18    0.3\n",
		"\n  2  lg-3    lost        10     5,000    26 %  0.9  +0.12 ± 0.18    0.3     0:05\n  lg-3 was lost: no report for 3 s\n",
		"\n  Lost of phase   User-seconds  Arrivals  Share\n  baseline                  25        30   25 %\n",
		"\n  25 % of the load was lost with workers: 25 user-seconds and 30 arrivals\n",
		"30 lost with workers",
		"\nWorker lg-3, which is worst off: 0.52 cores of 2",
	} {
		assert.Contains(t, out, want)
	}
	assert.Contains(t, oneLine(out), report.LossMeans)
	for _, line := range strings.Split(out, "\n") {
		assert.LessOrEqual(t, say.Width(line), say.Columns, line)
	}
	assert.NotContains(t, text(t, sampleSummary(1000)), "orker ")
}

// Of many workers the text has those that a reader looks for first.
func TestTheTextOfManyWorkersIsShort(t *testing.T) {
	s := withWorkers(sampleSummary(100), 1000)
	s.Workers[500].LagMS.P99 = 1310
	s.Workers[600].State = report.WorkerMissing
	for i := range s.Workers {
		s.Workers[i].ID, s.Workers[i].Requests, s.Workers[i].Users = strings.Repeat("a-long-name", 3), 1e9, 1e6
		s.Workers[i].ClockMS, s.Workers[i].ClockBoundMS, s.Workers[i].StartSkewMS = -1234, 56.7, 1234
	}
	shown := s.OutstandingWorkers()
	assert.Len(t, shown, 16)
	assert.Subset(t, shown, []int{500, 600, 999})
	assert.IsIncreasing(t, shown)
	out := text(t, s)
	assert.Contains(t, out, "\n1,000 workers: those that were lost, and those worst off; lag p99, clock and\n  start in ms\n")
	assert.Equal(t, 16, strings.Count(out, "a-long-namea-lo…"))
	for _, line := range strings.Split(out, "\n") {
		assert.LessOrEqual(t, say.Width(line), say.Columns, line)
	}
}

func TestLossesOfManyPhasesAreCut(t *testing.T) {
	s := sampleSummary(100)
	p := s.Phases[0]
	p.Lost = &report.Loss{Share: .1}
	s.Phases = nil
	for range 30 {
		s.Phases = append(s.Phases, p)
	}
	out := text(t, s)
	assert.Contains(t, out, "\n  ... 18 more\n")
}
