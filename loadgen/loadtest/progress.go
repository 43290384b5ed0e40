package loadtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
)

// lines is about how many lines of progress a run leaves in the log.
const lines = 20

// progress writes how a run goes to the log of a test. Its methods are called one
// at a time.
type progress struct {
	t     testing.TB
	every time.Duration
	next  time.Duration
}

func newProgress(t testing.TB, plan *loadgen.Plan) *progress {
	phases := plan.Phases()
	return &progress{t: t, every: max(5*time.Second, phases[len(phases)-1].End/lines)}
}

// beginPhase has the next second of the run shown.
func (p *progress) beginPhase(_ int, info report.PhaseInfo) { p.next = info.Start }

// show writes a line soon after a phase begins, and a few in between.
func (p *progress) show(s *report.Snapshot) {
	if s.At < p.next-time.Second/2 {
		return
	}
	p.next = max(p.next, s.At) + p.every
	fmt.Fprintln(p.t.Output(), s)
}
