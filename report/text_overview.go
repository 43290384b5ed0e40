package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// How many rows the overview of many phases has: those at both ends, and the worst.
const (
	mostEnds  = 3
	mostWorst = 6
)

// writeOverview writes a row for each of the phases that a reader looks for first.
func (s *Summary) writeOverview(b *strings.Builder) {
	shown := s.Outstanding()
	title := say.Plural(len(s.Phases), "phase")
	if len(shown) < len(s.Phases) {
		title += ": the first, the last, and those with the most failures and the longest times"
	}
	b.WriteString("\n" + say.Wrap("", "  ", title))
	t := say.NewTable(say.Column{Name: "Phase", Left: true, Least: 12}, say.Column{Name: "From"}, say.Column{Name: "Users"}, say.Column{Name: "Requests"},
		say.Column{Name: "Failed"}, say.Column{Name: "Rate/s"}, say.Column{Name: "p50 ms"}, say.Column{Name: "p95", Least: 5}, say.Column{Name: "p99", Least: 5}, say.Column{Name: "Max", Least: 5, Spare: 1})
	m, last := marks{}, -1
	for _, i := range shown {
		if i > last+1 {
			t.Row(fmt.Sprintf("... %s more", say.Count(i-last-1)))
		}
		t.Row(s.Phases[i].overview(&m)...)
		last = i
	}
	b.WriteString(t.Text("  "))
	for _, line := range append(m.legend(), "JSON, HTML and Markdown hold the operations of each phase.") {
		writeLine(b, line)
	}
}

// overview is the phase in one row.
func (p *PhaseSummary) overview(m *marks) []string {
	all := p.Aggregated()
	f := m.figures(all.ResponseMS, &all.Trust, all.Requests)
	return []string{say.Fit(say.Printable(p.Name), 20), say.ClockS(p.StartS), say.Count(p.Users), say.Count(all.Requests), failedShare(&all), say.Number(all.RPS), f[1], f[2], f[3], f[5]}
}

// Outstanding returns the indexes of the phases that a reader looks for first, in their order: all of a
// dozen; of more the first and the last three, and the six with the most failures and the highest p95.
func (s *Summary) Outstanding() []int {
	n := len(s.Phases)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	if n <= 2*mostEnds+mostWorst {
		return order
	}
	worst := slices.Clone(order[mostEnds : n-mostEnds])
	slices.SortStableFunc(worst, func(i, j int) int {
		a, b := s.Phases[i].Aggregated(), s.Phases[j].Aggregated()
		return cmp.Or(cmp.Compare(b.FailureShare(), a.FailureShare()), cmp.Compare(b.ResponseMS.P95, a.ResponseMS.P95))
	})
	out := slices.Concat(order[:mostEnds], worst[:mostWorst], order[n-mostEnds:])
	slices.Sort(out)
	return out
}
