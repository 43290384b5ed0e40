package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/web"
)

// told works out what there is to tell about a run.
func (s *session) told(sum *report.Summary) *brief.Brief {
	b := brief.New(sum, s.heldTo(sum), s.judged())
	b.Title, b.Host, b.Program = s.title(), s.jobs.host(), s.app.Name+" "+s.app.version()
	return b
}

// heldTo are the claims that a run is held to. They are about the program's
// plan, so a run that was started from the page with a level of its own is held
// to none.
func (s *session) heldTo(sum *report.Summary) claim.List {
	if len(sum.Phases) == 1 && sum.Phases[0].Name == manualName {
		return nil
	}
	return s.values.verdict.claims
}

// standing is what came of the claims, or where they stand while the run
// goes on.
func (s *session) standing(sum *report.Summary, over bool) []web.Claim {
	if !over {
		return shown(s.heldTo(sum).JudgeSoFar(sum))
	}
	return shown(claim.Once(s.heldTo(sum).Judge(sum)))
}

// shown are results as the page and a report in HTML show them.
func shown(results []claim.Result) []web.Claim {
	out := make([]web.Claim, len(results))
	for i, r := range results {
		out[i] = web.Claim{Text: r.Claim, Held: r.Held() || r.Outcome == claim.Passing, Undecided: r.Outcome == claim.Undecided, Outcome: string(r.Outcome), Said: r.Said, Notes: r.Details()}
	}
	return out
}

// guarded has the runner end a run of the plan that breaks a claim beyond
// hope.
func (s *session) guarded(r loadgen.Runner, o loadgen.Order) loadgen.Runner {
	if o.Planned {
		r.Guard = s.values.verdict.claims.Guard()
	}
	return r
}

// writeVerdict prints the verdict and the tables. Where the effect is not known,
// two phases stand side by side without a claim.
func (s *session) writeVerdict(sum *report.Summary) error {
	err := s.brief.WriteText(s.text)
	if s.brief.Effect == nil || !s.brief.Effect.Primary().Verdict.Known() {
		err = errors.Join(err, writeChanges(s.text, sum))
	}
	return err
}

// briefFiles are the files that tell the run in short.
func (s *session) briefFiles() (files []result) {
	add := func(flag, path string, write func(io.Writer) error) {
		if path != "" {
			files = append(files, result{flag, path, func(w io.Writer, _ *report.Summary) error { return write(w) }})
		}
	}
	add("markdown", s.values.verdict.markdown, func(w io.Writer) error { return s.brief.WriteMarkdown(w) })
	add("junit", s.values.verdict.junit, func(w io.Writer) error { return s.brief.WriteJUnit(w) })
	return files
}

// broken says in the log which claims do not hold, and whether any.
func (s *session) broken() bool {
	failed := claim.Failed(s.brief.Claims)
	for _, r := range failed {
		s.log.Error(fmt.Sprintf("claim %s: %s", r.Outcome, r.Claim))
	}
	return len(failed) > 0
}
