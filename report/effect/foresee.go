package effect

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Foresee says before a run why its design cannot have an interval, whatever the run brings: phases of an arm are too short,
// or the pairs are too few, with the run time that would do. It returns "" for a design that can, and without arms.
func Foresee(plan []report.PhaseInfo) string {
	arms, crossed := map[string]int{}, false
	for _, p := range plan {
		arms[p.Arm]++
		crossed = crossed || p.Load != ""
	}
	least, what := LeastUsable, "an effect"
	var why []string
	if n := arms["B"]; n > 1 && !crossed {
		least, what = time.Duration(leastPairSecond)*time.Second, "a pair"
		if n < leastPairs {
			why = append(why, fmt.Sprintf("%d pairs are too few; it takes %d, better 10", n, leastPairs))
		}
	}
	need := make([]time.Duration, len(plan))
	for i, p := range plan {
		switch what := p.Moves(); {
		case p.Arm == "":
		case what != "":
			why = append(why, fmt.Sprintf("phase %q has a moving %s, so there is no steady state to compare", p.Name, what))
		default:
			need[i] = least
		}
	}
	if short := Short(plan, need); short != "" {
		why = append(why, fmt.Sprintf("%s; %s needs %s in each phase: %s", short, what, say.Span(least), Enough(plan, need)))
	}
	return strings.Join(why, "; ")
}

// LeastUsable is how long a phase must last after ramp and settling for an effect. Those of pairs may be shorter.
const LeastUsable = time.Duration(series.LeastSeconds) * time.Second

// A phase settles for 15 s at least, or a tenth of it, unless its plan says otherwise.
const (
	settling     = 15 * time.Second
	settlingPart = .1
)

// mostNamed is how many phases a sentence names.
const mostNamed = 6

// Short says which phases of a plan have less time than they need after ramp and settling, as a clause; ""
// if none has. need is by phase; 0: nothing.
func Short(plan []report.PhaseInfo, need []time.Duration) string {
	var names []string
	one := ""
	for i, p := range plan {
		if has, short := shortfall(p, need[i]); short {
			if what := p.Moves(); what != "" {
				return fmt.Sprintf("phase %q has a moving %s, and so no steady state", p.Name, what)
			}
			one = fmt.Sprintf("phase %q has %s after ramp and settling", p.Name, say.Span(has))
			names = append(names, fmt.Sprintf("%q (%s)", p.Name, say.Span(has)))
		}
	}
	if len(names) < 2 {
		return one
	}
	return "phases " + enumerate(names) + " are too short after ramp and settling"
}

// shortfall returns what a phase has after ramp and settling, and whether it is less than it needs.
func shortfall(p report.PhaseInfo, need time.Duration) (has time.Duration, short bool) {
	has = max(0, p.End-max(p.Start, p.RampEnd)-max(0, p.Settle))
	return has.Round(100 * time.Millisecond), p.End > 0 && has < need
}

// Enough says how long the run would have to be for all phases to have what they need, as a clause; "" if they have.
// Phases of one length stay so.
func Enough(plan []report.PhaseInfo, need []time.Duration) string {
	if Short(plan, need) == "" {
		return ""
	}
	for i, p := range plan {
		if _, short := shortfall(p, need[i]); short && p.Moves() != "" {
			return fmt.Sprintf("%s without motion at the end of %q would do, after settling", say.Span(need[i]), p.Name)
		}
	}
	run, longest, alike, open := time.Duration(0), time.Duration(0), true, false
	var names []string
	for i, p := range plan {
		length := p.End - p.Start
		if _, short := shortfall(p, need[i]); short {
			length = neededLength(plan, i, need[i])
			names = append(names, fmt.Sprintf("%s of %q", say.Span(length), p.Name))
		}
		open = open || p.End == 0
		alike = alike && (p.End-p.Start-plan[0].End+plan[0].Start).Abs() < time.Millisecond
		run, longest = run+length, max(longest, length)
	}
	switch {
	case open:
		return enumerate(names) + " would do"
	case alike:
		return fmt.Sprintf("a run of %s would do, %s in each phase", say.Span(longest*time.Duration(len(plan))), say.Span(longest))
	}
	return fmt.Sprintf("a run of %s would do, with %s", say.Span(run), enumerate(names))
}

// neededLength returns how long phase i has to be, in whole seconds, to have some time after ramp and settling.
func neededLength(plan []report.PhaseInfo, i int, need time.Duration) time.Duration {
	p, before := plan[i], 0
	if i > 0 {
		before = plan[i-1].Users
	}
	need += max(0, p.RampEnd-p.Start)
	if p.SpawnRate > 0 { // the ramp may have been cut short
		ramp := time.Duration(math.Abs(float64(p.Users-before)) / p.SpawnRate * float64(time.Second))
		need = max(need, need-max(0, p.RampEnd-p.Start)+ramp)
	}
	length := need
	if p.Settle > 0 || p.RampEnd >= p.End {
		length = max(need+max(p.Settle, settling), time.Duration(float64(need)/(1-settlingPart)))
	}
	return (length + time.Second - 1).Truncate(time.Second)
}

// enumerate puts names into a sentence.
func enumerate(names []string) string {
	if n := len(names); n > mostNamed {
		names = append(names[:mostNamed-1:mostNamed-1], fmt.Sprintf("%d more", n-mostNamed+1))
	}
	return say.And(names)
}
