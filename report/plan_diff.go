package report

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/gensim/load-generator/internal/say"
)

// PlanDiff lists what was planned differently in o than in s, a sentence each, as far as the Summaries
// know: their phases and the version of their random streams. Seeds do not count: they only make
// two runs of one plan. Nil: nothing, or nothing that the Summaries tell.
func (s *Summary) PlanDiff(o *Summary) (out []string) {
	if s.PlanDigest == o.PlanDigest && s.PlanDigest != "" {
		return nil
	}
	if s.Streams != o.Streams {
		out = append(out, fmt.Sprintf("random streams of version %d against %d", s.Streams, o.Streams))
	}
	names := func(s *Summary) (names []string) {
		for _, p := range s.Phases {
			names = append(names, p.Name)
		}
		return append(names, s.NotReached...)
	}
	if a, b := names(s), names(o); !slices.Equal(a, b) {
		return append(out, fmt.Sprintf("phases %q against %q", a, b))
	}
	for i := range min(len(s.Phases), len(o.Phases)) {
		out = append(out, s.Phases[i].planDiff(&o.Phases[i])...)
	}
	if out == nil && s.Seed == o.Seed {
		return []string{fmt.Sprintf("something that the summaries do not show (plans %s and %s)", s.PlanDigest, o.PlanDigest)}
	}
	return out
}

// plainArrivals prints all digits.
type plainArrivals Arrivals

// differing are two curves in words that differ: with the first stage that does.
func differing(a, b []Stage) (string, string) {
	x, y := StagesText(a, ""), StagesText(b, "")
	for i := 0; x == y; i++ {
		if i == min(len(a), len(b)) || a[i] != b[i] {
			return nth(a, i), nth(b, i)
		}
	}
	return x, y
}

func nth(stages []Stage, i int) string {
	if i >= len(stages) {
		return fmt.Sprintf("no stage after %d", len(stages))
	}
	return fmt.Sprintf("stage %d: %v s to %v", i+1, stages[i].ForS, stages[i].To)
}

// planDiff lists what was planned differently in a phase.
func (p *PhaseSummary) planDiff(o *PhaseSummary) (out []string) {
	differ := func(what string, a, b any) {
		if a != b {
			out = append(out, fmt.Sprintf("phase %s: %s %v against %v", p.Name, what, a, b))
		}
	}
	length := func(p *PhaseSummary) string { return say.ClockS(math.Round(p.EndS - p.StartS)) }
	differ("length", length(p), length(o))
	differ("users", p.Users, o.Users)
	differ("spawn rate", p.SpawnRate, o.SpawnRate)
	if !slices.Equal(p.Stages, o.Stages) {
		x, y := differing(p.Stages, o.Stages)
		differ("shape", x, y)
	}
	differ("model", p.Model, o.Model)
	differ("pace", p.Pace, o.Pace)
	if a, b := p.Arrivals, o.Arrivals; a != nil && b != nil && !reflect.DeepEqual(*a, *b) {
		x, y := a.String(), b.String()
		if x == y { // the words round
			x, y = fmt.Sprintf("%+v", plainArrivals(*a)), fmt.Sprintf("%+v", plainArrivals(*b))
		}
		differ("arrivals", x, y)
	}
	differ("arm", p.Arm, o.Arm)
	differ("load", p.Load, o.Load)
	differ("settling", p.SettleS, o.SettleS)
	differ("replay", p.Replay, o.Replay)
	const sameShare = 1e-9
	for _, name := range slices.Sorted(maps.Keys(p.Weights)) {
		if math.Abs(p.Weights[name]-o.Weights[name]) > sameShare {
			differ("share of "+name, say.Share(p.Weights[name]), say.Share(o.Weights[name]))
		}
	}
	if !slices.Equal(slices.Sorted(maps.Keys(p.Weights)), slices.Sorted(maps.Keys(o.Weights))) {
		differ("tasks", fmt.Sprint(slices.Sorted(maps.Keys(p.Weights))), fmt.Sprint(slices.Sorted(maps.Keys(o.Weights))))
	}
	return out
}
