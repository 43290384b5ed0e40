package recovery

import (
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Options set what is followed after a disruption. The zero value follows p95 of all
// operations together.
type Options struct {
	// Metric is P95 (or another quantile), Failures or Throughput; "": P95.
	Metric effect.Metric
	// Op is the operation; zero: all of them together.
	Op report.Op
	// Tolerance is how far from the baseline counts as recovered, relative; 0: .10.
	Tolerance float64
	// Resamples is how many resampled runs the interval stands on; 0: 400.
	Resamples int
	// Seed is that of the resamples. The same seed gives the same interval.
	Seed uint64
}

// The times in the definition of recovery, s.
const (
	holdSeconds    = 10.0 // how long the figure has to stay inside the band
	rollingSeconds = 5.0  // over which it is averaged
	blockSeconds   = 12.0 // of noise that are resampled together
)

// LeastBaseline is how long the baseline of a recovery must last after ramp and settling.
const LeastBaseline = 120 * time.Second

// Result is how long a figure took to come back after a disruption.
type Result struct {
	Kind   string        `json:"kind,omitempty"`
	Method string        `json:"method"`
	Name   string        `json:"name"`
	Metric effect.Metric `json:"metric"`
	// Recovered reports whether the figure came back before the phase ended.
	Recovered bool `json:"recovered"`
	// AfterS is the time from the end of the disruption to the start of the first 10 s during which
	// the 5-s mean stays inside the band; where not Recovered, the length of the phase.
	AfterS float64 `json:"after_s"`
	// LowS and HighS are the limits of the 95 % interval, s; HighS is +Inf (JSON null) where the
	// resampled runs did not recover either.
	LowS  float64 `json:"low_s"`
	HighS float64 `json:"high_s"`
	// Baseline is the usual figure and Band the one that counts as recovered: ms, share or
	// requests per second.
	Baseline float64 `json:"baseline"`
	Band     float64 `json:"band"`
	// HorizonS is how long the phase after the disruption is, s.
	HorizonS float64 `json:"horizon_s"`
	// Relapses are the times after the recovery in which the figure left the band again for 5 s or
	// more, reached twice as far from the baseline as the band does, and went further than the noise
	// of the baseline takes it in 99 of 100 cases.
	Relapses []Relapse `json:"relapses,omitempty"`
	// Stayed is how the end of the phase compares with the baseline, where the figure Recovered; nil: that is not known.
	Stayed *Stayed `json:"stayed,omitempty"`
	// ExcessRequests are those slower than the baseline's quantile beyond what the baseline has, or
	// failed, or missing, over the whole phase after the disruption: a size that needs no band.
	ExcessRequests float64 `json:"excess_requests"`
	// Lost is the larger of the parts of their load, 0..1, that both phases lost with workers; they are 0.5 points
	// apart at most.
	Lost float64 `json:"lost,omitempty"`
	// Reason says why there is no answer; "": there is one.
	Reason string `json:"reason,omitempty"`
}

// Relapse is an excursion out of the band after the recovery. Offsets count from the end of the
// disruption.
type Relapse struct {
	FromS float64 `json:"from_s"`
	ToS   float64 `json:"to_s"`
	Worst float64 `json:"worst"` // the worst 5-s mean: ms, share or requests per second
}

// Analyze measures how long a figure took to come back after a disruption. baseline is a phase
// before it and after the phase that begins when the disruption ends.
//
// Let y be ln of the per-second quantile (of the share, or of the rate, for the other metrics). The
// band is the worse of baseline times 1.10 and the 97.5 % point of the baseline's own 5-s means of y, so
// that noise is not taken for a disruption. The interval comes from resampled runs: a monotone fit to y after the
// disruption plus 12-s blocks of the baseline's residuals, with the band from a resampled baseline; 2.5 and 97.5 % points of the
// times. An error means that the question cannot be asked: no such phase or operation, or an option out of range.
func Analyze(baseline, after effect.Phase, o Options) (*Result, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	in, err := series.Open(0, series.Ref(baseline), series.Ref(after))
	if err != nil {
		return nil, err
	}
	if err := series.CheckOp(o.Op, series.Operations(in, o.Op)); err != nil {
		return nil, err
	}
	in[1].From, in[1].End = in[1].Summary.StartS, in[1].Summary.EndS // recovery is what happens before things have settled
	r := &Result{Kind: o.Op.Kind, Method: o.Op.Method, Name: o.Op.Name, Metric: o.Metric}
	if r.Reason = series.Disturbed("phase "+baseline.Name, in[:1], "phase "+after.Name, in[1:]); r.Reason != "" {
		r.HorizonS = in[1].Window(o.Op).Seconds()
		return r, nil
	}
	r.Lost = max(in[0].Summary.LostShare(), in[1].Summary.LostShare())
	r.measure(in[0].Window(o.Op), in[1].Window(o.Op), &o)
	if r.Recovered {
		r.Stayed = endOf(baseline, after, r.AfterS, &o)
	}
	return r, nil
}

// fill checks the options and puts the defaults in place.
func (o *Options) fill() error {
	if o.Metric == "" {
		o.Metric = effect.P95
	}
	m, err := effect.ParseMetric(string(o.Metric))
	if err != nil {
		return err
	}
	if _, ok := m.Quantile(); !ok && m != effect.Failures && m != effect.Throughput {
		return fmt.Errorf("recovery of %q; want a quantile, failures or throughput", m)
	}
	if !(o.Tolerance >= 0 && o.Tolerance < 10) {
		return fmt.Errorf("tolerance %g; want 0 (0.10) up to 10", o.Tolerance)
	}
	o.Metric = m
	if o.Tolerance == 0 {
		o.Tolerance = .10
	}
	if o.Resamples < 1 {
		o.Resamples = 400
	}
	if o.Op == (report.Op{}) {
		o.Op = series.All
	}
	return nil
}

// measure fills in the figures of the result.
func (r *Result) measure(before, after *series.Window, o *Options) {
	r.HorizonS = after.Seconds()
	if r.Reason = unmeasurable(before, after); r.Reason != "" {
		return
	}
	f := newFigure(o.Metric, before.Width)
	base, tail := f.series(before), f.series(after)
	usual, why := f.withoutFailed(base, before.Phase)
	if r.Reason = why; why != "" {
		return
	}
	b := bandOf(f.rolling(usual), usual, f.slack(usual, o.Tolerance))
	means := f.rolling(tail)
	at := f.recovered(means, b.level)
	if after.AllFailed() {
		at = -1
	}
	r.Recovered, r.AfterS = at >= 0, f.seconds(at, len(tail))
	r.Baseline, r.Band = f.fromScale(b.centre), f.fromScale(b.level)
	r.ExcessRequests = f.excess(before, after)
	if r.Recovered {
		r.Relapses = f.relapses(means, at, b, f.noiseArea(usual, base, len(tail)-at, o))
	}
	if len(r.Relapses) > 0 { // a curve that only falls cannot follow the series further than that
		tail = tail[:f.span(r.Relapses[0].FromS)]
	}
	low, high := f.interval(usual, tail, o)
	r.LowS, r.HighS = min(low, r.AfterS), max(high, r.AfterS)
	if !r.Recovered {
		r.HighS = math.Inf(1)
	}
}

// unmeasurable says why there is no recovery time; "": there is one.
func unmeasurable(before, after *series.Window) string {
	switch {
	case before.Seconds() < LeastBaseline.Seconds():
		return fmt.Sprintf("phase %s has %s usable seconds; recovery needs %s s of baseline", before.Phase, say.Count(before.Seconds()), say.Number(LeastBaseline.Seconds()))
	case before.Requests == 0:
		return before.NoRequest()
	case before.AllFailed():
		return before.NoSuccess()
	case after.Seconds() < holdSeconds:
		return fmt.Sprintf("phase %s has %s seconds; it takes %s to see a recovery", after.Phase, say.Count(after.Seconds()), say.Number(holdSeconds))
	case before.Width > rollingSeconds || after.Width != before.Width:
		return "the intervals of this run have been merged and are too long to see a recovery"
	}
	return ""
}
