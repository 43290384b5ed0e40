package effect

import (
	"fmt"
	"slices"

	"github.com/gensim/load-generator/internal/say"
)

// A failure has no time of its own, so the mean is that of the successes. But failures count as slower than every success:
// an arm that fails more has lost its slowest requests, and its mean looks better than it is. So a verdict on the mean
// must be the same with as many of the slowest left out of every phase. Where it is not, who is missing decides, and there
// is no verdict.

// survivors is the share of requests that succeeded in the phase where fewest did.
func survivors(phases ...*stretch) float64 {
	least := 1.0
	for _, x := range phases {
		least = min(least, x.successes()/x.requests)
	}
	return least
}

// fastest returns the mean time of the fastest share of all requests, ms; all of them succeeded.
func (x *stretch) fastest(share float64) float64 {
	most, n, total := share*x.requests, 0.0, 0.0
	for i, k := range x.pool {
		k = min(k, most-n)
		n, total = n+k, total+k*middle(x.base+i)
	}
	return total / n * msPerNS
}

// holdUp takes back a verdict on the mean that hangs on how many failed.
func (e *Effect) holdUp(arms []arm, terms []term) {
	var phases []*stretch
	var failed [2]float64
	for _, a := range arms {
		phases = append(phases, a.x)
		if a.weight < 0 {
			failed[0] += a.x.failures
		} else {
			failed[1] += a.x.failures
		}
	}
	share, fair, other := survivors(phases...), slices.Clone(terms), *e
	for i, x := range phases {
		t := &fair[i]
		shift := t.value - x.fastest(share)
		t.value, t.low, t.high = t.value-shift, max(0, t.low-shift), t.high-shift
	}
	other.contrast(fair)
	e.against(other.Verdict, failed)
}

// holdUp is the same for pairs.
func (d *differences) holdUp(e *Effect, in []*section) {
	var failed [2]float64
	fair := *d
	fair.a, fair.b = slices.Clone(d.a), slices.Clone(d.b)
	for i := range d.a {
		a, b := in[2*i].stretch(e.Op()), in[2*i+1].stretch(e.Op())
		failed[0], failed[1] = failed[0]+a.failures, failed[1]+b.failures
		if d.spoil[i] == "" {
			share := survivors(a, b)
			fair.a[i], fair.b[i] = a.fastest(share), b.fastest(share)
		}
	}
	other := *e
	fair.judge(&other)
	e.against(other.Verdict, failed)
}

// against notes that failures are not in the mean, and takes the verdict back if it is another one with as many of the
// slowest left out of both arms.
func (e *Effect) against(fair Verdict, failed [2]float64) {
	if failed[0]+failed[1] == 0 {
		return
	}
	a, b := say.Share(failed[0]/float64(e.BaselineRequests)), say.Share(failed[1]/float64(e.InterventionRequests))
	e.Notes = append(e.Notes, fmt.Sprintf("Failures have no time: %s of the baseline's requests and %s of the intervention's are not in the mean.", a, b))
	if fair != e.Verdict {
		e.refuse(NotEstimable, fmt.Sprintf("%s of the baseline's requests failed and %s of the intervention's, and the mean is that of the others: "+
			"with as many of the slowest left out of both the verdict is %q, not %q", a, b, fair, e.Verdict))
	}
}
