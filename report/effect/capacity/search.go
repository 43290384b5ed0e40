package capacity

import (
	"fmt"
	"math"
	"time"
)

// The staircase.
const (
	climb      = 1.35 // up to the first hold in which the claim does not hold
	near       = 1.10 // down to the next one in which it does
	fine       = .03  // then, for holds as short as Search.Hold; longer ones take larger steps
	correlated = 8    // correlation times that a hold lasts at least
	fewest     = 15   // holds that a search is long enough for: the longest hold is its time divided by this
	deepest    = 4    // such steps back at most
	usual      = 8    // holds in a row that are kept while the staircase comes back
	manyFloods = 10   // one fine hold in so many
	topped     = 3    // holds at Search.To in a row in which the claim holds end the search
)

// Search says between which loads, and for how long, the highest is sought at which a claim holds.
// It is a value; its methods are pure and safe for concurrent use.
type Search struct {
	// Claim is the claim as text, for sentences: "p95 < 250ms".
	Claim string
	// Limit is the highest mean of a Second with which the claim holds, above 0.
	Limit float64
	// From and To are the lowest and the highest load that are tried, 0 < From < To.
	From, To float64
	// Users says that loads are whole numbers of users; false: arrivals per second.
	Users bool
	// Time is how long the search lasts in all. At least 15 holds have to fit in it.
	Time time.Duration
	// Hold is the length of a hold, at least 3 s; 0 is 15 s. Holds become longer, up to a 15th of Time, where answers are
	// seen to be correlated over more than an eighth of it.
	Hold time.Duration
}

// Step is what the search does next.
type Step struct {
	Load float64
	// For is how long, and Settle how much of it does not count, as the target still has work of the load before.
	For, Settle time.Duration
}

// Drain is how long to wait at most, without load, for what is in flight after a flood.
const Drain = 10 * time.Second

// hold is the length of a hold without correlation.
func (s *Search) hold() time.Duration {
	if s.Hold == 0 {
		return 15 * time.Second
	}
	return s.Hold
}

// Validate says which field is wrong.
func (s Search) Validate() error {
	finite := func(v float64) bool { return v > 0 && !math.IsInf(v, 1) }
	switch {
	case !finite(s.Limit):
		return fmt.Errorf("capacity: Limit is %v; want a number above 0, as a claim that allows nothing is kept or broken by chance", s.Limit)
	case !finite(s.From) || !finite(s.To) || s.From >= s.To:
		return fmt.Errorf("capacity: from %v to %v; want 0 < From < To", s.From, s.To)
	case s.Users && (s.From != math.Trunc(s.From) || s.To != math.Trunc(s.To)):
		return fmt.Errorf("capacity: from %v to %v; want whole numbers of users", s.From, s.To)
	case s.hold() < 3*time.Second:
		return fmt.Errorf("capacity: Hold is %v; want 3 s or more, or 0 for 15 s", s.Hold)
	case s.Time < fewest*s.hold():
		return fmt.Errorf("capacity: Time is %v; want at least %v, for %d holds of %v", s.Time, fewest*s.hold(), fewest, s.hold())
	}
	return nil
}

// Next returns the next step of the search, which depends on the holds so far alone. ok is false when the
// search is over: no hold fits into the time, or nothing more can be learned.
func (s Search) Next(holds []Hold) (step Step, ok bool) {
	step = Step{Load: s.From, For: s.hold(), Settle: min(5*time.Second, s.hold()/3)}
	if len(holds) == 0 {
		return step, true
	}
	turns := s.turns(holds)
	if turns > 1 {
		step.For = s.lasting(holds)
	}
	last := &holds[len(holds)-1]
	step.Load = s.clamp(tried(holds, s.after(last, s.factor(holds, turns, step.For))))
	if n := len(holds); n >= 2 && !s.keptAny(holds) {
		// Two higher loads are tried before the search gives up: the lowest one may be a special case.
		if n >= 4 {
			return step, false
		}
		step.Load = s.clamp(s.whole(last.Load, last.Load*climb))
	}
	if s.tops(holds) {
		return step, false
	}
	return step, last.End+step.For <= s.Time
}

// after is the load after a hold, a factor up or down.
func (s *Search) after(h *Hold, factor float64) float64 {
	if h.Kept(s.Limit) {
		return s.whole(h.Load, h.Load*factor)
	}
	return s.whole(h.Load, h.Load/factor)
}

// tried is a load, or one that was tried already and differs from it by rounding.
func tried(holds []Hold, load float64) float64 {
	for i := range holds {
		if h := holds[i].Load; math.Abs(h/load-1) < fine/10 {
			return h
		}
	}
	return load
}

// whole is a load as near to the one wanted as users allow, but not the one before. A rate has four digits.
func (s *Search) whole(before, load float64) float64 {
	switch {
	case !s.Users:
		digits := math.Pow(10, 3-math.Floor(math.Log10(load)))
		return math.Round(load*digits) / digits
	case load > before:
		return max(before+1, math.Round(load))
	}
	return min(before-1, math.Round(load))
}

// clamp is a load within those that are tried.
func (s *Search) clamp(load float64) float64 {
	if s.Users {
		load = math.Round(load)
	}
	return min(s.To, max(s.From, load))
}

// factor is that between the last load and the next after a number of turns. A fine step grows with the root of the
// hold's length, as there are fewer of them, and what makes holds long makes the curve flat.
func (s *Search) factor(holds []Hold, turns int, hold time.Duration) float64 {
	switch turns {
	case 0:
		return climb
	case 1:
		return near
	}
	step := fine * math.Sqrt(hold.Seconds()/s.hold().Seconds())
	if h := &holds[len(holds)-1]; !h.Kept(s.Limit) {
		return math.Pow(1+step, s.back(h, math.Round(deepest*fine/step)))
	}
	return min(climb, math.Pow(1+step, s.up(holds)))
}

// back is how many fine steps the search goes back after a hold in which the claim does not hold: as many as its mean is limits.
// Where half of the holds are over the limit is not where their mean is, as few that are far over it weigh as much as many that
// are far under it; so the larger the excess, the larger the step (weighted up and down: Kaernbach, Perception & Psychophysics
// 49, 1991). Long holds have larger steps, and fewer of them at most.
func (s *Search) back(h *Hold, most float64) float64 {
	count, sum := h.sums()
	if h.Flooded || count == 0 {
		return max(1, most)
	}
	return max(1, min(most, math.Round(sum/count/s.Limit)))
}

// up is how many fine steps the search goes up after a hold in which the claim holds: one, and twice as many with each hold when it held in
// more in a row than the way back takes, as the staircase has then turned by chance far below the capacity.
func (s *Search) up(holds []Hold) float64 {
	kept := 0
	for kept < len(holds) && holds[len(holds)-1-kept].Kept(s.Limit) {
		kept++
	}
	return math.Pow(2, float64(max(0, kept-usual)))
}

// turns is how often the staircase has turned.
func (s *Search) turns(holds []Hold) (turns int) {
	up := true
	for i := range holds {
		if kept := holds[i].Kept(s.Limit); kept != up {
			up, turns = kept, turns+1
		}
	}
	return turns
}

// keptAny reports whether the claim held in any hold.
func (s *Search) keptAny(holds []Hold) bool {
	for i := range holds {
		if holds[i].Kept(s.Limit) {
			return true
		}
	}
	return false
}

// tops reports whether the claim holds at the highest load that is tried.
func (s *Search) tops(holds []Hold) bool {
	if len(holds) < topped {
		return false
	}
	for _, h := range holds[len(holds)-topped:] {
		if h.Load < s.To || !h.Kept(s.Limit) {
			return false
		}
	}
	return true
}

// lasting is how long a hold lasts: by the correlation time that is seen, and as long as may be where many holds are floods, which
// take their time to come.
func (s *Search) lasting(holds []Hold) time.Duration {
	longest := max(s.hold(), (s.Time / fewest).Truncate(time.Second))
	if s.up(holds) > 1 { // on its way, and not there
		return s.hold()
	}
	if _, _, many := s.floods(holds); many {
		return longest
	}
	wanted := time.Duration(correlated * s.correlation(holds) * float64(time.Second)).Round(time.Second)
	return max(s.hold(), min(wanted, longest))
}

// floods is how many of the fine holds were floods, and whether these are many.
func (s *Search) floods(holds []Hold) (flooded, fine int, many bool) {
	for _, h := range holds[len(holds)-s.fineHolds(holds):] {
		fine++
		if h.Flooded {
			flooded++
		}
	}
	return flooded, fine, flooded >= 2 && flooded*manyFloods > fine
}

// fineHolds are the holds from the second turn of the staircase on.
func (s *Search) fineHolds(holds []Hold) (n int) {
	for i := range holds {
		if s.turns(holds[:i+1]) > 1 {
			n++
		}
	}
	return n
}

// Flooded reports whether a hold is to be broken off: at some second of it requests are in flight that
// the load does not explain. They are explained up to four times those that the highest load with
// the claim kept had, in proportion to the load, and a second's arrivals; before there was such a load, up to 30 seconds'
// arrivals. Users wait for their answers, so they do not flood.
func (s Search) Flooded(holds []Hold, load, inFlight float64) bool {
	if s.Users {
		return false
	}
	var best *Hold
	for i := range holds {
		if h := &holds[i]; h.Kept(s.Limit) && (best == nil || h.Load > best.Load) {
			best = h
		}
	}
	if best == nil {
		return inFlight > 30*load
	}
	return inFlight > load+4*best.Busy*load/best.Load
}
