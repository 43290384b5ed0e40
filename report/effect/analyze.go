package effect

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Phase names a phase of a run that has ended.
type Phase struct {
	Run  *report.Summary
	Name string
}

// Analyze compares the phases of a run by the arms that its plan gave them:
//
//	A B, B A         [Between]
//	A B A            [Return]
//	AB BA BA AB ...  [Paired], two by two
//	A A ...          [Same]
//
// Phases without an arm are left out. Without any arms the phases "baseline" and "intervention" are
// compared, or the only two of the run. If that finds nothing, the error lists the phases.
func Analyze(run *report.Summary, o Options) (*Report, error) {
	if run == nil {
		return nil, errors.New("no run")
	}
	phases, arms := labelled(run)
	switch {
	case arms == "AB":
		return Between(phases[0], phases[1], o)
	case arms == "BA":
		return Between(phases[1], phases[0], o)
	case arms == "ABA":
		return Return(phases[0], phases[1], phases[2], o)
	case len(arms) > 1 && strings.Trim(arms, "A") == "":
		return Same(o, phases...)
	}
	if couples := couplesOf(phases, arms); couples != nil {
		return Paired(couples, o)
	}
	return nil, noDesign(run, arms)
}

// noDesign returns the error for arms that form no design.
func noDesign(run *report.Summary, arms string) error {
	names := make([]string, len(run.Phases))
	for i := range run.Phases {
		names[i] = run.Phases[i].Name
	}
	return fmt.Errorf("arms %q are not a design (A B, A B A, pairs, A A); the run has phases %s", arms, series.Quoted(names))
}

// labelled returns the phases with an arm and the arms in a row.
func labelled(run *report.Summary) (phases []Phase, arms string) {
	for i := range run.Phases {
		if arm := run.Phases[i].Arm; arm == "A" || arm == "B" {
			phases, arms = append(phases, Phase{run, run.Phases[i].Name}), arms+arm
		}
	}
	if arms != "" {
		return phases, arms
	}
	named := []Phase{{run, "baseline"}, {run, "intervention"}}
	_, errA := series.Ref(named[0]).Find()
	_, errB := series.Ref(named[1]).Find()
	switch {
	case errA == nil && errB == nil:
		return named, "AB"
	case len(run.Phases) == 2:
		return []Phase{{run, run.Phases[0].Name}, {run, run.Phases[1].Name}}, "AB"
	}
	return nil, ""
}

// Couples returns the phases of a run that [Paired] compares over several runs: the two phases of A-B, the first two
// of A-B-A, each pair of pairs. The error is that of [Analyze].
func Couples(run *report.Summary) ([]Couple, error) {
	if run == nil {
		return nil, errors.New("no run")
	}
	phases, arms := labelled(run)
	if arms == "ABA" {
		phases, arms = phases[:2], "AB"
	}
	if arms == "AB" {
		return []Couple{{phases[0], phases[1]}}, nil
	}
	if couples := couplesOf(phases, arms); couples != nil {
		return couples, nil
	}
	return nil, noDesign(run, arms)
}

// couplesOf pairs neighbours; nil if the arms do not alternate in pairs.
func couplesOf(phases []Phase, arms string) (out []Couple) {
	if len(arms) < 4 || len(arms)%2 != 0 {
		return nil
	}
	for i := 0; i < len(arms); i += 2 {
		switch arms[i : i+2] {
		case "AB":
			out = append(out, Couple{phases[i], phases[i+1]})
		case "BA":
			out = append(out, Couple{phases[i+1], phases[i]})
		default:
			return nil
		}
	}
	return out
}
