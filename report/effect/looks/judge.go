package looks

import (
	"fmt"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// Judge returns what loadgen.Runner.Decide asks at each look: it says in a sentence what the look found, and
// whether that is decided: the primary effect is sure or, where the options have a margin, equivalent.
func Judge(o effect.Options) func(*report.Summary) (said string, decided bool) {
	return func(run *report.Summary) (string, bool) {
		which := fmt.Sprintf("look %d", run.Looks.Made(run.EndS))
		if run.Looks.EveryS == 0 {
			which += fmt.Sprintf(" of %d", len(run.Looks.Planned))
		}
		r, err := effect.Analyze(run, o)
		if err != nil {
			return fmt.Sprintf("%s decides nothing: %v", which, err), false
		}
		e := r.Primary()
		said := e.Sentence()
		switch {
		case e.Verdict.Changed():
			word := say.Capital(string(e.Verdict))
			return fmt.Sprintf("%s, sure of it at %s: %s", word, which, strings.TrimPrefix(said, word+": ")), true
		case e.Verdict == effect.Equivalent:
			return fmt.Sprintf("Decided at %s. %s", which, said), true
		}
		return fmt.Sprintf("%s decides nothing yet. %s", say.Capital(which), said), false
	}
}
