package effect

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
	"github.com/gensim/load-generator/report/hist"
)

func TestNoWarningsWithoutReason(t *testing.T) {
	r := ab(t, twoPhases(), Options{})
	assert.Empty(t, r.Warnings)
	assert.Empty(t, r.Primary().Notes)
	assert.Equal(t, otherTimes, r.Caveat)
	assert.Equal(t, 125.0, r.Usable())
	assert.Equal(t, Used{Phase: "A", Arm: "A", FromS: 5, EndS: 130, UsableS: 125, Trend: r.Phases[0].Trend, MSERCutS: r.Phases[0].MSERCutS,
		LeftOut: LeftOut{Settling: 5, Requests: 200}}, r.Phases[0])
}

func TestWarnings(t *testing.T) {
	for want, change := range map[string]func(run *report.Summary){
		"The arms differ in users: 50 against 55.":            func(run *report.Summary) { run.Phases[0].Users, run.Phases[1].Users = 50, 55 },
		"The arms differ in pace: think 1s against think 2s.": func(run *report.Summary) { run.Phases[0].Pace, run.Phases[1].Pace = "think 1s", "think 2s" },
		"The arms differ in pace: think 1s against none.":     func(run *report.Summary) { run.Phases[0].Pace = "think 1s" },
		"The arms differ in model: none against open.":        func(run *report.Summary) { run.Phases[1].Model = "open" },
		"The arms differ in users: 2,400 against 2,500.":      func(run *report.Summary) { run.Phases[0].Users, run.Phases[1].Users = 2400, 2500 },
		"In phase B 20 of 1,000 planned starts were missed or dropped.": func(run *report.Summary) {
			run.Phases[1].Counters = report.Counters{Planned: 1000, Missed: 15, Dropped: 5}
		},
		`The generator was late in "B": p95 is doubtful there.`: func(run *report.Summary) {
			run.Phases[1].Operations = []report.Operation{{Name: report.Aggregated, Trust: report.Trust{P95: report.Rating{Grade: report.Doubtful}}}}
		},
		"Exploratory: only 100 s of a phase count; below 120 s intervals are wide.": func(run *report.Summary) { run.Phases[1].EndS = 235 },
	} {
		run := twoPhases()
		change(run)
		assert.Contains(t, ab(t, run, Options{}).Warnings, want)
	}
}

func TestWarnsOfMixAndLoad(t *testing.T) {
	run := handmade.Run(handmade.NewPhase("A", 130, handmade.Noisy(1, 40, 100*ms, 0), 0), handmade.NewPhase("B", 130, handmade.Noisy(2, 80, 100*ms, 0), 0))
	for i, n := range []int{30, 70} { // 3/4 and 7/8 of the requests
		x := run.Intervals[i]
		x.Name, x.Method, x.S, x.Requests, x.Failures, x.Successes = "/a", "GET", nil, nil, nil, nil
		for s := range 130 {
			x.Append(handmade.Second{OK: handmade.Same(n, 90*ms)}.Interval(x.StartS + s))
		}
		rest := run.Intervals[i]
		rest.Name, rest.Method, rest.S, rest.Requests, rest.Failures, rest.Successes = "/b", "GET", nil, nil, nil, nil
		for s := range 130 {
			rest.Append(handmade.Second{OK: handmade.Same(10, 90*ms)}.Interval(x.StartS + s))
		}
		run.Intervals = append(run.Intervals, x, rest)
	}
	r := ab(t, run, Options{})
	assert.Contains(t, r.Warnings, "The arms differ in mix: GET /a is 75 % of the requests against 87.5 %; effects are weighted to the mix of both arms together.")
	assert.Contains(t, r.Warnings, "The arms had different load: request rate +100 % (99 % interval +100 % to +100 %).")
	assert.InDelta(t, .875, r.Intervention.Mix["GET /a"], 1e-9)
	require.NotNil(t, r.Find(report.Op{Method: "GET", Name: "/a"}, P95))
	assert.Equal(t, Higher, r.Find(report.Op{Method: "GET", Name: "/a"}, Throughput).Verdict)
	assert.Equal(t, NoneSeen, r.Find(report.Op{Method: "GET", Name: "/b"}, Throughput).Verdict)
	assert.Nil(t, r.Find(report.Op{Name: "/c"}, P95))
	// The verdict may be about one operation.
	r = ab(t, run, Options{Op: report.Op{Method: "GET", Name: "/a"}, Primary: Throughput})
	assert.Equal(t, "Higher: throughput of GET /a +133 % (95 % interval +133 % to +133 %).", r.Primary().Sentence())
	assert.True(t, r.Primary().Primary)
	checkReport(t, r)
}

func TestWarnsWhenTheLagChangedMoreThanTheTarget(t *testing.T) {
	run := handmade.Run(handmade.NewPhase("A", 130, handmade.Noisy(1, 40, 100*ms, 0), 0), handmade.NewPhase("B", 130, handmade.Noisy(2, 40, 200*ms, 0), 0))
	run.Phases[0].LagMS.P99, run.Phases[1].LagMS.P99 = 1, 900
	r := ab(t, run, Options{})
	assert.Equal(t, Worse, r.Primary().Verdict)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "The generator's lag p99 differs by 899 ms between the arms, more than the effect of ")
	assert.Equal(t, report.Millis(900), r.Intervention.LagP99MS)
	run.Phases[1].LagMS.P99 = report.Millis(1 + .3*r.Primary().Difference.Estimate)
	assert.Contains(t, strings.Join(ab(t, run, Options{}).Warnings, "\n"), "may be the generator's own.")
	run.Phases[1].LagMS.P99 = report.Millis(1 + .2*r.Primary().Difference.Estimate)
	assert.NotContains(t, strings.Join(ab(t, run, Options{}).Warnings, "\n"), "The generator's lag p99")
	run.Phases[1].LagMS.P99 = 2
	assert.NotContains(t, strings.Join(ab(t, run, Options{}).Warnings, "\n"), "lag")
}

// addRow adds a second to the last phase of a run.
func addRow(run *report.Summary, v report.Interval) {
	x := &run.Intervals[len(run.Intervals)-1]
	v.Second = x.StartS + x.Slots
	x.Append(v)
	run.EndS = float64(v.Second + 1)
	run.Phases[len(run.Phases)-1].EndS = run.EndS
}

// The last seconds of a phase lack their slow requests, so they do not count.
func TestSecondsWithStraddlersDoNotCount(t *testing.T) {
	run := twoPhases()
	for range 3 {
		v := handmade.Second{OK: handmade.Same(40, ms)}.Interval(0)
		v.Straddlers, v.Straddled = 20, []hist.Bucket{{Index: 10000, Count: 20}}
		addRow(run, v)
	}
	r := ab(t, run, Options{})
	assert.Empty(t, r.Primary().Notes)
	assert.Equal(t, LeftOut{Settling: 5, Edge: 3, Requests: 320, Straddlers: 60}, r.Phases[1].LeftOut)
	assert.Equal(t, 125.0, r.Phases[1].UsableS)
	assert.Equal(t, int64(60), r.Intervention.Straddlers)
}

func TestSecondsWhoseRequestsTheEndCutDoNotCount(t *testing.T) {
	run := twoPhases()
	cut := new(hist.Sketch)
	for range 20 {
		cut.Add(1500 * ms)
	}
	run.EndS = 260
	run.Phases[1].Operations = []report.Operation{{Name: report.Aggregated, CutOff: 20, Times: report.Times{Cut: cut}}}
	r := ab(t, run, Options{})
	assert.Equal(t, LeftOut{Settling: 5, Edge: 2, Requests: 280, CutOff: 20}, r.Phases[1].LeftOut)
	assert.Empty(t, r.Primary().Notes)
	run.Phases[1].Operations[0].Cut = nil // an unknown age may be any: a fifth of the phase goes, and the note stays
	run.Phases[1].Operations[0].CutOff = 70
	r = ab(t, run, Options{})
	assert.Equal(t, 25.0, r.Phases[1].LeftOut.Edge)
	assert.Equal(t, []string{"70 slow requests of phase B are missing, because they were not done before its end; p95 is a lower bound there."}, r.Primary().Notes)
	assert.Empty(t, r.Find(report.Op{}, P50).Notes)
}

// Where most of a phase's requests straddle its end, no more than a fifth of it goes.
func TestMostOfAPhaseCounts(t *testing.T) {
	run := twoPhases()
	for range 100 {
		v := handmade.Second{OK: handmade.Same(40, ms)}.Interval(0)
		v.Straddlers, v.Straddled = 20, []hist.Bucket{{Index: 10000, Count: 20}}
		addRow(run, v)
	}
	r := ab(t, run, Options{})
	assert.Equal(t, 45.0, r.Phases[1].LeftOut.Edge)
	assert.Contains(t, r.Primary().Notes, "1,100 slow requests of phase B are missing, because they were not done before its end; p95 is a lower bound there.")
}

func TestPhasesOfDifferentRuns(t *testing.T) {
	a, b := twoPhases(), twoPhases()
	a.PlanDigest, b.PlanDigest = "1", "2"
	b.Name = "after"
	r, err := Between(Phase{a, "A"}, Phase{b, "A"}, Options{})
	require.NoError(t, err)
	assert.Contains(t, r.Warnings, "The runs have different plans, and what differs is included in the effect: something that the summaries do not show (plans 1 and 2).")
	assert.Equal(t, "after", r.Phases[1].Run)
	assert.Equal(t, NoneSeen, r.Primary().Verdict)
}

func TestSettleCanBeChosen(t *testing.T) {
	run := twoPhases()
	assert.Equal(t, 130.0, ab(t, run, Options{Settle: -1}).Usable())
	assert.Equal(t, 100.0, ab(t, run, Options{Settle: 30 * time.Second}).Usable())
	run.Phases[1].RampEndS = 150
	r := ab(t, run, Options{})
	assert.Equal(t, 155.0, r.Phases[1].FromS)
	assert.Equal(t, 105.0, r.Usable())
	assert.Equal(t, TooShort, ab(t, run, Options{Settle: time.Hour}).Primary().Verdict)
}

func TestText(t *testing.T) {
	run := handmade.Run(handmade.NewPhase("baseline", 130, handmade.Always(handmade.Spread(40, 50*ms, 150*ms), 0), 5), handmade.NewPhase("intervention", 130, handmade.Always(handmade.Spread(40, 60*ms, 180*ms), 0), 5))
	for i := range run.Phases {
		run.Phases[i].Model, run.Phases[i].Users = "closed", 1200
		run.Phases[i].LagMS.P99 = 1.2
	}
	r, err := Analyze(run, Options{Metrics: []Metric{P50, Throughput, Exceedance, Failures}})
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, r.WriteText(&b))
	assert.Equal(t, `Worse: p95 +20 % (95 % interval +20 % to +20 %), +28.8 ms (+28.6 ms to
  +29.1 ms).
  5 % of the baseline's requests were slower than 144 ms; under the intervention
    30 %.
  0 of 5,000 requests failed in the baseline and 0 of 5,000 in the intervention:
    less than 0.06 % and 0.06 % do (more, if failures come in clumps). No test
    is made.
  No slow swings of the server were seen; swings longer than a phase, of which
    125 s count, cannot be.
  The two phases ran at different times; anything else that changed between them
    is included in this difference.

Effect (A-B): intervention against baseline
  baseline      closed, 1,200 users, 5,000 requests in 125 s (40/s), generator
    late by p99 1.2 ms
  intervention  closed, 1,200 users, 5,000 requests in 125 s (40/s), generator
    late by p99 1.2 ms
  left out: 10 s of ramps and settling and 0 s before the ends of phases, with
    400 requests; 0 requests across the end of a phase
  p95 is judged at 95 %, all else at 99 %: of 4 comparisons without any effect
    about 0.04 would look like one. "Finds" is the smallest effect, in the unit
    of the interval, that a run like this one finds 4 times in 5.
  metric         baseline intervention              interval finds verdict
  Aggregated
   p95             144 ms       173 ms          +20 .. +20 %  0.18 worse
   p50            98.8 ms       119 ms          +20 .. +20 %  0.12 worse
   throughput        40/s         40/s              0 .. 0 %       none seen
   over 144 ms        5 %         30 %     +25 .. +25 points       worse
   failure share      0 %          0 % -0.11 .. +0.11 points  0.11 none seen
`, b.String())
}

func TestPhasesOfAnArmAreNamedOnce(t *testing.T) {
	for want, phases := range map[string][]string{
		`"a"`:                           {"a"},
		`"a", "b"`:                      {"a", "b"},
		`"a" of some of the runs`:       {"a", "a"},
		`some of the phases "a" to "d"`: {"a", "b", "c", "d"},
		`"a", "b" of some of the runs`:  {"a", "a", "b", "b"},
	} {
		assert.Equal(t, want, (&Arm{Phases: phases}).phaseNames())
	}
}

// Between two humps a quantile jumps from one to the other.
func TestAQuantileInAGapIsWarnedOf(t *testing.T) {
	humps := func(slow int) func(int) handmade.Second {
		return func(s int) handmade.Second {
			return handmade.Second{OK: append(handmade.Spread(100-slow-s%2, 9*ms, 11*ms), handmade.Spread(slow+s%2, 190*ms, 210*ms)...)}
		}
	}
	run := handmade.Run(handmade.NewPhase("A", 130, humps(4), 0), handmade.NewPhase("B", 130, humps(5), 0))
	want := "In phase A p95 lies in a gap: 94 % of the requests took up to 11 ms and 96 % up to 19"
	assert.Contains(t, strings.Join(ab(t, run, Options{}).Warnings, "\n"), want)
	assert.NotContains(t, strings.Join(ab(t, run, Options{Primary: P50}).Warnings, "\n"), "gap")
	assert.NotContains(t, strings.Join(ab(t, run, Options{Primary: Mean}).Warnings, "\n"), "gap")
	assert.NotContains(t, strings.Join(ab(t, loaded(1.2), Options{}).Warnings, "\n"), "gap")
}

// What makes an effect wrong stands before what makes it less sure, and nothing stands twice.
func TestWarningsAreInTheOrderOfTheirHarm(t *testing.T) {
	run := twoPhases()
	run.Phases[1].Users, run.Phases[0].Users = 51, 50
	run.Phases[1].EndS = 235
	run.Phases[1].Counters = report.Counters{Planned: 1000, Missed: 15, Dropped: 5}
	run.Phases[1].Operations = []report.Operation{{Name: report.Aggregated, Trust: report.Trust{P95: report.Rating{Grade: report.Doubtful}}}}
	assert.Equal(t, []string{
		"The arms differ in users: 50 against 51.",
		`The generator was late in "B": p95 is doubtful there.`,
		"In phase B 20 of 1,000 planned starts were missed or dropped.",
		"Exploratory: only 100 s of a phase count; below 120 s intervals are wide.",
	}, ab(t, run, Options{}).Warnings)
}
