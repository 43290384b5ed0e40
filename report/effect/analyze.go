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
//	A and B, each with a low and a high load  [Crossed]
//
// Phases without an arm are left out. Without any arms the phases "baseline" and "intervention" are
// compared, or the only two of the run. If that finds nothing, the error lists the phases.
func Analyze(run *report.Summary, o Options) (*Report, error) {
	phases, arms, err := labelled(run)
	if err != nil {
		return nil, err
	}
	if in, ok := crossingOf(run); ok {
		return Crossed(in, o)
	}
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
	couples, err := couplesOf(run, phases, arms)
	if err != nil {
		return nil, err
	}
	return Paired(couples, o)
}

// labelled returns the phases with an arm and the arms in a row.
func labelled(run *report.Summary) (phases []Phase, arms string, err error) {
	if run == nil {
		return nil, "", errors.New("no run")
	}
	for i := range run.Phases {
		if decided(run, i) {
			break
		}
		if arm := run.Phases[i].Arm; arm == "A" || arm == "B" {
			phases, arms = append(phases, Phase{run, run.Phases[i].Name}), arms+arm
		}
	}
	if arms != "" {
		return phases, arms, nil
	}
	named := []Phase{{run, "baseline"}, {run, "intervention"}}
	_, errA := series.Ref(named[0]).Find()
	_, errB := series.Ref(named[1]).Find()
	switch {
	case errA == nil && errB == nil:
		return named, "AB", nil
	case len(run.Phases) == 2:
		return []Phase{{run, run.Phases[0].Name}, {run, run.Phases[1].Name}}, "AB", nil
	}
	return nil, "", nil
}

// decided reports whether the run was decided before phase i, which then had begun by chance.
func decided(run *report.Summary, i int) bool {
	l := run.Looks
	if l == nil || l.Decided == "" {
		return false
	}
	made := l.Made(run.EndS)
	return made > 0 && made <= len(l.Planned) && run.Phases[i].StartS >= l.Planned[made-1].AtS
}

// Couples returns the phases of a run that [Paired] compares over several runs: the two phases of A-B, the first two
// of A-B-A, each pair of pairs, the two phases of each load of a factorial design. The error is that of [Analyze].
func Couples(run *report.Summary) ([]Couple, error) {
	phases, arms, err := labelled(run)
	if err != nil {
		return nil, err
	}
	if in, ok := crossingOf(run); ok {
		return in.couples()
	}
	switch arms {
	case "AB", "ABA":
		return []Couple{{phases[0], phases[1]}}, nil
	}
	return couplesOf(run, phases, arms)
}

// couplesOf pairs neighbours; an error if the arms do not alternate in pairs.
func couplesOf(run *report.Summary, phases []Phase, arms string) (out []Couple, err error) {
	pairs := len(arms) >= 4 && len(arms)%2 == 0
	for i := 0; pairs && i < len(arms); i += 2 {
		switch arms[i : i+2] {
		case "AB":
			out = append(out, Couple{phases[i], phases[i+1]})
		case "BA":
			out = append(out, Couple{phases[i+1], phases[i]})
		default:
			pairs = false
		}
	}
	if !pairs {
		return nil, fmt.Errorf("arms %q are not a design (A B, A B A, pairs, A A); the run has phases %s", arms, series.PhaseNames(run))
	}
	return out, nil
}
