package report

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// member is a worker with a lag p99, ms, and a part of its 2 cores in use.
func member(id string, late Millis, busy float64) Worker {
	return Worker{ID: id, LagMS: Lag{P50: .1, P99: late, Max: 2 * late}, Health: Health{CPU: 2 * busy, CPUPeak: 2 * busy, CPULimit: 2, MachineCores: 2}}
}

// judged is a run over workers, of whose tasks a share was woken too late for p95, 40 ms, to be true.
func judged(late Lag, p95 Rating, workers ...Worker) *Summary {
	s := &Summary{EndS: 60, Notes: []string{"other"}, Total: PhaseSummary{LagMS: late, Operations: []Operation{{
		Name: Aggregated, ResponseMS: Figures{P50: 20, P95: 40, P99: 60}, Trust: Trust{P95: p95},
	}}}}
	s.SetWorkers(workers)
	return s
}

// The worker that was too late is named with its part of the load, and what all were late by together decides.
func TestTheBottleneckNamesTheWorker(t *testing.T) {
	late, doubtful := Lag{P50: 1, P99: 90, Max: 620}, Rating{Grade: Doubtful, LateShare: .02}
	s := judged(late, doubtful, member("lg-1", .3, .2), member("lg-2", 310, .95), member("lg-3", .4, .2), member("lg-4", .2, .1))
	assert.Equal(t, TooLate, s.Health.Lag)
	assert.Equal(t, "Worker lg-2 (1 of 4 of the load) was the bottleneck: its own lag p99 310 ms, max 620 ms, more than 5 % of the p95 of 40 ms; it used 95 % of its CPU limit. "+
		"All workers together woke 2 % of the tasks too late for their p95 to be true (lag p99 90 ms, max 620 ms).", s.Health.Bottleneck)
	assert.Equal(t, []string{"other"}, s.Notes, "the sentence is there once")
	assert.Equal(t, "lg-2", s.WorstWorker())
	assert.InDelta(t, 1.9, s.Health.CPU, 1e-9, "the figures are those of that worker")
	assert.Equal(t, []string{"worker lg-2: the generator used 95 % of its CPU limit of 2 cores"}, s.Health.Warnings[:1])
	for i, want := range []Grade{OnTime, TooLate, OnTime, OnTime} {
		assert.Equal(t, want, s.Workers[i].Health.Lag)
		assert.Equal(t, want == TooLate, s.Workers[i].Health.Bottleneck != "")
	}

	s = judged(late, doubtful, member("lg-1", 100, .2), member("lg-2", 310, .95), member("lg-3", 50, .2), member("lg-4", .2, .1))
	assert.Contains(t, s.Health.Bottleneck, " Of the other 3 workers 2 were late too. All workers together ")
	for others, workers := range map[string][]Worker{
		"Of the other 2 workers one was late too.": {member("lg-1", 100, .2), member("lg-2", 310, .95), member("lg-3", .2, .1)},
		"The other one was late too.":              {member("lg-1", 100, .2), member("lg-2", 310, .95)},
		"All others were late too.":                {member("lg-1", 100, .2), member("lg-2", 310, .95), member("lg-3", 100, .1)},
	} {
		assert.Contains(t, judged(late, doubtful, workers...).Health.Bottleneck, " "+others+" All workers together ")
	}

	s = judged(late, doubtful, member("lg-1", .1, .1), member("lg-2", .2, .2))
	assert.Contains(t, s.Health.Bottleneck, "Worker lg-2 (1 of 2 of the load) was late: its own lag p99 0.2 ms, max 0.4 ms; the machine does not report why", "one is named even if none accounts for it")

	gone := member("lg-2", NoValue, .2)
	gone.LagMS = LagOf(nil)
	s = judged(late, doubtful, member("lg-1", .1, .1), gone)
	assert.Contains(t, s.Health.Bottleneck, "its own lag is unknown;", "it was lost before it reported any")
}

// A worker that was too late is named although so many others were on time that all together were.
func TestALateWorkerIsNamedThoughAllTogetherWereOnTime(t *testing.T) {
	onTime := Lag{P50: .1, P99: .9, Max: 620}
	s := judged(onTime, Rating{Grade: Trusted}, member("lg-1", .3, .2), member("lg-2", 310, .95))
	assert.Equal(t, OnTime, s.Health.Lag)
	assert.Empty(t, s.Health.Bottleneck)
	assert.Equal(t, []string{"Worker lg-2 (1 of 2 of the load) was the bottleneck: its own lag p99 310 ms, max 620 ms, more than 5 % of the p95 of 40 ms; it used 95 % of its CPU limit. " +
		"All workers together were on time.", "other"}, s.Notes)

	s = judged(onTime, Rating{Grade: Trusted}, member("lg-1", .3, .2), member("lg-2", 9, .2))
	assert.Equal(t, []string{"other"}, s.Notes, "9 ms are not late")
	s = judged(Lag{P99: NoValue}, Rating{}, member("lg-1", NoValue, 0))
	assert.Empty(t, s.Health.Lag, "before the first request")
	assert.Empty(t, s.Workers[0].Health.Lag)
}

// Without a percentile a worker's lag is judged by itself.
func TestAWorkersLagIsJudgedByItselfWithoutAPercentile(t *testing.T) {
	f := NoFigures()
	w := member("lg-1", 11, .2)
	assert.True(t, w.isLate(&f))
	f.P50 = 500
	assert.False(t, w.isLate(&f), "5 % of p50 are 25 ms")
}

func TestTheWorstWorker(t *testing.T) {
	for _, c := range []struct {
		want    string
		workers []Worker
	}{
		{"", nil},
		{"b", []Worker{member("a", 9, .1), member("b", 1, .2)}},
		{"a", []Worker{member("a", 10, .1), member("b", 1, .9)}},
		{"b", []Worker{member("a", NoValue, .1), member("b", 0, .2)}},
		{"a", []Worker{member("a", 0, .1), member("b", 0, .1)}},
	} {
		assert.Equal(t, c.want, (&Summary{Workers: c.workers}).WorstWorker())
	}
	assert.Zero(t, WorstHealth(nil))
}

// During the run the sentence names the worker too.
func TestASnapshotNamesTheWorker(t *testing.T) {
	f, trust, late := tooLate()
	s := Snapshot{At: time.Minute, Total: Live{Response: f}, Trust: trust, Lag: late, Workers: []Worker{member("lg-1", 1, .1), member("lg-2", 900, .9)}}
	assert.Contains(t, s.JudgedHealth().Bottleneck, "Worker lg-2 (1 of 2 of the load) was the bottleneck: ")
	s.Workers[0].LostS = 10
	assert.Equal(t, 10*time.Second, s.Workers[0].lasted(time.Minute))
}

func TestWarningsAboutManyWorkersAreCut(t *testing.T) {
	var all []Worker
	for range 20 {
		all = append(all, member("lg", 1, .9))
	}
	s := judged(Lag{P99: 1}, Rating{Grade: Trusted}, all...)
	assert.Len(t, s.Health.Warnings, mostStrains+1)
	assert.Equal(t, "12 more warnings about workers", s.Health.Warnings[mostStrains])
	assert.Equal(t, 8, strings.Count(strings.Join(s.Health.Warnings, "\n"), "worker lg: the generator used 90 %"))
}
