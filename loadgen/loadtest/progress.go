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

// progress writes how a run goes to the log of a test.
type progress struct {
	t     testing.TB
	every time.Duration
	next  time.Duration
}

func newProgress(t testing.TB, plan *loadgen.Plan) *progress {
	phases := plan.Phases()
	return &progress{t: t, every: max(5*time.Second, phases[len(phases)-1].End/lines)}
}

// follow makes itself the first to watch a run, whose calls come one at a time.
func (p *progress) follow(r *loadgen.Runner) {
	watch, beginPhase := r.Watch, r.BeginPhase
	r.Watch = func(s *report.Snapshot) {
		p.show(s)
		if watch != nil {
			watch(s)
		}
	}
	r.BeginPhase = func(i int, info report.PhaseInfo) {
		p.next = info.Start // its first second is shown
		if beginPhase != nil {
			beginPhase(i, info)
		}
	}
}

// show writes a line soon after a phase begins, and a few in between.
func (p *progress) show(s *report.Snapshot) {
	if s.At < p.next-time.Second/2 {
		return
	}
	p.next = max(p.next, s.At) + p.every
	fmt.Fprintln(p.t.Output(), s)
}
