package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// mostPhases is how many phases have separate tables in the text.
const mostPhases = 8

// WriteText writes the Summary for a terminal of 80 columns: its cautions, then its tables.
func (s *Summary) WriteText(w io.Writer) error {
	b := new(strings.Builder)
	for _, note := range s.Cautions() {
		b.WriteString(say.Wrap("! ", "  ", say.Printable(note)))
	}
	s.writeTables(b)
	_, err := io.WriteString(w, b.String())
	return err
}

// Cautions are what to know before believing a figure: that the generator was the bottleneck, and the notes.
func (s *Summary) Cautions() []string {
	if s.Health.Bottleneck == "" {
		return s.Notes
	}
	return append([]string{s.Health.Bottleneck}, s.Notes...)
}

// WriteTables writes what identifies the run and its tables: one per phase, or one row per phase where they
// are many, the total, failures, exceptions and what did not go by the plan.
func (s *Summary) WriteTables(w io.Writer) error {
	b := new(strings.Builder)
	s.writeTables(b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Summary) writeTables(b *strings.Builder) {
	s.writeHead(b)
	if len(s.Phases) > mostPhases {
		s.writeOverview(b)
	} else {
		for i := range s.Phases {
			s.Phases[i].writeText(b)
		}
	}
	s.writeNotReached(b)
	if len(s.Phases) > 1 {
		s.Total.writeText(b)
	}
	writeFailures(b, s.Failures)
	writeExceptions(b, s.Exceptions)
	s.Health.writeText(b, s.OtherWarnings())
}

// writeNotReached names the phases that the run ended before.
func (s *Summary) writeNotReached(b *strings.Builder) {
	names := s.NotReached
	if len(names) == 0 {
		return
	}
	b.WriteByte('\n')
	if len(names) > mostPhases {
		b.WriteString(say.Wrap("", "  ", fmt.Sprintf("%s phases were not reached, from %s to %s.", say.Count(len(names)), say.Printable(names[0]), say.Printable(names[len(names)-1]))))
		return
	}
	for _, name := range names {
		b.WriteString(say.Wrap("", "  ", fmt.Sprintf("Phase %s was not reached.", say.Printable(name))))
	}
}

// WriteText writes the table of one phase.
func (p *PhaseSummary) WriteText(w io.Writer) error {
	b := new(strings.Builder)
	p.writeText(b)
	_, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n"))
	return err
}

// writeHead writes what identifies the run.
func (s *Summary) writeHead(b *strings.Builder) {
	line := []string{cmp.Or(say.Printable(s.Name), "Run"), say.ClockS(s.EndS), fmt.Sprintf("seed %d", s.Seed)}
	if s.PlanDigest != "" {
		line = append(line, "plan "+say.Printable(s.PlanDigest[:min(12, len(s.PlanDigest))]))
	}
	if !s.Start.IsZero() {
		line = append(line, s.Start.Format("started 2006-01-02 15:04:05 MST"))
	}
	b.WriteString(say.Wrap("", "  ", strings.Join(line, ", ")))
}

// writeText writes the head, the rows and the remarks of a phase, after an empty line.
func (p *PhaseSummary) writeText(b *strings.Builder) {
	b.WriteString("\n" + say.Wrap("", "  ", p.title()))
	for _, line := range p.plan() {
		writeLine(b, line)
	}
	marks := p.writeRows(b)
	if t := p.Aggregated().Trust; marks.doubtful || marks.notMeasured { // which the lines of brackets explain
		for _, v := range []Rating{t.P50, t.P95, t.P99, t.P999} {
			marks.doubtful = marks.doubtful && v.Grade != Doubtful
			marks.notMeasured = marks.notMeasured && v.Grade != NotMeasured
		}
	}
	for _, line := range slices.Concat(p.remarks(), marks.legend()) {
		writeLine(b, line)
	}
}

// writeLine writes an indented line of prose.
func writeLine(b *strings.Builder, line string) { b.WriteString(say.Wrap("  ", "    ", line)) }

// writeText writes what the generator saw of itself, if anything, and warnings.
func (h *Health) writeText(b *strings.Builder, warnings []string) {
	var words say.Parts
	words.Add(h.CPU > 0, "%s cores of %s (peak %s)", say.Number(h.CPU), say.Number(h.CPULimit), say.Number(h.CPUPeak))
	words.Add(h.MachineCores > 0 && h.OthersCPU > 0, "other processes %s of the machine's %d (peak %s)", say.Number(h.OthersCPU), h.MachineCores, say.Number(h.OthersPeak))
	words.Add(h.MemoryBytes > 0, "%s", say.Bytes(float64(h.MemoryBytes)))
	words.Add(h.Goroutines > 0, "%s goroutines", say.Count(h.Goroutines))
	words.Add(h.OpenFiles > 0, "%s files of %s", say.Count(h.OpenFiles), say.Count(h.FileLimit))
	words.Add(h.GCPauseS > 0, "GC pauses %s ms", ms(Millis(h.GCPauseS*1000)))
	if len(words)+len(warnings) == 0 {
		return
	}
	b.WriteString("\n" + say.Wrap("Generator: ", "  ", strings.Join(words, ", ")))
	for _, warning := range warnings {
		writeLine(b, say.Printable(warning))
	}
}

// title is the first line of a phase.
func (p *PhaseSummary) title() string {
	name := "Phase " + say.Printable(p.Name)
	switch p.Name {
	case "":
		name = "Run"
	case "total":
		name = "Total"
	}
	title := fmt.Sprintf("%s, %s to %s", name, say.ClockS(p.StartS), say.ClockS(p.EndS))
	if p.Users > 0 {
		title += fmt.Sprintf(", %s users", say.Count(p.Users))
	}
	if p.SpawnRate > 0 {
		title += fmt.Sprintf(" at %s/s", say.Setting(p.SpawnRate))
	}
	if p.Model != "" {
		title += ", " + say.Printable(p.Model)
	}
	return title
}

// plan are the lines on what the plan wanted.
func (p *PhaseSummary) plan() (lines say.Parts) {
	if p.Arrivals != nil {
		lines.Add(true, "arrivals %s", p.Arrivals)
	}
	lines.Add(p.Pace != "" && (p.Arrivals == nil || p.Arrivals.Session), "pace %s", say.Printable(p.Pace)) // no pacer paces tasks that arrive singly
	lines.Add(len(p.Weights) > 0, "mix %s", mix(p.Weights))
	line := p.prediction()
	lines.Add(line != "", "%s", line)
	return lines
}

// mix formats weights as shares, the largest first.
func mix(weights map[string]float64) string {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	names := slices.SortedFunc(maps.Keys(weights), func(a, b string) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a, b))
	})
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = say.Printable(name) + " " + say.Share(weights[name]/max(sum, 1e-300))
	}
	return strings.Join(words, ", ")
}

// remarks are the lines below the rows: lag and what did not go by the plan.
func (p *PhaseSummary) remarks() (lines say.Parts) {
	late, unanswered, counts := p.LagMS, p.Unanswered(), p.Counters.words()
	lines.Add(late.Max.IsFinite(), "generator late by p50 %s, p99 %s, max %s ms", ms(late.P50), ms(late.P99), ms(late.Max))
	lines = append(lines, p.brackets()...)
	lines.Add(unanswered != "", "%s", unanswered)
	lines.Add(counts != "", "%s", counts)
	return lines
}

// Unanswered says in a sentence how many requests have not ended, in a run in progress or killed, and
// how long they have waited; "" for none.
func (p *PhaseSummary) Unanswered() string {
	var parts say.Parts
	all, before := p.Aggregated(), p.Counters.InFlightBefore
	parts.Add(all.InFlight > 0, "%s requests in flight, the oldest waiting for %s ms so far: they take at least that long", say.Count(all.InFlight), ms(all.WaitingMS))
	parts.Add(before > 0, "%s requests in flight since before the reset, which will not count", say.Count(before))
	return strings.Join(parts, "; ")
}

// brackets say of the Aggregated row which percentiles are doubtful or not measured, how many wake-ups were
// late, and between which values a doubtful one lies.
func (p *PhaseSummary) brackets() (lines say.Parts) {
	t := p.Aggregated().Trust
	var doubtful, notMeasured say.Parts
	late := ", %s of wake-ups late by more than 5 %% of it" // the first one explains the share
	for i, v := range []Rating{t.P50, t.P95, t.P99, t.P999} {
		name := [...]string{"p50", "p95", "p99", "p99.9"}[i]
		switch v.Grade {
		case Doubtful:
			doubtful = append(doubtful, fmt.Sprintf("%s (between %s and %s ms"+late+")", name, ms(v.Low), ms(v.High), say.Share(v.LateShare)))
		case NotMeasured:
			notMeasured = append(notMeasured, fmt.Sprintf("%s (%s)", name, strings.TrimPrefix(fmt.Sprintf(late, say.Share(v.LateShare)), ", ")))
		default:
			continue
		}
		late = ", %s"
	}
	lines.Add(doubtful != nil, "~ doubtful: %s", strings.Join(doubtful, ", "))
	lines.Add(notMeasured != nil, "? not measured: %s", strings.Join(notMeasured, ", "))
	return lines
}

// words says which counters are not zero.
func (c Counters) words() string {
	var words say.Parts
	for _, part := range []struct {
		n    int64
		what string
	}{
		{c.Planned, "task starts planned"}, {c.Started, "started"}, {c.Finished, "finished"},
		{c.Unfinished, "unfinished"}, {c.Running, "of them running"}, {c.Waiting, "waiting for a worker"}, {c.Missed, "missed"}, {c.Dropped, "dropped"},
		{c.InFlight, "requests in flight"}, {c.CutOff, "requests cut off"}, {c.Straddlers, "requests done after the phase"},
		{c.Clamped, "times out of range"}, {c.OtherOperations, "requests of operations past the limit"},
	} {
		words.Add(part.n != 0, "%s %s", say.Count(part.n), part.what)
	}
	return strings.Join(words, ", ")
}
