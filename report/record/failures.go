package record

import (
	"cmp"
	"slices"

	"github.com/gensim/load-generator/report"
)

// merge adds a reason of another Recorder.
func (f *failed) merge(t reasonTally) {
	for i := range f.reasons {
		if r := &f.reasons[i]; r.reason == t.reason {
			r.n, r.first, r.last = r.n+t.n, min(r.first, t.first), max(r.last, t.last)
			return
		}
	}
	f.reasons = append(f.reasons, t)
}

// failures lists the reasons, the most frequent first; merged makes one row of an operation's
// reason in all phases.
func (r *Recorder) failures(f *store, merged bool) []report.Failure {
	ops, reasons, out := r.ops.all(), r.reasons.all(), []report.Failure{}
	for i, p := range f.phases {
		for op, c := range p.cells {
			if c == nil || c.failed == nil {
				continue
			}
			for _, n := range c.failed.reasons {
				x := report.Failure{
					Kind: ops[op].Kind, Method: ops[op].Method, Name: ops[op].Name, Phase: r.phases[i].Name, Reason: reasons[n.reason],
					Occurrences: n.n, FirstS: secondsOf(n.first), LastS: secondsOf(n.last),
				}
				if merged {
					x.Phase = ""
				}
				out = append(out, x)
			}
		}
	}
	out = report.MergeFailures(out)
	slices.SortStableFunc(out, func(a, b report.Failure) int {
		return cmp.Or(cmp.Compare(b.Occurrences, a.Occurrences), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Method, b.Method), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}
