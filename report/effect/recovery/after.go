package recovery

import (
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// After measures how a quantile of the response time (p95 for another metric), the failures and the throughput came
// back in the phase that follows the intervention of a run; nil if r is nil or there is no such phase.
func After(run *report.Summary, r *effect.Report, latency effect.Metric) (results []*Result, after *report.PhaseSummary) {
	if r == nil || r.Design != effect.AB && r.Design != effect.ABA {
		return nil, nil
	}
	for i := 1; i < len(run.Phases); i++ {
		if run.Phases[i-1].Name == r.Intervention.Phases[0] && run.Phases[i].Name != r.Baseline.Phases[0] {
			after = &run.Phases[i]
		}
	}
	if after == nil {
		return nil, nil
	}
	if _, ok := latency.Quantile(); !ok {
		latency = effect.P95
	}
	for _, m := range []effect.Metric{latency, effect.Failures, effect.Throughput} {
		x, err := Analyze(effect.Phase{Run: run, Name: r.Baseline.Phases[0]}, effect.Phase{Run: run, Name: after.Name}, Options{Metric: m, Op: r.Primary().Op(), Seed: run.Seed})
		if err == nil {
			results = append(results, x)
		}
	}
	return results, after
}
