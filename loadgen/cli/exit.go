package cli

import (
	"fmt"

	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
)

// Exit codes, as Locust has them.
const (
	exitOK      = 0
	exitFailure = 1   // could not run
	exitUsage   = 2   // bad arguments
	exitBroken  = 3   // a claim does not hold; ours, not Locust's
	exitCluster = 255 // settings of several machines that exclude each other
)

// exitCode is that of a run. A run without failures in which something never worked
// has failed too.
func (s *session) exitCode(sum *report.Summary) int {
	failed := claim.Failed(s.brief.Claims)
	for _, r := range failed {
		s.log.Error(fmt.Sprintf("claim %s: %s", r.Outcome, r.Claim))
	}
	if len(failed) > 0 {
		return exitBroken
	}
	never := sum.NeverWorked()
	for _, why := range never {
		s.log.Warn(terminal.Escape(why))
	}
	if len(never) > 0 || sum.Total.Failures > 0 || len(sum.Exceptions) > 0 {
		return s.values.output.errorCode.V
	}
	if why := tooShort(sum); why != "" {
		s.log.Warn(why)
	}
	return exitOK
}

// tooShort is why a run without a fault shows next to nothing of its target; "" if
// it does show something.
func tooShort(sum *report.Summary) string {
	switch c := sum.Total.Counters; {
	case c.Started == 0:
		return "no task began before the run ended: it shows nothing of the target"
	case c.Finished == 0:
		return "no task came to its end before the run did: it shows little of the target"
	}
	return ""
}
