package capacity

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Outcome is what kind of answer a search has.
type Outcome string

// The outcomes.
const (
	Found       Outcome = "found"
	Never       Outcome = "never holds"  // not at the lowest load that was tried
	Always      Outcome = "always holds" // at the highest load that may be tried too
	NotMonotone Outcome = "not monotone" // not at one load and at a higher one
	TooShort    Outcome = "too short"    // too few holds
)

// Result is what a search came to.
type Result struct {
	Claim string `json:"claim"`
	// Users says that loads are users, not arrivals per second.
	Users   bool    `json:"users,omitempty"`
	Outcome Outcome `json:"outcome"`
	// Capacity is the highest load at which the claim holds, with the limits of its 95 % interval: 0 and +Inf, null in
	// JSON, where the interval has no such limit. All are 0 unless the Outcome is Found.
	Capacity float64 `json:"capacity"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	// Limit is that of the means of Curve.
	Limit float64 `json:"limit"`
	// Curve has the loads that were tried, sorted.
	Curve []Point `json:"curve"`
	// Holds are all of them; Longest is the longest one in seconds, what did not count and drains included.
	Holds   int     `json:"holds"`
	Longest float64 `json:"longest_hold_s"`
	// Doubts are what to know before believing the interval, as sentences.
	Doubts []string `json:"doubts,omitempty"`
	// Law is the universal scalability law that the holds follow; nil: LawReason says why there is none.
	Law       *Law   `json:"law,omitempty"`
	LawReason string `json:"law_reason,omitempty"`

	failing, holding float64 // loads that show that the claim is not monotone
	tried            [2]float64
	least            time.Duration // that a search should last, where it is too short
}

// plain is a Result without methods.
type plain Result

// resultJSON is a Result as JSON has it.
type resultJSON struct {
	plain
	Capacity *float64 `json:"capacity"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	NotAt    float64  `json:"does_not_hold_at,omitempty"`
	Again    float64  `json:"holds_at,omitempty"`
	Least    float64  `json:"search_for_s,omitempty"`
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Result) UnmarshalJSON(data []byte) error {
	var in resultJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*r = Result(in.plain)
	r.failing, r.holding, r.least = in.NotAt, in.Again, time.Duration(in.Least*float64(time.Second))
	if n := len(r.Curve); n > 0 {
		r.tried = [2]float64{r.Curve[0].Load, r.Curve[n-1].Load}
	}
	if r.Outcome != Found {
		return nil
	}
	if in.Capacity == nil || !(*in.Capacity > 0) {
		return errors.New("capacity: a capacity was found, and there is none")
	}
	r.Capacity, r.High = *in.Capacity, math.Inf(1)
	if in.Low != nil {
		r.Low = *in.Low
	}
	if in.High != nil {
		r.High = *in.High
	}
	return nil
}

// Tried are the lowest and the highest load that were tried; 0, 0 without a hold.
func (r *Result) Tried() (lowest, highest float64) { return r.tried[0], r.tried[1] }

// MarshalJSON writes null for a limit that the interval does not have.
func (r Result) MarshalJSON() ([]byte, error) {
	out := resultJSON{plain: plain(r)}
	if r.Outcome == NotMonotone {
		out.NotAt, out.Again = r.failing, r.holding
	}
	if r.Outcome == TooShort {
		out.Least = r.least.Seconds()
	}
	if r.Outcome == Found {
		out.Capacity = &r.Capacity
		if r.Low > 0 {
			out.Low = &r.Low
		}
		if !math.IsInf(r.High, 1) {
			out.High = &r.High
		}
	}
	return json.Marshal(out)
}

// What an interval needs.
const (
	leastHolds = 12 // after the second turn of the staircase
	fewSlow    = 5  // requests of a hold that may break the claim; with fewer a hold says too little
)

// Estimate is the result of a search with the holds that it had. Equal holds give equal results.
func (s Search) Estimate(holds []Hold) *Result {
	r := &Result{Claim: s.Claim, Users: s.Users, Limit: s.Limit, Holds: len(holds)}
	at := time.Duration(0)
	for i := range holds {
		r.Longest, at = max(r.Longest, (holds[i].End-at).Seconds()), holds[i].End
	}
	all := s.tallies(holds)
	r.Curve = curve(all)
	r.Law, r.LawReason = fit(all)
	if r.Outcome = s.outcome(r, holds, all); r.Outcome == TooShort {
		r.least = s.enough(holds)
	}
	if r.Outcome == Found {
		s.doubt(r, holds, all)
		r.interval(&s, all)
	}
	return r
}

// outcome is the kind of answer that the holds give.
func (s *Search) outcome(r *Result, holds []Hold, all []tally) Outcome {
	if len(all) == 0 {
		return TooShort
	}
	lowest, highest := &r.Curve[0], &r.Curve[len(r.Curve)-1]
	r.tried = [2]float64{lowest.Load, highest.Load}
	r.failing, r.holding = s.fall(all, r.Curve)
	over := r.over()
	switch {
	case r.holding > 0:
		return NotMonotone
	case lowest.Load <= s.From && (!s.keptAny(holds) || over == 0 && lowest.Holds > 1):
		return Never
	case s.tops(holds), over < 0 && highest.Load >= s.To:
		return Always
	case over <= 0, s.fineHolds(holds) < leastHolds, len(r.around(all).holds) < leastHolds:
		return TooShort
	}
	return Found
}

// doubt says what to know before believing the interval.
func (s *Search) doubt(r *Result, holds []Hold, all []tally) {
	var d say.Parts
	slow := s.correlation(holds)
	d.Add(correlated*slow > s.hold().Seconds(), "Answers stay slow or fast for about %s s at a time, so holds are longer and fewer; a longer search narrows the interval.", say.Number(slow))
	floods, fine, many := s.floods(holds)
	d.Add(many, "%s of %s holds near it were floods: the capacity is what is kept for as long as the longest hold, %s s, and it may not be kept for longer.",
		say.Count(floods), say.Count(fine), say.Number(s.lasting(holds).Seconds()))
	requests := r.around(all).requests()
	d.Add(requests*s.Limit < fewSlow, "A hold near it has about %s, of which the claim allows fewer than %d to break it: too few to believe the interval; make holds longer.",
		say.Plural(int64(requests), "request"), fewSlow)
	r.Doubts = d
}

// enough is how long a search lasts that has fine holds enough, if its holds are as long as these.
func (s *Search) enough(holds []Hold) time.Duration {
	if len(holds) == 0 {
		return s.Time
	}
	last := &holds[len(holds)-1]
	missing := max(1, leastHolds-s.fineHolds(holds))
	if s.turns(holds) == 0 { // the climb may take as many steps as there are
		missing += int(math.Ceil(math.Log(s.To/last.Load) / math.Log(climb)))
	}
	return (s.Time + time.Duration(missing)*last.End/time.Duration(len(holds))).Round(time.Minute) + time.Minute
}

// interval sets the capacity and its 95 % interval from the holds near where the isotonic fit crosses the limit.
func (r *Result) interval(s *Search, all []tally) {
	zero, low, high := r.around(all).interval(math.Log(s.From), math.Log(s.To))
	r.Capacity, r.Low, r.High = math.Exp(zero), math.Exp(low), math.Exp(high)
	if r.Low < s.From {
		r.Low = 0
	}
	if r.High > s.To {
		r.High = math.Inf(1)
	}
}

// around are the holds near where the isotonic fit crosses the limit.
func (r *Result) around(all []tally) *rise {
	over := r.over()
	return around(all, r.Limit, math.Sqrt(r.Curve[over-1].Load*r.Curve[over].Load))
}

// over is the first point at which the fit is over the limit, -1 where it is none.
func (r *Result) over() int {
	return slices.IndexFunc(r.Curve, func(p Point) bool { return p.Fitted > r.Limit })
}

// surelyFalls is Welch's t that two groups of holds need for the mean to fall with the load.
const surelyFalls = 5.0

// fall looks for a load at which the claim does not hold below one at which it does, beyond chance. It returns both,
// or 0, 0.
func (s *Search) fall(all []tally, points []Point) (failing, holding float64) {
	surest := surelyFalls
	for i := 1; i < len(points); i++ {
		fit := points[i].Fitted
		if fit != points[i-1].Fitted { // no fall here: the fit would have pooled it
			continue
		}
		var below, above []float64
		for k := range all {
			switch t := &all[k]; {
			case pooled(points, t.load) != fit, t.flooded && t.load < points[i].Load: // a flood may be bad luck, and two are as bad as each other
			case t.load < points[i].Load:
				below = append(below, t.mean())
			default:
				above = append(above, t.mean())
			}
		}
		if len(below) < 2 || len(above) < 2 {
			continue
		}
		b, a := stats.Mean(below), stats.Mean(above)
		se := math.Sqrt(stats.Variance(below)/float64(len(below)) + stats.Variance(above)/float64(len(above)))
		if b > s.Limit && a <= s.Limit && b-a > surest*se {
			surest = (b - a) / se
			failing, holding = s.sides(points, i)
		}
	}
	return failing, holding
}

// sides are the loads of a block, which falls before point i, that show it best: the last one before it that is over the limit
// and the first one from it on that is not.
func (s *Search) sides(points []Point, i int) (failing, holding float64) {
	for _, p := range slices.Backward(points[:i]) {
		if p.Fitted == points[i].Fitted && p.Mean > s.Limit {
			failing = p.Load
			break
		}
	}
	for _, p := range points[i:] {
		if p.Fitted == points[i].Fitted && p.Mean <= s.Limit {
			return failing, p.Load
		}
	}
	return 0, 0
}

// pooled is the fitted value at a load.
func pooled(points []Point, load float64) float64 {
	at, _ := slices.BinarySearchFunc(points, load, func(p Point, load float64) int { return cmp.Compare(p.Load, load) })
	return points[at].Fitted
}
