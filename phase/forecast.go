package phase

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/internal/say"
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
	// Kinds are the kinds of users, and Tasks is then nil; nil: one kind.
	Kinds []KindTasks
	// Course is that of the Kinds: see [Schedule.Follow].
	Course Course
	// Response is the typical time that a task takes; 0 if unknown.
	Response time.Duration
}

// Forecast is the predicted load of one phase at the level that it reaches.
// For arrivals and stages it is the average over the phase.
type Forecast struct {
	// Rate is in tasks per second, all users together; for sessions it is in
	// sessions per second. +Inf when nothing but the target limits it.
	Rate float64
	// Highest is Rate at the highest level or rate of the phase; 0 where the phase
	// has no stages.
	Highest float64
	// OnShare is the part of the time that a user is ON, from 0 to 1; NaN for
	// arrivals.
	OnShare float64
	// IDC is the index of dispersion of counts over long windows: variance
	// over mean of the number of tasks. Poisson has 1; +Inf and NaN are those
	// of [scenario.Load].
	IDC float64
	// CountCV is the noise of the offered load: the coefficient of variation
	// of the number of tasks in a phase of this length, sqrt(IDC/(Rate*length)).
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
	// Kinds has the figures of each kind, in the order of the kinds, in place of Pace,
	// Mix and Idle; nil in a run of one kind.
	Kinds []KindForecast
}

// KindForecast is the predicted load of one kind of users in a phase. Rate,
// OnShare, IDC, Pace, Mix, Idle and Note are those of [Forecast].
type KindForecast struct {
	Name               string
	Users              int     // at the end of the phase
	Mean               float64 // users over the phase where it has stages; else Users
	Share              float64 // of the users without a fixed count, or of the arrivals: 0 to 1
	Rate, OnShare, IDC float64
	Pace               string
	Mix                []scenario.Share
	Idle               []string
	Note               string
}

// Forecast predicts the load of phase i. It returns an error when the weights
// do not fit the tasks or when there is no pacer.
func (s Schedule) Forecast(i int, d Defaults) (Forecast, error) {
	if d.Kinds != nil {
		f, err := s.forecastKinds(i, d)
		if err != nil {
			return Forecast{}, fmt.Errorf("phase %q: %w", s[i].Name, err)
		}
		return f, nil
	}
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
		f.Rate, f.Highest, f.IDC = p.Arrivals.load(s.endOf(i) - s.Start(i))
	case pacer == nil:
		return Forecast{}, fmt.Errorf("phase %q: no pacer given", p.Name)
	default:
		one := scenario.Predict(pacer, d.Tasks, f.Mix, d.Response)
		level, highest := s.levels(i)
		f.Rate, f.OnShare, f.IDC, f.Note = one.Rate*level, one.OnShare, one.IDC, one.Note
		if p.Stages != nil {
			f.Highest = one.Rate * highest
		}
	}
	f.CountCV = countCV(f.IDC, f.Rate*p.Length().Seconds())
	return f, nil
}

// levels are the users by whom the load of phase i is predicted: those that it
// reaches, or with stages the mean, and the most.
func (s Schedule) levels(i int) (level, highest float64) {
	stages := s[i].Stages
	if stages == nil {
		return float64(s.lastLevel(i)), 0
	}
	from := float64(s.before(i))
	return stages.mean(from, s.endOf(i)-s.Start(i)), stages.Highest()
}

// load is the average and the highest rate and the dispersion of arrivals over a
// phase; the highest is 0 without stages.
func (a Arrivals) load(length time.Duration) (rate, highest, idc float64) {
	rate = a.Rate
	switch {
	case a.Stages != nil:
		rate, highest = a.Stages.mean(a.Rate, length), max(a.Rate, a.Stages.Highest())
	case a.ramped():
		rate = (a.Rate + a.RateTo) / 2
	}
	_, cv := a.gaps().Moments()
	return rate, highest, cv * cv
}

// countCV is the coefficient of variation of a count that is expected to be n.
func countCV(idc, n float64) float64 {
	if !(n > 0) {
		return math.NaN()
	}
	return math.Sqrt(idc / n)
}

func (s Schedule) forecastKinds(i int, d Defaults) (Forecast, error) {
	p, f := s[i], Forecast{}
	weights, err := p.Weights.Of(d.Kinds)
	if err != nil {
		return f, err
	}
	var plain []scenario.Kind
	for _, k := range d.Kinds {
		plain = append(plain, k.Kind)
	}
	o, err := s.order(i, plain)
	if err != nil {
		return f, err
	}
	users, on := 0.0, 0.0
	for k := range d.Kinds {
		x, highest, err := s.forecastKind(i, k, d, o, weights[k])
		if err != nil {
			return f, fmt.Errorf("kind %q: %w", x.Name, err)
		}
		f.Kinds = append(f.Kinds, x)
		if p.Arrivals == nil && x.Mean > 0 {
			f.Rate, f.IDC, f.Highest = f.Rate+x.Rate, f.IDC+float64(x.Rate*x.IDC), f.Highest+highest
			users, on = users+x.Mean, on+float64(x.Mean*x.OnShare)
			f.Note = cmp.Or(f.Note, x.Note)
		}
	}
	if f.OnShare = on / users; users == 0 {
		f.OnShare = math.NaN()
	}
	if f.IDC /= f.Rate; f.Rate == 0 {
		f.IDC = 0
	}
	if p.Arrivals != nil {
		f.OnShare = math.NaN()
		f.Rate, f.Highest, f.IDC = p.Arrivals.load(s.endOf(i) - s.Start(i))
		for k := range f.Kinds {
			f.Kinds[k].Rate, f.Kinds[k].IDC = float64(f.Rate*f.Kinds[k].Share), math.NaN()
		}
		if p.Arrivals.Spacing != Even && !p.Arrivals.Apart {
			f.Note = "the kinds take turns by their shares, so each arrives more evenly than all of them together; with Arrivals.Apart each has the whole spacing"
		}
	}
	f.CountCV = countCV(f.IDC, f.Rate*p.Length().Seconds())
	return f, nil
}

// forecastKind predicts the load of kind k in phase i, by its users; highest is its Rate at the highest level of stages.
func (s Schedule) forecastKind(i, k int, d Defaults, o *Order, weights Weights) (x KindForecast, highest float64, err error) {
	p, kind := s[i], d.Kinds[k]
	x = KindForecast{Name: kind.Name, Users: d.Course.Users[i][k], Share: o.Share(k), OnShare: math.NaN()}
	dispatcher, err := scenario.NewDispatcher(kind.Tasks, weights)
	if err != nil {
		return x, 0, err
	}
	x.Mix, x.Idle = dispatcher.Shares(), dispatcher.Idle()
	pacer := p.PaceOf(kind.Kind, d.Pace)
	if pacer == nil {
		return x, 0, errors.New("no pacer given")
	}
	if p.Arrivals == nil || p.Arrivals.Session {
		x.Pace = pacer.String()
	}
	most := 0.0
	if x.Mean = float64(x.Users); p.Stages != nil {
		level, top := s.levels(i)
		x.Mean, most = o.part(k, kind.Kind, level), o.part(k, kind.Kind, top)
	}
	switch {
	case p.Arrivals != nil:
	case x.Mean > 0:
		one := scenario.Predict(pacer, kind.Tasks, x.Mix, d.Response)
		x.Rate, x.OnShare, x.IDC, x.Note = float64(one.Rate*x.Mean), one.OnShare, one.IDC, one.Note
		if p.Stages != nil {
			highest = float64(one.Rate * most)
		}
	case x.Share > 0 && kind.Count == 0 && p.Most() > 0 && p.Stages == nil:
		x.Note = fmt.Sprintf("no user at this level, one from %s on", say.Plural(firstLevel(o, k), "user"))
	}
	return x, highest, nil
}

// part is how many users of a kind a level has on average.
func (o *Order) part(k int, kind scenario.Kind, level float64) float64 {
	fixed := float64(o.Fixed())
	switch {
	case kind.Count > 0:
		return float64(float64(kind.Count) * min(1, level/fixed))
	case level > fixed:
		return float64(o.Share(k) * (level - fixed))
	}
	return 0
}

// firstLevel is the lowest level with a user of a kind that has a share. The
// search ends: no kind waits for longer than twice what its share wants.
func firstLevel(o *Order, kind int) int {
	for n := 1; n < mostSearched; n++ {
		if o.Kind(n) == kind {
			return n
		}
	}
	return mostSearched
}

// mostSearched bounds the search for the first user of a kind.
const mostSearched = 1 << 20
