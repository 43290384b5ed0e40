package record

import (
	"cmp"
	"slices"

	"github.com/gensim/load-generator/report"
)

// failures lists the reasons, the most frequent first; merged makes one row of an operation's
// reason in all phases.
func (r *Recorder) failures(f *store, merged bool) []report.Failure {
	type key struct {
		phase  string
		op     uint16
		reason uint16
	}
	ops, reasons := r.ops.all(), r.reasons.all()
	at, out := make(map[key]int), []report.Failure{}
	for i, p := range f.phases {
		name := r.phases[i].Name
		if merged {
			name = ""
		}
		p.eachReason(func(op uint16, n reasonTally) {
			k := key{name, op, n.reason}
			if _, ok := at[k]; !ok {
				at[k] = len(out)
				out = append(out, report.Failure{
					Method: ops[op].Method, Name: ops[op].Name, Phase: name, Reason: reasons[n.reason],
					FirstS: secondsOf(n.first), LastS: secondsOf(n.last),
				})
			}
			addReason(&out[at[k]], n)
		})
	}
	slices.SortStableFunc(out, byOccurrences)
	return out
}

// byOccurrences puts the most frequent failure first.
func byOccurrences(a, b report.Failure) int {
	return cmp.Or(cmp.Compare(b.Occurrences, a.Occurrences), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Method, b.Method), cmp.Compare(a.Reason, b.Reason))
}

// addReason adds the count of one phase.
func addReason(x *report.Failure, n reasonTally) {
	x.Occurrences += n.n
	x.FirstS, x.LastS = min(x.FirstS, secondsOf(n.first)), max(x.LastS, secondsOf(n.last))
}

// eachReason calls do with every reason of every operation.
func (p *phaseStore) eachReason(do func(op uint16, n reasonTally)) {
	for op, c := range p.cells {
		if c == nil || c.failed == nil {
			continue
		}
		for _, n := range c.failed.reasons {
			do(uint16(op), n)
		}
	}
}
