package cli

import (
	"errors"
	"fmt"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/claim"
)

// newBrief works out a run in short.
func (s *session) newBrief(sum *report.Summary) *brief.Brief {
	b := brief.New(sum, s.claimsFor(sum), s.config.judged())
	b.Title, b.Host, b.Program = s.config.title(), s.jobs.host(), s.config.app.program()
	return b
}

// claimsFor are the claims that a run is held to. They are about the program's
// plan, so a run that was started from the page with its own number of users has
// none.
func (s *session) claimsFor(sum *report.Summary) claim.List {
	if len(sum.Phases) == 1 && sum.Phases[0].Name == manualName {
		return nil
	}
	return s.values.effect.claims.V
}

// standing are the outcomes of the claims, or where they stand during the run.
func (s *session) standing(sum *report.Summary, over bool) []claim.Result {
	if !over {
		return s.claimsFor(sum).JudgeSoFar(sum)
	}
	return claim.Once(s.claimsFor(sum).Judge(sum))
}

// writeBrief prints the verdict and the tables. Where the effect is not known,
// two phases stand side by side without a claim.
func (s *session) writeBrief(sum *report.Summary) error {
	err := s.brief.WriteText(s.text)
	if s.brief.Effect == nil || !s.brief.Effect.Primary().Verdict.Known() {
		err = errors.Join(err, writeChanges(s.text, sum))
	}
	return err
}

// broken logs the claims that do not hold and reports whether there are any.
func (s *session) broken() bool {
	failed := claim.Failed(s.brief.Claims)
	for _, r := range failed {
		s.log.Error(fmt.Sprintf("claim %s: %s", r.Outcome, r.Claim))
	}
	return len(failed) > 0
}
