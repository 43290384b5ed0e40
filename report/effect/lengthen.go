package effect

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// LeastUsable is what a phase needs after ramp and settling for an effect. It holds for every phase of a comparison but
// those of pairs.
const LeastUsable = time.Duration(series.LeastSeconds) * time.Second

// A phase settles for 15 s at least, or a tenth of it, unless its plan says otherwise.
const (
	settling     = 15 * time.Second
	settlingPart = .1
)

// mostNamed is how many phases a sentence names.
const mostNamed = 6

// Short words which phases of a plan have less time than they need after ramp and settling, in one half of a sentence; ""
// if none has. need is by phase; 0: nothing.
func Short(plan []report.PhaseInfo, need []time.Duration) string {
	var names []string
	one := ""
	for i, p := range plan {
		if has, short := lacks(p, need[i]); short {
			one = fmt.Sprintf("phase %q has %v after ramp and settling", p.Name, has)
			names = append(names, fmt.Sprintf("%q (%v)", p.Name, has))
		}
	}
	if len(names) < 2 {
		return one
	}
	return "phases " + list(names) + " are too short after ramp and settling"
}

// lacks returns what a phase has after ramp and settling, and whether it is less than it needs.
func lacks(p report.PhaseInfo, need time.Duration) (has time.Duration, short bool) {
	has = max(0, p.End-max(p.Start, p.RampEnd)-max(0, p.Settle))
	return has.Round(100 * time.Millisecond), p.End > 0 && has < need
}

// Enough words how long the run would have to be for all phases to have what they need; "" if they have. Phases that are
// all of one length stay so.
func Enough(plan []report.PhaseInfo, need []time.Duration) string {
	if Short(plan, need) == "" {
		return ""
	}
	run, longest, alike, open := time.Duration(0), time.Duration(0), true, false
	var names []string
	for i, p := range plan {
		length := p.End - p.Start
		if _, short := lacks(p, need[i]); short {
			length = lengthen(plan, i, need[i])
			names = append(names, fmt.Sprintf("%v of %q", length, p.Name))
		}
		open = open || p.End == 0
		alike = alike && (p.End-p.Start-plan[0].End+plan[0].Start).Abs() < time.Millisecond
		run, longest = run+length, max(longest, length)
	}
	switch {
	case open:
		return list(names) + " would do"
	case alike:
		return fmt.Sprintf("a run of %v would do, %v in each phase", longest*time.Duration(len(plan)), longest)
	}
	return fmt.Sprintf("a run of %v would do, with %s", run, list(names))
}

// lengthen returns how long phase i has to be, in whole seconds, to have some time after ramp and settling.
func lengthen(plan []report.PhaseInfo, i int, need time.Duration) time.Duration {
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

// list puts names into a sentence.
func list(names []string) string {
	if n := len(names); n > mostNamed {
		names = append(names[:mostNamed-1:mostNamed-1], fmt.Sprintf("%d more", n-mostNamed+1))
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
