package effect

import (
	"fmt"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/series"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// A failure has no time, so the mean is that of the successes. But failures count as slower than every success:
// an arm that fails more has lost its slowest requests, and its mean looks better than it is. So a verdict on the mean
// must be the same with as many of the slowest left out of every phase. Where it is not, the missing requests decide, and
// there is no verdict.

// survivors is the share of requests that succeeded in the phase where fewest did.
func survivors(phases ...*series.Window) float64 {
	least := 1.0
	for _, x := range phases {
		least = min(least, x.Survived())
	}
	return least
}

// checkSurvivors takes back a verdict on the mean that depends on how many failed.
func (e *Effect) checkSurvivors(phases []weighted, terms []stats.Term) {
	var windows []*series.Window
	for _, p := range phases {
		windows = append(windows, p.Window)
	}
	share, fair, other := survivors(windows...), slices.Clone(terms), *e
	for i, x := range windows {
		t := &fair[i]
		shift := t.Value - x.Fastest(share)
		t.Value, t.Low, t.High = t.Value-shift, max(0, t.Low-shift), t.High-shift
	}
	other.contrast(fair)
	e.requireVerdict(other.Verdict)
}

// checkSurvivors is the same for pairs.
func (d *differences) checkSurvivors(e *Effect, in []weighted) {
	fair := *d
	fair.a, fair.b = slices.Clone(d.a), slices.Clone(d.b)
	for i := range d.a {
		if a, b := in[2*i], in[2*i+1]; d.leftOut[i] == "" {
			share := survivors(a.Window, b.Window)
			fair.a[i], fair.b[i] = a.Fastest(share), b.Fastest(share)
		}
	}
	other := *e
	fair.judge(&other)
	e.requireVerdict(other.Verdict)
}

// requireVerdict notes that failures are not in the mean, and takes the verdict back if it is not the fair one: that with
// as many of the slowest left out of both arms.
func (e *Effect) requireVerdict(fair Verdict) {
	if e.BaselineFailures+e.InterventionFailures == 0 {
		return
	}
	a := say.Share(float64(e.BaselineFailures) / float64(e.BaselineRequests))
	b := say.Share(float64(e.InterventionFailures) / float64(e.InterventionRequests))
	e.Notes = append(e.Notes, fmt.Sprintf("Failures have no time: %s of the baseline's %s and %s of the intervention's are not in the mean.", a, e.noun(), b))
	if fair != e.Verdict {
		e.withhold(NotEstimable, fmt.Sprintf("%s of the baseline's %s failed and %s of the intervention's, and the mean is that of the others: "+
			"with as many of the slowest left out of both the verdict is %q, not %q", a, e.noun(), b, fair, e.Verdict))
	}
}
