package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
)

// hungAfter is how long a request without an answer waits at least before its
// operation counts as hung. The end of a run cuts what is on its way, and an
// operation that is rare may have nothing else to show.
const hungAfter = time.Second

// hung says why a run without failures is no success all the same: nothing is
// known to work in it, or one of its operations was never answered. It is ""
// for a good run.
func hung(sum *report.Summary) string {
	c := sum.Total.Counters
	switch {
	case sum.Total.Requests == 0 && c.CutOff > 0:
		return fmt.Sprintf("not one request was answered: %d were in flight when the run ended%s", c.CutOff, unanswered(sum, 0))
	case c.Finished == 0 && c.Unfinished > 0:
		return fmt.Sprintf("not one task came to its end: %d were unfinished when the run ended%s", c.Unfinished, unanswered(sum, 0))
	}
	if names := unanswered(sum, hungAfter); names != "" {
		return "not one request of an operation was answered" + names
	}
	return ""
}

// unanswered names the operations without an answer whose longest request in
// flight had waited for least, after a colon; "" for none.
func unanswered(sum *report.Summary, least time.Duration) string {
	var names []string
	for _, o := range sum.Total.Operations {
		if o.Name == report.Aggregated && o.Method == "" || o.Requests > 0 || o.CutOff == 0 || o.Cut.Max() < least {
			continue
		}
		op := o.Op()
		names = append(names, fmt.Sprintf("%s (%d in flight)", escapeControls(op.String()), o.CutOff))
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}
