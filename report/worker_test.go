package report_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

func TestTheLostShareOfARunIsThatOfItsPhases(t *testing.T) {
	phase := func(seconds, share float64) report.PhaseSummary {
		p := report.PhaseSummary{StartS: 100, EndS: 100 + seconds}
		if share > 0 {
			p.Lost = &report.Loss{Share: share}
		}
		return p
	}
	for _, c := range []struct {
		phases []report.PhaseSummary
		want   float64
	}{
		{nil, 0},
		{[]report.PhaseSummary{phase(60, 0), phase(60, 0)}, 0},
		{[]report.PhaseSummary{phase(60, .25)}, .25},
		{[]report.PhaseSummary{phase(60, .2), phase(180, 0)}, .05},
		{[]report.PhaseSummary{phase(0, .2)}, 0},
		{[]report.PhaseSummary{phase(10, 1), phase(10, 1)}, 1},
	} {
		assert.InDelta(t, c.want, (&report.Summary{Phases: c.phases}).LostShare(), 1e-12, "%+v", c.phases)
	}
}

func TestLossesAreSummedUp(t *testing.T) {
	s := sampleSummary(100)
	s.SetWorkers([]report.Worker{worker(0), worker(1)})
	assert.Nil(t, s.Total.Lost)
	assert.Equal(t, []string{"A sentence that comes first."}, s.Notes)

	s = sampleSummary(100)
	s.Phases[1].Lost = new(report.Loss)
	s.SetWorkers([]report.Worker{worker(0)})
	assert.Nil(t, s.Phases[1].Lost, "nothing was lost")

	s = withWorkers(sampleSummary(100), 3)
	assert.InDelta(t, .25/3, s.LostShare(), 1e-12, "10 of 30 s")
	assert.Equal(t, &report.Loss{UserSeconds: 25, Arrivals: 30, Share: s.LostShare()}, s.Total.Lost)
	assert.Equal(t, "Worker lg-3 was lost at 0:05 (no report for 3 s): 25 % of the load of baseline (25 user-seconds and 30 arrivals) was lost with it.", s.Notes[0])
	assert.Equal(t, "A sentence that comes first.", s.Notes[1])
}

func TestTheNoteNamesWhatWasLost(t *testing.T) {
	lost := func(i int) report.Worker {
		w := worker(i)
		w.LostS = 130
		return w
	}
	for want, c := range map[string]struct {
		workers []report.Worker
		lost    []report.Loss
	}{
		"Worker lg-2 was lost at 2:10: none of the load was lost with it.":                                                                   {[]report.Worker{worker(0), lost(1)}, nil},
		"Worker lg-2 was lost at 2:10: 3 % of the load of p0 (12.5 user-seconds) was lost with it.":                                          {[]report.Worker{worker(0), lost(1)}, []report.Loss{{UserSeconds: 12.5, Share: .03}}},
		"Workers lg-1 and lg-2 were lost: 3 % of the load of p0 (1 arrival) and 1 % of the load of p1 (0 user-seconds) were lost with them.": {[]report.Worker{lost(0), lost(1)}, []report.Loss{{Arrivals: 1, Share: .03}, {Share: .01}}},
		"Workers lg-1, lg-2, lg-3 and 2 more were lost: none of the load was lost with them.":                                                {[]report.Worker{lost(0), lost(1), lost(2), lost(3), lost(4)}, nil},
		"3 % of the load of p0 (1 arrival) was not made by any worker.":                                                                      {[]report.Worker{worker(0)}, []report.Loss{{Arrivals: 1, Share: .03}}},
	} {
		s := &report.Summary{EndS: 300}
		for i := range c.lost {
			s.Phases = append(s.Phases, report.PhaseSummary{Name: []string{"p0", "p1"}[i], EndS: 1, Lost: &c.lost[i]})
		}
		s.SetWorkers(c.workers)
		require.Len(t, s.Notes, 1)
		assert.Equal(t, want, s.Notes[0])
	}
}
