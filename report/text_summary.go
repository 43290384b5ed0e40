package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

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
	s.appendTables(b)
	_, err := io.WriteString(w, b.String())
	return err
}

// Cautions are what to know before believing a figure, the worst first: what was lost with workers, that the generator
// was the bottleneck, and the other notes.
func (s *Summary) Cautions() []string {
	why := s.Health.Bottleneck
	if why == "" {
		return s.Notes
	}
	return slices.Insert(slices.Clone(s.Notes), s.lossNotes(), why)
}

// lossNotes is up to where the Notes say what was lost with workers; 0: nothing was.
func (s *Summary) lossNotes() int { return slices.Index(s.Notes, cmp.Or(s.lossNote(), " ")) + 1 }

// Foremost are those of the Cautions that stand above all figures and verdicts: of a loss and of a bottleneck. An aborted run
// with a loss has its reason there, too.
func (s *Summary) Foremost() []string {
	n := s.lossNotes()
	if s.Health.Bottleneck != "" {
		n++
	}
	return s.Cautions()[:n]
}

// WriteTables writes what identifies the run and its tables: failures, exceptions, one per phase, or one row per phase where
// they are many, the total and what did not go by the plan.
func (s *Summary) WriteTables(w io.Writer) error {
	b := new(strings.Builder)
	s.appendTables(b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Summary) appendTables(b *strings.Builder) {
	s.writeHead(b)
	writeFailures(b, "Failures", s.Failures)
	writeFailures(b, "Failures of transactions", s.TransactionFailures)
	writeExceptions(b, s.Exceptions)
	if len(s.Phases) > mostPhases {
		s.writeOverview(b)
	} else {
		for i := range s.Phases {
			s.Phases[i].appendText(b)
		}
	}
	s.writeNotReached(b)
	for _, line := range s.Chores() {
		b.WriteString("\n" + say.Wrap("", "  ", say.Printable(line)))
	}
	if len(s.Phases) > 1 {
		s.Total.appendText(b)
	}
	s.Total.writeTimings(b)
	s.writeWorkers(b)
	s.Health.appendText(b, s.WorstWorker(), s.OtherWarnings())
}

// Chores says in a sentence each what the set-up and the tear-down came to, if the script has them.
func (s *Summary) Chores() (said []string) {
	if s.SetUp != nil {
		said = append(said, s.SetUp.text("set-up"))
	}
	if s.TearDown != nil {
		said = append(said, s.TearDown.text("tear-down"))
	}
	return said
}

func (c *Chore) text(name string) string {
	all := PhaseSummary{Operations: c.Operations}.Aggregated()
	text := fmt.Sprintf("The %s took %s for %s", name, say.Span(time.Duration(c.TookS*float64(time.Second)).Round(time.Millisecond)), say.Plural(all.Requests, "request"))
	if all.Failures > 0 {
		text += fmt.Sprintf(", %s of them failed", say.Count(all.Failures))
	}
	if c.Error != "" {
		text += "; it failed: " + c.Error
	}
	return text + "."
}

// writeNotReached names the phases that the run ended before.
func (s *Summary) writeNotReached(b *strings.Builder) {
	names := s.NotReached
	if len(names) == 0 {
		return
	}
	b.WriteByte('\n')
	if len(names) > mostPhases {
		b.WriteString(say.Wrap("", "  ", fmt.Sprintf("%s were not reached, from %s to %s.", say.Plural(len(names), "phase"), say.Printable(names[0]), say.Printable(names[len(names)-1]))))
		return
	}
	for _, name := range names {
		b.WriteString(say.Wrap("", "  ", fmt.Sprintf("Phase %s was not reached.", say.Printable(name))))
	}
}

// WriteText writes the table of one phase.
func (p *PhaseSummary) WriteText(w io.Writer) error {
	b := new(strings.Builder)
	p.appendText(b)
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

// appendText writes the head, the rows and the remarks of a phase, after an empty line.
func (p *PhaseSummary) appendText(b *strings.Builder) {
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

// appendText writes what the generator saw of itself, if anything, and warnings. worker is the one that it was; "": it
// was this process.
func (h *Health) appendText(b *strings.Builder, worker string, warnings []string) {
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
	name := "Generator: "
	if worker != "" {
		name = fmt.Sprintf("Worker %s, which is worst off: ", say.Printable(worker))
	}
	b.WriteString("\n" + say.Wrap(name, "  ", strings.Join(words, ", ")))
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
	switch {
	case p.Stages != nil:
		title += fmt.Sprintf(", at most %s by %s", say.Plural(p.Users, "user"), StagesText(p.Stages, ""))
	case p.Users > 0:
		title += ", " + say.Plural(p.Users, "user")
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
	lines.Add(len(p.Kinds) > 0, "%s", kindsText(p.Kinds))
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
	late, unanswered, counts := p.LagMS, p.Unanswered(), p.counts()
	lines.Add(late.Max.IsFinite(), "generator late by p50 %s, p99 %s, max %s ms", ms(late.P50), ms(late.P99), ms(late.Max))
	lines = append(lines, p.brackets()...)
	lines.Add(unanswered != "", "%s", unanswered)
	lines.Add(p.Lost != nil, "%s of the load was lost with workers: %s", say.Share(p.LostShare()), p.Lost)
	lines.Add(p.HooksLateS > 0, "its hooks were called %s late, as no master was there", say.Span(p.HooksLate()))
	lines.Add(p.RestedS > 0, "%s", p.Rested())
	lines.Add(counts != "", "%s", counts)
	return lines
}

// Rested says in a sentence how long users had no work, all together; "" if they had.
func (p *PhaseSummary) Rested() string {
	if p.RestedS <= 0 {
		return ""
	}
	return "users rested for " + say.ClockS(p.RestedS) + " together, as no work was left for them"
}

// Unanswered says in a sentence how many requests have not ended, in a run in progress or killed, and
// how long they have waited; "" for none.
func (p *PhaseSummary) Unanswered() string {
	var parts say.Parts
	all, before := p.Aggregated(), p.Counters.InFlightBefore
	parts.Add(all.InFlight > 0, "%s in flight, the oldest waiting for %s ms so far: they take at least that long", say.Plural(all.InFlight, "request"), ms(all.WaitingMS))
	parts.Add(before > 0, "%s in flight since before the reset, which will not count", say.Plural(before, "request"))
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

// counts says which counters are not zero, and how many transactions were cut off.
func (p *PhaseSummary) counts() string {
	var all say.Parts
	counters, cut := p.Counters.words(), p.TransactionsCutOff()
	all.Add(counters != "", "%s", counters)
	all.Add(cut > 0, "%s cut off", say.Plural(cut, "transaction"))
	return strings.Join(all, ", ")
}

// words says which counters are not zero.
func (c Counters) words() string {
	var words say.Parts
	for _, part := range []struct {
		n    int64
		noun string // in the plural where there is more than one; "" for none
		what string
	}{
		{c.Planned, "task start", " planned"}, {c.Started, "", " started"}, {c.Finished, "", " finished"},
		{c.Unfinished, "", " unfinished"}, {c.Running, "", " of them running"}, {c.Waiting, "", " waiting for a worker"}, {c.Missed, "", " missed"}, {c.Dropped, "", " dropped"}, {c.Lost, "", " lost with workers"},
		{c.Skipped, "", " skipped"}, {c.Left, "user", " left"},
		{c.InFlight, "request", " in flight"}, {c.CutOff, "request", " cut off"}, {c.Straddlers, "request", " done after the phase"},
		{c.Clamped, "time", " out of range"}, {c.OtherOperations, "request", " of operations past the limit"},
	} {
		count := say.Count(part.n)
		if part.noun != "" {
			count = say.Plural(part.n, part.noun)
		}
		words.Add(part.n != 0, "%s%s", count, part.what)
	}
	return strings.Join(words, ", ")
}
