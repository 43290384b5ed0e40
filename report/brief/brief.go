// Package brief is the result of a run in short: the verdict first, then what to
// know about it. As Markdown for the summary page of a CI job, as JUnit
// XML for its list of tests, and as text.
package brief

import (
	"fmt"
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/recovery"
)

// Brief is the result of a run in short. [New] fills it in; every field may
// be changed before it is written.
type Brief struct {
	Run *report.Summary
	// Effect compares the arms of the run; nil: NoEffect says why not.
	Effect   *effect.Report
	NoEffect string
	// Recoveries are the times that the figures took to get back after the
	// intervention; nil: there was nothing to recover from.
	Recoveries []*recovery.Result
	// Claims are the claims about the run with their outcomes.
	Claims []claim.Result

	Title   string // "": the run's name, or "Load test"
	Host    string // the target; "": not told
	Program string // name and version of the program; "": not told
}

// New analyses a run that has ended: the effect, if
// the plan has a baseline and an intervention, the recovery, if a phase follows
// the intervention, and the outcomes of the claims. Without a primary metric in o it
// is that of the first effect that is claimed, or p95.
func New(sum *report.Summary, claims claim.List, o effect.Options) *Brief {
	b := &Brief{Run: sum, Claims: claims.Judge(sum)}
	if o.Primary == "" {
		o.Primary, o.Op = claims.Primary()
	}
	var err error
	if b.Effect, err = effect.Analyze(sum, o); err != nil {
		b.NoEffect = noEffect(sum, err)
	}
	b.Recoveries, _ = recovery.After(sum, b.Effect, o.Primary)
	return b
}

// noEffect says why there is none.
func noEffect(sum *report.Summary, err error) string {
	labelled := func(p report.PhaseSummary) bool { return p.Arm != "" }
	if !slices.ContainsFunc(sum.Phases, labelled) && len(sum.Phases) != 2 {
		return "The run has no baseline and intervention to compare."
	}
	return say.Capital(err.Error()) + "."
}

// Shown returns the claims with each note once, and without the notes that the
// effect has already.
func (b *Brief) Shown() []claim.Result {
	if b.Effect == nil {
		return claim.Once(b.Claims)
	}
	return claim.Once(b.Claims, slices.Concat(b.Effect.Sentences(), b.Effect.Warnings)...)
}

// Verdict is the result in a sentence or two, for readers of nothing else.
func (b *Brief) Verdict() string {
	if why := b.Run.Health.Bottleneck; why != "" {
		return why + " " + b.outcome()
	}
	return b.outcome()
}

// outcome leaves the generator aside.
func (b *Brief) outcome() string {
	failed := claim.Failed(b.Claims)
	switch {
	case len(failed) > 0:
		return say.Capital(say.Unheld(len(failed), len(b.Claims))) + "."
	case b.Run.Total.Requests == 0:
		return "No request came to an end."
	case b.Effect != nil && len(b.Claims) > 0:
		return b.Effect.Primary().Sentence() + " " + b.allHold()
	case b.Effect != nil:
		return b.Effect.Primary().Sentence()
	case len(b.Claims) > 0:
		return b.allHold()
	}
	return fmt.Sprintf("%s, %s failed.", say.Plural(b.Run.Total.Requests, "request"), say.Part(b.Run.Total.Failures, b.Run.Total.Requests))
}

func (b *Brief) allHold() string {
	if len(b.Claims) == 1 {
		return "The claim holds."
	}
	return fmt.Sprintf("All %d claims hold.", len(b.Claims))
}

// reportTitle names the report.
func (b *Brief) reportTitle() string {
	for _, t := range []string{b.Title, b.Run.Name} {
		if t != "" {
			return t
		}
	}
	return "Load test"
}
