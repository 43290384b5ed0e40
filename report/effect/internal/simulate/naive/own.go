package naive

import (
	"math"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// OwnVariances is the interval of package effect at 95 % if each phase kept the variance of just its ranks, which is what
// the method did at first; false where the package gives none.
func OwnVariances(run *report.Summary, baseline, intervention string, p float64) (Interval, bool) {
	phases, err := series.Open(0, series.Ref{Run: run, Name: baseline}, series.Ref{Run: run, Name: intervention})
	if err != nil {
		panic(err) // the phases are there
	}
	var estimates []*series.Estimate
	for _, phase := range phases {
		x := phase.Window(series.All)
		if phase.Unsettled() != "" || x.IsShort() {
			return Interval{}, false
		}
		estimates = append(estimates, series.Quantile(x, p, ""))
	}
	nu := stats.Guard(&estimates[0].Powers, &estimates[1].Powers).Cosines
	terms := make([]stats.Term, len(phases))
	for i, e := range estimates {
		low, high, why := e.Limits(stats.TwoSided(.95, float64(nu))*math.Sqrt(e.Variance(nu)), .95)
		if why != "" {
			return Interval{}, false
		}
		terms[i] = stats.Term{Weight: float64(2*i - 1), Value: e.Value, Low: low, High: high}
	}
	v := stats.Combine(stats.LogTerms(terms))
	return Interval{v.Low, v.High}, true
}
