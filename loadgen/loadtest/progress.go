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
	phase int
}

func newProgress(t testing.TB, plan *loadgen.Plan) *progress {
	phases := plan.Phases()
	end := phases[len(phases)-1].End
	return &progress{t: t, phase: -1, every: max(5*time.Second, end/lines)} // End < 0 without end
}

// show writes a line where a phase begins, and a few in between.
func (p *progress) show(s *report.Snapshot) {
	if s.Index == p.phase && s.At < p.next-time.Second/2 {
		return
	}
	if s.Index != p.phase {
		p.phase, p.next = s.Index, s.At
	}
	p.next += p.every
	fmt.Fprintln(p.t.Output(), s)
}
