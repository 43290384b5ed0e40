package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
)

// A request without an answer speaks against its target when it has waited for half of a short run,
// and for leastPatience to mostPatience in any run: the end of a run cuts off what is on its way from a
// target that is well, too.
const (
	leastPatience = time.Second / 2
	mostPatience  = time.Second
)

// A target that has worked is taken for frozen when nothing succeeded in the last seconds of the run and a
// request has waited as long: for leastFreeze at least, and freezeTimes as long as the slowest that was
// answered. It is stricter than leastPatience, since a good target may have one slow request.
const (
	leastFreeze = 5 * time.Second
	freezeTimes = 4
)

// NeverWorked returns a sentence for each thing that did not work once in the run: no request was answered,
// or none of one operation; none of one operation succeeded; no task came to its end, or each was an
// exception. So it does for a target that had frozen when the run ended. Nil for a run in which all that was
// tried has worked. What was cut off too soon to tell is not in it, nor what was never tried.
func (s *Summary) NeverWorked() (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	c, all, patience := s.Total.Counters, s.Total.Aggregated(), s.patience()
	hung := all.CutOff > 0 && all.Cut.Max() >= patience
	silent := all.CutOff == 0 && s.silence() >= patience
	unanswered := s.operations(func(o *Operation) bool {
		return o.Requests == 0 && o.CutOff > 0 && (o.Cut.Max() >= patience || all.Requests == 0)
	})
	switch {
	case all.Requests == 0 && hung:
		add("not one request was answered: %s were in flight when the run ended%s", say.Count(all.CutOff), unanswered)
	case c.Finished == 0 && c.Unfinished > 0 && (hung || silent):
		add("not one task came to its end: %s were unfinished when the run ended%s", say.Count(c.Unfinished), unanswered)
	case hung && unanswered != "":
		add("not one request of an operation was answered%s", unanswered)
	case s.frozen():
		waiting := s.operations(func(o *Operation) bool { return o.CutOff > 0 })
		add("not one request succeeded in the last %s s: %s were in flight when the run ended%s", say.Number(s.silence().Seconds()), say.Count(all.CutOff), waiting)
	}
	if names := s.operations(func(o *Operation) bool { return o.Requests > 0 && o.Failures == o.Requests }); names != "" {
		add("not one request of an operation succeeded%s", names)
	}
	if n := s.raised(); all.Requests == all.Failures && c.Finished > 0 && n >= c.Finished {
		add("not one task worked: %s", say.Plural(n, "exception"))
	}
	return out
}

// frozen says whether a target that had worked no longer did when the run ended.
func (s *Summary) frozen() bool {
	all, least := s.Total.Aggregated(), leastFreeze
	for _, o := range s.Total.Operations {
		least = max(least, freezeTimes*o.Service.Max())
	}
	return all.CutOff > 0 && all.Cut.Max() >= least && s.silence() >= least
}

// patience is how long a request must have waited in vain, longer than any that was answered.
func (s *Summary) patience() time.Duration {
	length := time.Duration((s.EndS - s.ResetS) * float64(time.Second))
	least := min(max(length/2, leastPatience), mostPatience)
	for _, o := range s.Total.Operations {
		least = max(least, o.Service.Max())
	}
	return least
}

// silence is the time since the last second in which a request succeeded.
func (s *Summary) silence() time.Duration {
	last := s.ResetS
	for _, row := range s.Timeline {
		if row.Requests > row.Failures {
			last = float64(row.S + row.WidthS)
		}
	}
	return time.Duration((s.EndS - last) * float64(time.Second))
}

// raised counts the panics and errors of tasks.
func (s *Summary) raised() (n int64) {
	for _, x := range s.Exceptions {
		n += x.Occurrences
	}
	return n
}

// operations names those of the whole run that match, after a colon, ten at most; "" for none.
func (s *Summary) operations(match func(*Operation) bool) string {
	const most = 10
	var names []string
	more := 0
	for _, o := range s.Total.Operations {
		if o.Op() == (Op{Name: Aggregated}) || !match(&o) {
			continue
		}
		if len(names) == most {
			more++
			continue
		}
		what := say.Count(o.CutOff) + " in flight"
		if o.Requests > 0 && o.Requests == o.Failures {
			what = say.Count(o.Failures) + " failed"
		}
		names = append(names, fmt.Sprintf("%s (%s)", o.Op(), what))
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}
