package series

import (
	"github.com/gensim/load-generator/report/effect/internal/stats"
	"github.com/gensim/load-generator/report/look"
)

// Looks are those of the run that phases belong to, up to the last one that was made.
type Looks struct {
	*look.Plan
	Made        int     // looks so far
	EndS        float64 // of the run so far, s
	information float64 // in a run without end: what is known, and 1 once it is as much as from two baselines
}

// LooksOf returns the looks of the run of all phases, which have weights in a contrast; nil: there are none, or the phases belong to
// several runs.
func LooksOf(phases []*Phase, weights []float64) *Looks {
	run := phases[0].Run
	if run.Looks == nil || len(run.Looks.Planned) == 0 {
		return nil
	}
	variance, first := 0., 0.
	for i, p := range phases {
		if p.Run != run {
			return nil
		}
		s := max(1, p.Window(All).Seconds())
		variance += weights[i] * weights[i] / s
		if i == 0 {
			first = s
		}
	}
	return &Looks{Plan: run.Looks, Made: run.Looks.Made(run.EndS), EndS: run.EndS, information: 2 / first / variance}
}

// Limit returns how many standard errors from 0 an effect must be at the last look, so that in all looks together noise is called an effect
// in 1-level of the runs. A run that ended between two looks is judged as at the last one, and before the first one as at
// that.
func (l *Looks) Limit(level float64) float64 {
	if l.EveryS > 0 {
		return stats.AnytimeLimit(1-level, l.information)
	}
	made := max(1, l.Made)
	return Limits(l.Planned[:made], level)[made-1]
}

// Limits returns that of each look, see [Looks.Limit].
func Limits(looks []look.Look, level float64) []float64 {
	information := make([]float64, len(looks))
	for i := range information {
		information[i] = looks[i].Information
	}
	return stats.SpendingLimits(information, func(at float64) float64 { return stats.OBrienFleming(1-level, at) })
}

// Level returns the confidence that a single interval must have to be as wide as the limit.
func (l *Looks) Level(level float64) float64 { return stats.LevelOf(l.Limit(level)) }
