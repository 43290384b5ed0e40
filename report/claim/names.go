package claim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/report"
)

// arms are the words for all phases of an arm, where no phase is called so.
var arms = map[string]string{"A": "A", "B": "B", "baseline": "A", "intervention": "B"}

// find returns the indices of the phases that a name means.
func find(in []report.PhaseInfo, name string) (out []int) {
	for i, s := range in {
		if s.Name == name {
			return []int{i}
		}
	}
	for i, s := range in {
		if arm := arms[name]; arm != "" && s.Arm == arm {
			out = append(out, i)
		}
	}
	return out
}

// unknown says that there is no phase of a name.
func unknown(in []report.PhaseInfo, name string) error {
	names := make([]string, len(in))
	for i, s := range in {
		names[i] = s.Name
	}
	return fmt.Errorf("no phase %q; there %s; an operation of the whole run is written run %s p95 < 250ms", name, listed(names), plain(name))
}

// listed lists names in a sentence.
func listed(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	if len(names) == 1 {
		return "is " + quoted[0]
	}
	return "are " + strings.Join(quoted, ", ")
}

// byDesign says whether two sets of phases are the arms of a design, which is
// then analysed as a whole: all pairs, or A-B-A, also by the names of its first
// two phases.
func byDesign(in []report.PhaseInfo, phase, against []int) bool {
	a, b := find(in, "A"), find(in, "B")
	if slices.Equal(phase, b) && slices.Equal(against, a) {
		return len(a) > 1 || len(b) > 1
	}
	return pattern(in) == "ABA" && slices.Equal(phase, b) && slices.Equal(against, a[:1])
}

// pattern is the arms in a row.
func pattern(in []report.PhaseInfo) (arms string) {
	for _, s := range in {
		arms += s.Arm
	}
	return arms
}

// phasesOf are the phases of a run, as far as names and arms go.
func phasesOf(sum *report.Summary) []report.PhaseInfo {
	out := make([]report.PhaseInfo, len(sum.Phases))
	for i := range sum.Phases {
		out[i] = report.PhaseInfo{Name: sum.Phases[i].Name, Arm: sum.Phases[i].Arm}
	}
	return out
}
