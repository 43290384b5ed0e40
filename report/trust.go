package report

import (
	"time"

	"github.com/gensim/load-generator/report/hist"
)

// Whether the generator's own lateness leaves a percentile standing.
const (
	OK          = "ok"
	Doubtful    = "doubtful"
	NotMeasured = "not measured"
)

// Verdict says how far a reported percentile p may be believed.
//
// Let a be the share of wake-ups later than 5 % of the reported value. Then the value lies between the
// true (p-a)- and (p+a)-quantiles, up to 5 % in value. OK: a <= (1-p)/10. Doubtful: a <= (1-p)/2. Else
// not measured.
type Verdict struct {
	Verdict   string  `json:"verdict,omitempty"`    // "" without requests
	LateShare float64 `json:"late_share,omitempty"` // a, 0..1
	// Low and High bracket the percentile, ms, where the verdict is not ok.
	Low  Millis `json:"low,omitempty"`
	High Millis `json:"high,omitempty"`
	// LowerBound: more than (1-p)/10 of the requests were cut by the end of the run, or are in flight
	// and have waited longer than the percentile, so the true one may be higher.
	LowerBound bool `json:"lower_bound,omitempty"`
}

// Trust holds the verdicts of the percentiles of one operation's response time.
type Trust struct {
	P50  Verdict `json:"p50"`
	P95  Verdict `json:"p95"`
	P99  Verdict `json:"p99"`
	P999 Verdict `json:"p999"`
}

// TrustGiven judges the percentiles of the response time by the wake lag of the phase. The lag
// of wake-ups stands for that of all requests, though later requests of a task have none: the
// verdict errs to the safe side.
func (t *Times) TrustGiven(late *hist.Sketch) Trust {
	judge := func(p float64) Verdict {
		ranked, n, atLeast := t.ranked(p)
		if n == 0 {
			return Verdict{}
		}
		v := lagVerdict(ranked, n, p, late)
		v.LowerBound = float64(atLeast) > (1-p)/10*float64(n)
		return v
	}
	return Trust{judge(.5), judge(.95), judge(.99), judge(.999)}
}

// lagVerdict is the verdict on the p-quantile of n requests of which ranked holds the smallest.
func lagVerdict(ranked *hist.Sketch, n uint64, p float64, late *hist.Sketch) Verdict {
	a := lateShare(late, ranked.QuantileOf(n, p))
	v := Verdict{Verdict: OK, LateShare: a}
	switch {
	case a <= (1-p)/10:
		return v
	case a <= (1-p)/2:
		v.Verdict = Doubtful
	default:
		v.Verdict = NotMeasured
	}
	v.Low, v.High = millis(ranked.QuantileOf(n, p-a)), millis(ranked.QuantileOf(n, min(1, p+a)))
	return v
}

// lateShare returns the share of wake-ups later than 5 % of a reported value.
func lateShare(late *hist.Sketch, value time.Duration) float64 {
	if late.Count() == 0 || value == hist.Beyond {
		return 0
	}
	return late.CountAbove(value/20) / float64(late.Count())
}
