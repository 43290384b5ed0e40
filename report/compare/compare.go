// Package compare pools repeated runs from their Summaries.
//
// Repeated runs show what one run cannot: how much differs from start to start.
// Each run that has a baseline and an intervention is a pair (several,
// if its design has pairs), and the interval is Student's t on the pairs; so is
// that of runs of a new version against runs of an old one. Five pairs are the
// least, ten are better.
package compare

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
)

// Run is one run with the name that it goes by, such as its file's.
type Run struct {
	Name string
	*report.Summary
}

// Query is which runs to compare, and how.
type Query struct {
	// Runs have a baseline and an intervention each, or, with Against, are the
	// intervention.
	Runs []Run
	// Against are the baseline: as many as Runs, the first against the first and
	// so on. Nil: each of Runs has its own baseline.
	Against []Run
	// Phase is compared where there is Against; "": "intervention", or the only
	// phase of the runs.
	Phase string
	// Options say what is judged.
	Options effect.Options
	// Claims are held against the effect: those that compare the intervention with the baseline. An error for one that
	// names anything else is an *claim.Error.
	Claims claim.List
}

// Result is the outcome of a comparison.
type Result struct {
	Schema int            `json:"schema"` // 1
	Effect *effect.Report `json:"effect"`
	// Runs are the runs compared.
	Runs   []Source       `json:"runs"`
	Claims []claim.Result `json:"claims,omitempty"`
}

// Source is one of the runs.
type Source struct {
	Name string `json:"name"`
	Arm  string `json:"arm,omitempty"` // "A", "B" where the run is one arm
	Seed uint64 `json:"seed"`
	Plan string `json:"plan"`
	// Differs lists what was planned differently than in the first run.
	Differs []string `json:"differs,omitempty"`
	// Alone is the primary effect in this run by itself; nil: there is none.
	Alone *effect.Effect `json:"alone,omitempty"`
	// Bottleneck says that the generator was too slow; "": it was not.
	Bottleneck string `json:"bottleneck,omitempty"`
}

// Of answers a question. An error means that it cannot be asked; what the data
// cannot answer is a verdict.
func Runs(q Query) (*Result, error) {
	if len(q.Runs) == 0 {
		return nil, errors.New("there is no run to compare")
	}
	compared, err := q.design()
	if err != nil {
		return nil, err
	}
	a := &Result{Schema: 1, Runs: q.sources()}
	if a.Effect, err = compared(q.Options); err != nil {
		return nil, err
	}
	claims, err := q.checked(a.Effect)
	if err != nil {
		return nil, err
	}
	a.Effect.Warnings = slices.Insert(a.Effect.Warnings, 0, q.warnings()...) // a list in JSON, also of none
	a.Claims = claims.JudgeEffects(q.Runs[0].Summary, compared)
	return a, nil
}

// checked are the claims with the operations as the runs have them. The error for an unknown phase
// or operation, an *[claim.Error], lists the known ones.
func (q *Query) checked(r *effect.Report) (claim.List, error) {
	out := slices.Clone(q.Claims)
	for i := range out {
		c := &out[i]
		if c.Against == "" || c.Recovery {
			continue
		}
		if c.Interaction && r.Factors == nil {
			return nil, &claim.Error{Text: c.String(), Problem: "the runs are not one run of the design load x intervention, so there is no interaction"}
		}
		if c.OfLoad() && r.Factors != nil {
			if err := q.resolve(c); err != nil {
				return nil, err
			}
			continue
		}
		for _, side := range []struct{ name, arm, word string }{{c.Phase, "B", "intervention"}, {c.Against, "A", "baseline"}} {
			if names := phasesOf(r, side.arm, side.word); !slices.Contains(names, side.name) {
				return nil, &claim.Error{Text: c.String(), Problem: fmt.Sprintf("%q is not what is compared: the %s is %s", side.name, side.word, strings.Join(names, ", "))}
			}
		}
		if err := q.resolve(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// phasesOf are the names of an arm.
func phasesOf(r *effect.Report, arm, word string) []string {
	names := []string{word, arm}
	for _, p := range r.Phases {
		if p.Arm == arm && !slices.Contains(names, p.Phase) {
			names = append(names, p.Phase)
		}
	}
	return names
}

// resolve finds the operation of a claim, the kind of users, the transaction or the requests with a tag.
func (q *Query) resolve(c *claim.Claim) error {
	if c.Op == (report.Op{}) {
		return nil
	}
	var ops []report.Op
	for _, r := range slices.Concat(q.Against, q.Runs) {
		for _, rows := range [][]report.Operation{r.Total.Operations, r.Total.Transactions, r.Total.Tags} {
			for i := range rows {
				if op := rows[i].Op(); !slices.Contains(ops, op) {
					ops = append(ops, op)
				}
			}
		}
	}
	if op := c.Op.In(ops); slices.ContainsFunc(ops, op.Covers) {
		c.Op = op
		return nil
	}
	names := make([]string, len(ops))
	for i, op := range ops {
		names[i] = op.String()
	}
	return &claim.Error{Text: c.String(), Problem: fmt.Sprintf("no operation %q; there are %q", c.Op.String(), names)}
}

// comparison computes the effect with some options.
type comparison = func(effect.Options) (*effect.Report, error)

// design finds out how the runs are compared.
func (q *Query) design() (comparison, error) {
	if len(q.Runs) == 1 && q.Against == nil {
		return func(o effect.Options) (*effect.Report, error) { return effect.Analyze(q.Runs[0].Summary, o) }, nil
	}
	all, err := q.couples()
	if err != nil {
		return nil, err
	}
	if len(all) == 1 && q.Against != nil {
		return func(o effect.Options) (*effect.Report, error) {
			return effect.Between(all[0].Baseline, all[0].Intervention, o)
		}, nil
	}
	return func(o effect.Options) (*effect.Report, error) { return effect.Paired(all, o) }, nil
}

// couples are the phases that are compared, of each run or of runs with runs.
func (q *Query) couples() (all []effect.Couple, err error) {
	if q.Against != nil && len(q.Against) != len(q.Runs) {
		return nil, fmt.Errorf("%d runs against %d: they are compared one by one, so give as many of each", len(q.Runs), len(q.Against))
	}
	for i, r := range q.Runs {
		if q.Against == nil {
			own, err := effect.Couples(r.Summary)
			if err != nil {
				return nil, fmt.Errorf("%s: %w; to compare runs with runs, say which are the baseline", r.Name, err)
			}
			all = append(all, own...)
			continue
		}
		a, errA := q.phaseOf(q.Against[i])
		b, errB := q.phaseOf(r)
		if err := cmp.Or(errA, errB); err != nil {
			return nil, err
		}
		all = append(all, effect.Couple{Baseline: a, Intervention: b})
	}
	return all, nil
}

// phaseOf is the phase of a run that is compared.
func (q *Query) phaseOf(r Run) (effect.Phase, error) {
	names := make([]string, len(r.Phases))
	for i, p := range r.Phases {
		names[i] = p.Name
	}
	name := cmp.Or(q.Phase, "intervention")
	if q.Phase == "" && len(names) == 1 {
		name = names[0]
	}
	if !slices.Contains(names, name) {
		return effect.Phase{}, fmt.Errorf("%s: no phase %q; the run has %q", r.Name, name, names)
	}
	return effect.Phase{Run: r.Summary, Name: name}, nil
}

// sources describes the runs.
func (q *Query) sources() (out []Source) {
	all := slices.Concat(q.Against, q.Runs)
	for i, r := range all {
		s := Source{Name: r.Name, Seed: r.Seed, Plan: r.PlanDigest, Differs: all[0].PlanDiff(r.Summary), Bottleneck: r.Health.Bottleneck}
		if i < len(q.Against) {
			s.Arm = "A"
		} else if q.Against != nil {
			s.Arm = "B"
		} else if e, err := effect.Analyze(r.Summary, q.Options); err == nil {
			s.Alone = e.Primary()
		}
		out = append(out, s)
	}
	return out
}

// warnings are about the runs, before those about the effect.
func (q *Query) warnings() (out []string) {
	all := slices.Concat(q.Against, q.Runs)
	for i, r := range all {
		for _, note := range r.Notes { // that it was cut short, say
			out = append(out, fmt.Sprintf("%s: %s", r.Name, note))
		}
		if r.Health.Bottleneck != "" {
			out = append(out, fmt.Sprintf("%s: %s", r.Name, r.Health.Bottleneck))
		}
		for _, other := range all[:i] {
			if other.Start.Equal(r.Start) && other.Seed == r.Seed && other.Total.Requests == r.Total.Requests {
				out = append(out, fmt.Sprintf("%s and %s look like the same run: counting a run twice adds no evidence.", other.Name, r.Name))
			}
		}
	}
	if first := all[0]; len(all) > 1 && q.Against == nil && !slices.ContainsFunc(all, func(r Run) bool { return r.Seed != first.Seed }) {
		out = append(out, fmt.Sprintf("All runs have seed %d: the answer is about that one workload. Change the seed from run to run.", first.Seed))
	}
	return out
}

// Broken says whether a claim does not hold.
func (r *Result) Broken() bool { return len(claim.Failed(r.Claims)) > 0 }
