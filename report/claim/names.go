package claim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/report"
)

// arms are the words for all phases of an arm, where no phase is called so.
var arms = map[string]string{"A": "A", "B": "B", "baseline": "A", "intervention": "B"}

// find returns the indices of the phases that a name means: of a phase, of an arm, or of a load, "low" or "high".
func find(in []report.PhaseInfo, name string) (out []int) {
	for i, s := range in {
		if s.Name == name {
			return []int{i}
		}
	}
	for i, s := range in {
		if arm := arms[name]; arm != "" && s.Arm == arm || name != "" && s.Load == name {
			out = append(out, i)
		}
	}
	return out
}

// kindsOf are the kinds of users; nil: all are of one.
func kindsOf(in []report.PhaseInfo) (names []string) {
	for _, p := range in {
		for _, k := range p.Kinds {
			if !slices.Contains(names, k.Name) {
				names = append(names, k.Name)
			}
		}
	}
	return names
}

// noKind says that there is no kind of a name.
func noKind(in []report.PhaseInfo, name string) error {
	if kinds := kindsOf(in); kinds != nil {
		return fmt.Errorf("no kind of users %q; there %s", name, listed(kinds))
	}
	return fmt.Errorf("no kind of users %q; all are of one kind", name)
}

// unknown says that there is no phase of a name, which alone may be meant for an operation.
func unknown(in []report.PhaseInfo, name string, alone bool) error {
	names := make([]string, len(in))
	for i, s := range in {
		names[i] = s.Name
	}
	kinds := ""
	if of := kindsOf(in); of != nil {
		kinds = "; kinds of users " + strings.TrimPrefix(listed(of), "is ")
	}
	if alone {
		kinds += fmt.Sprintf("; an operation of the whole run is written run %s p95 < 250ms", plain(name))
	}
	return fmt.Errorf("no phase %q; there %s%s", name, listed(names), kinds)
}

// resolved is the claim of a run with these phases: the word for a kind of users, which stands first or after the
// phase, is known as such only there.
func (c Claim) resolved(in []report.PhaseInfo) Claim {
	kinds := kindsOf(in)
	if c.Op.Kind != "" || kinds == nil {
		return c
	}
	if c.Against == "" && slices.Contains(kinds, c.Phase) && find(in, c.Phase) == nil {
		c.Phase, c.Op.Kind = "", c.Phase
		return c
	}
	kind, op, _ := strings.Cut(c.Op.String(), " ")
	if slices.Contains(kinds, kind) {
		c.Op = ParseOp(op)
		c.Op.Kind = kind
	}
	return c
}

// listed lists names in a sentence.
func listed(names []string) string {
	if len(names) == 1 {
		return "is " + inQuotes(names)
	}
	return "are " + inQuotes(names)
}

// inQuotes lists names.
func inQuotes(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}

// byDesign says whether two sets of phases are the arms of a design, which is
// then analysed as a whole: all pairs, or A-B-A, also by the names of its first
// two phases, or the two loads of a factorial design.
func byDesign(in []report.PhaseInfo, phase, against []int) bool {
	a, b := find(in, "A"), find(in, "B")
	if isLoads(in, phase, against) {
		return true
	}
	if slices.Equal(phase, b) && slices.Equal(against, a) {
		return len(a) > 1 || len(b) > 1
	}
	return pattern(in) == "ABA" && slices.Equal(phase, b) && slices.Equal(against, a[:1])
}

// ofArms says whether the claim is about what an intervention did, and not about two phases whatever made them differ.
func (j *judgement) ofArms() bool {
	of := func(arm, name string) bool {
		return !slices.ContainsFunc(find(j.phases, name), func(i int) bool { return j.phases[i].Arm != arm })
	}
	return of("B", j.claim.Phase) && of("A", j.claim.Against)
}

// crossed says whether the phases are a factorial design.
func crossed(in []report.PhaseInfo) bool {
	return slices.ContainsFunc(in, func(p report.PhaseInfo) bool { return p.Load != "" })
}

// isLoads says whether two sets of phases are the high and the low load of a factorial design.
func isLoads(in []report.PhaseInfo, phase, against []int) bool {
	return crossed(in) && slices.Equal(phase, find(in, "high")) && slices.Equal(against, find(in, "low"))
}

// pattern is the arms in a row.
func pattern(in []report.PhaseInfo) (arms string) {
	for _, s := range in {
		arms += s.Arm
	}
	return arms
}

// phasesOf are the phases of a run, as far as names, arms and kinds of users go.
func phasesOf(sum *report.Summary) []report.PhaseInfo {
	out := make([]report.PhaseInfo, len(sum.Phases))
	for i := range sum.Phases {
		out[i] = report.PhaseInfo{Name: sum.Phases[i].Name, Arm: sum.Phases[i].Arm, Load: sum.Phases[i].Load, Kinds: sum.Phases[i].Kinds}
	}
	return out
}
