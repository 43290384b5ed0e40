package phase

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/scenario"
)

// Defaults is what a phase takes from the runner when it says nothing itself,
// and what a prediction needs to know.
type Defaults struct {
	// Pace is the runner's pacer; it may be nil when every phase has its own
	// or has arrivals.
	Pace scenario.Pacer
	// Tasks are the tasks of a user.
	Tasks []scenario.Task
	// Response is the typical time that a task takes; 0 if unknown.
	Response time.Duration
}

// Forecast is the predicted load of one phase at the level that it reaches.
// For arrivals it is the average over the phase.
type Forecast struct {
	// Rate is in tasks per second, all users together; for sessions it is in
	// sessions per second. +Inf when nothing but the target limits it.
	Rate float64
	// OnShare is the part of the time that a user is ON, from 0 to 1; NaN for
	// arrivals.
	OnShare float64
	// IDC is the index of dispersion of counts over long windows: variance
	// over mean of the number of tasks. Poisson has 1; +Inf and NaN are those
	// of [scenario.Load].
	IDC float64
	// CountCV is the noise of the offered load: the coefficient of variation
	// of the number of tasks in a phase of this length, sqrt(IDC/(Rate*For)).
	// NaN when the phase has no end or no load, or when IDC is.
	CountCV float64
	// Pace describes the pacer; empty for arrivals of single tasks.
	Pace string
	// Mix is the effective share of each task, in the order of the tasks.
	Mix []scenario.Share
	// Idle are the tasks that do not run in the phase, in the order of the
	// tasks.
	Idle []string
	// Note says what the figures leave out; empty if nothing.
	Note string
}

// Forecast predicts the load of phase i. It returns an error when the weights
// do not fit the tasks or when there is no pacer.
func (s Schedule) Forecast(i int, d Defaults) (Forecast, error) {
	p := s[i]
	dispatcher, err := scenario.NewDispatcher(d.Tasks, p.Weights)
	if err != nil {
		return Forecast{}, fmt.Errorf("phase %q: %w", p.Name, err)
	}
	f := Forecast{OnShare: math.NaN(), Mix: dispatcher.Shares(), Idle: dispatcher.Idle()}
	pacer := cmp.Or(p.Pace, d.Pace)
	if pacer != nil && (p.Arrivals == nil || p.Arrivals.Session) {
		f.Pace = pacer.String()
	}
	switch {
	case p.Arrivals != nil:
		f.Rate, f.IDC = p.Arrivals.load(p.For)
	case pacer == nil:
		return Forecast{}, fmt.Errorf("phase %q: no pacer given", p.Name)
	default:
		one := pacer.Load(d.Response)
		f.Rate, f.OnShare, f.IDC, f.Note = one.Rate*float64(s.lastLevel(i)), one.OnShare, one.IDC, one.Note
	}
	f.CountCV = countCV(f.IDC, f.Rate*p.For.Seconds())
	return f, nil
}

// load is the average rate and the dispersion of arrivals over a phase.
func (a Arrivals) load(length time.Duration) (rate, idc float64) {
	rate = a.Rate
	if a.ramped() {
		rate = (a.Rate + a.RateTo) / 2
	}
	_, cv := a.gaps().Moments()
	return rate, cv * cv
}

// countCV is the coefficient of variation of a count that is expected to be n.
func countCV(idc, n float64) float64 {
	if !(n > 0) {
		return math.NaN()
	}
	return math.Sqrt(idc / n)
}
