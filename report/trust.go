package report

import (
	"time"

	"github.com/gensim/load-generator/report/hist"
)

// Grade says how far the generator's own lag spoils a figure.
type Grade string

// The grades of a percentile ([Rating]) are Trusted, Doubtful and NotMeasured; those of the generator's
// health ([Health.Lag]) are OnTime, Doubtful and TooLate. Empty: nothing to grade.
const (
	Trusted     Grade = "ok"
	Doubtful    Grade = "doubtful"
	NotMeasured Grade = "not measured"
	OnTime      Grade = "on time"  // the lag moves no percentile
	TooLate     Grade = "too late" // p95, or what there is instead of it, shows the generator and not the target
)

// Rating says how far a reported percentile p may be believed.
//
// Let a be the share of wake-ups later than 5 % of the reported value. Then the value lies between the
// true (p-a)- and (p+a)-quantiles, up to 5 % in value. Trusted: a <= (1-p)/10. Doubtful: a <= (1-p)/2. Else
// not measured.
type Rating struct {
	Grade     Grade   `json:"verdict,omitempty"`    // "" without requests
	LateShare float64 `json:"late_share,omitempty"` // a, 0..1
	// Low and High bracket the percentile, ms, where it is not trusted.
	Low  Millis `json:"low,omitempty"`
	High Millis `json:"high,omitempty"`
	// LowerBound: more than (1-p)/10 of the requests were cut by the end of the run, or are in flight
	// and have waited longer than the percentile, so the true one may be higher.
	LowerBound bool `json:"lower_bound,omitempty"`
}

// enoughSlower is how many requests must be slower than a percentile for it to say something of the target and not of chance.
const enoughSlower = 10

// Signs returns what tables put before the p-quantile of some requests and after it: > for a lower bound, ~ for a doubtful
// one, ? for one that was not measured, and * where fewer than 10 requests were slower. What lies among the failures has no time
// that could be a lower bound or of too few.
func (r Rating) Signs(p float64, v Millis, requests int64) (before, after string) {
	if r.LowerBound && v.IsFinite() {
		before = ">"
	}
	switch r.Grade {
	case Doubtful:
		after = "~"
	case NotMeasured:
		after = "?"
	}
	if slower := (1 - p) * float64(requests); requests > 0 && v.IsFinite() && slower < enoughSlower-1e-6 { // 1-p is not exact
		after += "*"
	}
	return before, after
}

// Marked formats the p-quantile of some requests in ms, with its signs.
func (r Rating) Marked(p float64, v Millis, requests int64) string {
	before, after := r.Signs(p, v, requests)
	return before + v.Text(requests) + after
}

// Trust holds the verdicts of the percentiles of one operation's response time.
type Trust struct {
	P50  Rating `json:"p50"`
	P95  Rating `json:"p95"`
	P99  Rating `json:"p99"`
	P999 Rating `json:"p999"`
}

// Marked formats p50, p95, p99 and p99.9 of some requests in ms, each with its signs.
func (t *Trust) Marked(f *Figures, requests int64) [4]string {
	return [4]string{
		t.P50.Marked(.5, f.P50, requests), t.P95.Marked(.95, f.P95, requests), t.P99.Marked(.99, f.P99, requests), t.P999.Marked(.999, f.P999, requests),
	}
}

// TrustGiven judges the percentiles of the response time by the wake lag of the phase. The lag
// of wake-ups stands for that of all requests, though later requests of a task have none: the
// verdict errs to the safe side.
func (t *Times) TrustGiven(late *hist.Sketch) Trust {
	_, trust := t.judged(late)
	return trust
}

// judged returns the figures of the response times, and how far their percentiles may be believed.
func (t *Times) judged(late *hist.Sketch) (f Figures, trust Trust) {
	f = figuresOf(t.Response, t.Failed, t.Cut)
	judge := func(p float64, value *Millis, to *Rating) {
		ranked, n, atLeast := t.ranked(p)
		if n == 0 {
			return
		}
		if t.Waiting.Count() > 0 {
			*value = inMillis(ranked.QuantileOf(n, p))
		}
		*to = lagVerdict(ranked, n, p, value.Duration(), late)
		to.LowerBound = float64(atLeast) > (1-p)/10*float64(n)
	}
	judge(.5, &f.P50, &trust.P50)
	judge(.95, &f.P95, &trust.P95)
	judge(.99, &f.P99, &trust.P99)
	judge(.999, &f.P999, &trust.P999)
	return f, trust
}

// lagVerdict is the verdict on the p-quantile of n requests of which ranked holds the smallest, and which is value.
func lagVerdict(ranked *hist.Sketch, n uint64, p float64, value time.Duration, late *hist.Sketch) Rating {
	a := lateShare(late, value)
	v := Rating{Grade: Trusted, LateShare: a}
	switch {
	case a <= (1-p)/10:
		return v
	case a <= (1-p)/2:
		v.Grade = Doubtful
	default:
		v.Grade = NotMeasured
	}
	v.Low, v.High = inMillis(ranked.QuantileOf(n, p-a)), inMillis(ranked.QuantileOf(n, min(1, p+a)))
	return v
}

// lateShare returns the share of wake-ups later than 5 % of a reported value.
func lateShare(late *hist.Sketch, value time.Duration) float64 {
	if late.Count() == 0 || value == hist.Beyond {
		return 0
	}
	return late.CountAbove(value/20) / float64(late.Count())
}
