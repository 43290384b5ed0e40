package claim

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// mostWorst is how many of the worst operations a result names.
const mostWorst = 3

// blame names the operations that are worst by the metric.
func (j *judgement) blame(rows []report.Operation) []string {
	if j.claim.Metric == effect.Failures {
		return j.reasons()
	}
	if j.claim.Op != (report.Op{}) || !isTime(j.claim.Metric) {
		return nil
	}
	var total int64
	worst := slices.Clone(rows)
	for i := range rows {
		if rows[i].Name == report.Aggregated && rows[i].Method == "" {
			total = rows[i].Requests
		}
	}
	worst = slices.DeleteFunc(worst, func(o report.Operation) bool {
		return o.Requests == 0 || o.Name == report.Aggregated && o.Method == ""
	})
	slices.SortStableFunc(worst, func(a, b report.Operation) int {
		return cmp.Compare(valueOf(&b, j.claim.Metric, j.claim.Limit.Unit), valueOf(&a, j.claim.Metric, j.claim.Limit.Unit))
	})
	var out []string
	for _, o := range worst[:min(len(worst), mostWorst)] {
		out = append(out, fmt.Sprintf("%s %s (%s of the requests)", o.Op(), j.value(valueOf(&o, j.claim.Metric, j.claim.Limit.Unit)), say.Part(o.Requests, total)))
	}
	return out
}

// reasons names the most frequent failures of what the claim is about.
func (j *judgement) reasons() (out []string) {
	all, about := j.sum.Failures, []report.Failure(nil)
	if j.noun() == "transaction" {
		all = j.sum.TransactionFailures
	}
	for _, f := range all {
		op := f.Op()
		if (j.claim.Op == (report.Op{}) || op.String() == j.claim.Op.String() || j.claim.Op.Covers(op)) && (j.claim.Phase == "" || j.means(f.Phase)) {
			f.Phase = ""
			about = append(about, f)
		}
	}
	about = report.MergeFailures(about)
	slices.SortStableFunc(about, func(a, b report.Failure) int { return cmp.Compare(b.Occurrences, a.Occurrences) })
	for _, f := range about[:min(len(about), mostWorst)] {
		out = append(out, fmt.Sprintf("%s %s (%s)", f.Op(), f.Reason, say.Count(f.Occurrences)))
	}
	return out
}

// means reports whether the claim's phase is, or includes, a phase.
func (j *judgement) means(phase string) bool {
	return slices.ContainsFunc(find(j.phases, j.claim.Phase), func(i int) bool { return j.phases[i].Name == phase })
}

// changes names the operations whose change is worst.
func (j *judgement) changes(r *effect.Report) (out []string) {
	if j.claim.Op != (report.Op{}) {
		return nil
	}
	known := slices.DeleteFunc(slices.Clone(j.factor(r)), func(e effect.Effect) bool {
		return e.Name == report.Aggregated || j.inUnit(&e) == nil
	})
	slices.SortStableFunc(known, func(a, b effect.Effect) int {
		x, y := j.inUnit(&a).Estimate, j.inUnit(&b).Estimate
		if !j.claim.Is.isUpper() {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(y, x)
	})
	for _, e := range known[:min(len(known), mostWorst)] {
		out = append(out, fmt.Sprintf("%s %s", e.Op(), j.claim.Limit.Unit.change(j.inUnit(&e).Estimate)))
	}
	return out
}
