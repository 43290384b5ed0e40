package looks

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/look"
)

// When runs are looked at. More looks than these decide hardly earlier and make the interval wider.
const (
	inFlight  = 5 * time.Second  // what the requests that are not answered yet may take of the 60 s that an effect needs
	every     = 30 * time.Second // the least from one look to the next
	mostLooks = 10               // of a phase that has an end
	leastPair = 5
	mostPairs = 20              // that are all looked at
	beforeEnd = 1 * time.Second // of a pair: a look after its end would be in the next one
)

// Of plans the looks of a run with some phases: of a baseline and an intervention (or with the baseline again after it) every 30 s
// of the last phase, or every tenth of it if that is longer, from 65 s after ramp and settling on; of pairs after each one
// from the fifth on; and the end. The error says why there can be none.
func Of(plan []report.PhaseInfo) (*look.Plan, error) {
	compared, err := armed(plan)
	if err != nil {
		return nil, err
	}
	if len(compared) > 3 {
		return ofPairs(compared)
	}
	return ofLast(compared)
}

// armed are the phases that are compared, each with an arm: the whole plan up to its end, or the error why not.
func armed(plan []report.PhaseInfo) (out []report.PhaseInfo, err error) {
	arms := ""
	for _, p := range plan {
		if p.Load != "" {
			return nil, errors.New("load x intervention is judged when all of its loads are over; want --design ab, aba or pairs")
		}
		if p.Arm == "A" || p.Arm == "B" {
			out, arms = append(out, p), arms+p.Arm
		}
	}
	if arms == "" && len(plan) == 2 {
		out, arms = append(out, plan...), "AB"
		out[0].Arm, out[1].Arm = "A", "B"
	}
	switch {
	case !strings.Contains(arms, "A") || !strings.Contains(arms, "B"):
		return nil, errors.New("there is nothing to decide, as the plan has no baseline and intervention; want both, such as --warmup-duration 5m -t 10m")
	case len(arms) == 3 && arms != "ABA", len(arms)%2 == 1 && len(arms) > 3:
		return nil, fmt.Errorf("arms %q are not a design (A B, A B A, pairs)", arms)
	case out[len(out)-1].Start != plan[len(plan)-1].Start:
		return nil, fmt.Errorf("phase %q comes after those that are compared, and a look ends the run; want %q to be the last", plan[len(plan)-1].Name, out[len(out)-1].Name)
	}
	if why := effect.Foresee(out); why != "" {
		return nil, errors.New(why)
	}
	for i, p := range out {
		other := out[0]
		if len(out) > 3 {
			other = out[i/2*2]
		}
		if of, before := effect.LoadsApart(p, other); of != "" {
			return nil, fmt.Errorf("the verdict would be confounded, with %s in phase %q against %s in %q, so no look could decide it; want the same load in both arms", of, p.Name, before, other.Name)
		}
	}
	return out, nil
}

// ofLast plans looks at the last one of two or three phases.
func ofLast(phases []report.PhaseInfo) (*look.Plan, error) {
	last := phases[len(phases)-1]
	from, first := counts(last), effect.LeastUsable+inFlight
	if last.End == 0 {
		return &look.Plan{Planned: []look.Look{{AtS: (from + first).Seconds()}}, EveryS: every.Seconds()}, nil
	}
	usable := last.End - from
	if usable < first+every {
		return nil, fmt.Errorf("phase %q has %s after ramp and settling; a look takes %s of it, so there would be none before the end; want %s or more",
			last.Name, say.Span(usable.Round(time.Second/10)), say.Span(first), say.Span(first+every))
	}
	step := max(every, ((usable-first)/(mostLooks-1) + time.Second - 1).Truncate(time.Second))
	l := &look.Plan{}
	for at := first; at <= usable-step/2; at += step {
		l.Planned = append(l.Planned, look.Look{AtS: (from + at).Seconds(), Information: known(phases, at) / known(phases, usable)})
	}
	l.Planned = append(l.Planned, look.Look{AtS: last.End.Seconds(), Information: 1})
	return l, nil
}

// counts is where a phase begins to count.
func counts(p report.PhaseInfo) time.Duration { return max(p.Start, p.RampEnd) + max(0, p.Settle) }

// known is one over the variance of an effect once the last phase has some time that counts, up to a factor.
func known(phases []report.PhaseInfo, at time.Duration) float64 {
	variance := 0.
	for i, p := range phases {
		seconds, weight := (p.End - counts(p)).Seconds(), 1.
		if i == len(phases)-1 {
			seconds = at.Seconds()
		}
		if len(phases) == 3 && p.Arm == "A" {
			weight = .5
		}
		variance += weight * weight / seconds
	}
	return 1 / variance
}

// ofPairs plans looks after pairs.
func ofPairs(phases []report.PhaseInfo) (*look.Plan, error) {
	n := len(phases) / 2
	if n <= leastPair {
		return nil, fmt.Errorf("the first look comes after pair %d, which is the end of this plan; want %d pairs or more", leastPair, leastPair+1)
	}
	step := 1 + (n-1)/mostPairs
	l := &look.Plan{}
	for i := leastPair; i < n; i += step {
		end := phases[2*i-1].End - beforeEnd
		l.Planned = append(l.Planned, look.Look{AtS: end.Seconds(), Information: float64(i) / float64(n)})
	}
	l.Planned = append(l.Planned, look.Look{AtS: phases[2*n-1].End.Seconds(), Information: 1})
	return l, nil
}

// Sentences say of a plan when it is looked at, and what that costs; level is the confidence of the verdict, 0 is .95.
func Sentences(l *look.Plan, level float64) []string {
	if level == 0 {
		level = .95
	}
	if l.EveryS > 0 {
		return []string{fmt.Sprintf("The run ends at the first look that is sure; there is one every %s s, from %s on.", say.Number(l.EveryS), say.ClockS(l.Planned[0].AtS)),
			"Its intervals hold however often it is looked at, and so are at least half as wide again as those of a single look (an asymptotic confidence sequence)."}
	}
	limits := effect.Limits(l, level)
	var at, far []string
	for i, look := range l.Planned {
		at, far = append(at, say.ClockS(math.Round(look.AtS))), append(far, fmt.Sprintf("%.2f", limits[i]))
	}
	return []string{
		fmt.Sprintf("The run ends at the first look that is sure; there are %d, at %s.", len(at), say.And(at)),
		fmt.Sprintf("The earlier the look, the larger a change must be to count: %s times its standard error, which is how far chance alone usually moves it. "+
			"So all looks together take chance for a change in %s of the runs (O'Brien-Fleming spending, Lan and DeMets).",
			say.And(far), say.Percent(1-level)),
	}
}
