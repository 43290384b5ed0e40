package report

import (
	"encoding/json"
	"math"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/hist"
)

// Millis is a time in milliseconds. +Inf means that there is no finite value, because there was no
// request or the quantile lies among the failures; its JSON form is null.
type Millis float64

// NoValue is the Millis without a finite value.
var NoValue = Millis(math.Inf(1))

// IsFinite says whether there is a value.
func (m Millis) IsFinite() bool { return !math.IsInf(float64(m), 0) && !math.IsNaN(float64(m)) }

// Duration returns m rounded to the nanosecond; the longest one for +Inf.
func (m Millis) Duration() time.Duration {
	if ns := math.Round(float64(m) * 1e6); ns < math.MaxInt64 {
		return time.Duration(ns)
	}
	return hist.Beyond
}

// MarshalJSON writes null where there is no finite value.
func (m Millis) MarshalJSON() ([]byte, error) {
	if !m.IsFinite() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(m))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Millis) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*m = NoValue
		return nil
	}
	return json.Unmarshal(data, (*float64)(m))
}

// Text formats a percentile of some requests, or of none, in ms: "failed" where it lies among the failures.
func (m Millis) Text(requests int64) string {
	switch {
	case m.IsFinite():
		return say.Number(float64(m))
	case requests > 0:
		return "failed"
	}
	return say.None
}

// SuccessText formats a minimum, mean or maximum of some requests in ms, which only successes have.
func (m Millis) SuccessText(requests int64) string {
	if requests > 0 && !m.IsFinite() {
		return "no success"
	}
	return m.Text(requests)
}

// inMillis converts a duration; hist.Beyond becomes +Inf.
func inMillis(d time.Duration) Millis {
	if d == hist.Beyond {
		return NoValue
	}
	return Millis(float64(d) / 1e6)
}

// Figures are the figures of one kind of time, in ms. Min, Mean and Max are those of the successes,
// and exact: a request that fails at once is not a fast one. Without a success they are +Inf, for
// "no success". A percentile counts failures as slower than every success, so it may be +Inf;
// requests that the end of the run cut count with the time they had taken till then.
type Figures struct {
	Min  Millis `json:"min"`
	Mean Millis `json:"mean"`
	P50  Millis `json:"p50"`
	P95  Millis `json:"p95"`
	P99  Millis `json:"p99"`
	P999 Millis `json:"p999"`
	Max  Millis `json:"max"`
}

// NoFigures returns the figures of no request.
func NoFigures() Figures {
	return Figures{NoValue, NoValue, NoValue, NoValue, NoValue, NoValue, NoValue}
}

// headline are the percentiles of Figures.
var headline = []float64{.5, .95, .99, .999}

// figuresOf returns the figures of successes, failures and cut requests; each may be nil.
func figuresOf(ok, bad, cut *hist.Sketch) Figures {
	out := NoFigures()
	if n := ok.Count() + bad.Count() + cut.Count(); n > 0 {
		var at [4]time.Duration
		withCut(ok, cut).QuantilesOf(n, headline, at[:])
		out.setPercentiles(at)
	}
	out.setSpread(ok)
	return out
}

// setSpread sets minimum, mean and maximum to those of the successes.
func (f *Figures) setSpread(ok *hist.Sketch) {
	f.Min, f.Mean, f.Max = NoValue, NoValue, NoValue
	if ok.Count() > 0 {
		f.Min, f.Mean, f.Max = inMillis(ok.Min()), inMillis(ok.Mean()), inMillis(ok.Max())
	}
}

// Timed are minimum, mean and maximum of all response times, in ms, where a failure counts with the
// time it took, as if it were an answer. Only what speaks Locust's language shows them. +Inf without
// a request.
type Timed struct{ Min, Mean, Max Millis }

// FiguresIn returns the figures of n requests of which d holds the successes, and leaves d empty.
// Minimum, mean and maximum are those of the successes, to half a bucket.
func FiguresIn(d *hist.Dense, n uint64) Figures {
	out, at := Figures{}, [4]time.Duration{}
	low, mean, high := d.Take(n, headline, at[:])
	out.Min, out.Mean, out.Max = inMillis(low), inMillis(mean), inMillis(high)
	out.setPercentiles(at)
	return out
}

// setPercentiles sets the quantiles of headline.
func (f *Figures) setPercentiles(at [4]time.Duration) {
	f.P50, f.P95, f.P99, f.P999 = inMillis(at[0]), inMillis(at[1]), inMillis(at[2]), inMillis(at[3])
}

// Lag is the generator's wake lag, woken - intended, in ms.
type Lag struct {
	P50 Millis `json:"p50"`
	P99 Millis `json:"p99"`
	Max Millis `json:"max"`
}

// LagOf returns the figures of a histogram of wake lags.
func LagOf(s *hist.Sketch) Lag {
	if s.Count() == 0 {
		return Lag{NoValue, NoValue, NoValue}
	}
	return Lag{inMillis(s.Quantile(.5)), inMillis(s.Quantile(.99)), inMillis(s.Max())}
}
