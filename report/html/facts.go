package html

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// tiles are the figures that a reader sees first.
func tiles(s *report.Summary) []tile {
	all := s.Total.Aggregated()
	share := all.FailureShare()
	times := func(title string, m report.Millis) tile {
		failed := all.Requests > 0 && !m.IsFinite()
		t := tile{Title: title, Value: m.Text(all.Requests), More: "response time, ms", Bad: failed}
		if failed {
			t.More = "among the failures"
		}
		return t
	}
	return []tile{
		{Title: "Requests", Value: say.Count(all.Requests), More: say.Number(all.RPS) + " per second"},
		{Title: "Failed", Value: say.Share(share), More: say.Plural(all.Failures, "request"), Bad: all.Failures > 0},
		times("p50", all.ResponseMS.P50), times("p95", all.ResponseMS.P95), times("p99", all.ResponseMS.P99),
		{Title: "Most users", Value: say.Count(s.Total.Users), More: say.Plural(len(s.Phases), "phase")},
	}
}

// inFlight is what has not ended yet in a run that is not over; "" for nothing.
func inFlight(s *report.Summary) string {
	all, c := s.Total.Aggregated(), s.Total.Counters
	if all.InFlight+c.Running+c.InFlightBefore == 0 {
		return ""
	}
	text := fmt.Sprintf("%s, %s", say.Plural(all.InFlight, "request"), say.Plural(c.Running, "task"))
	if all.InFlight > 0 {
		text += fmt.Sprintf("; the oldest request has waited for %s ms", say.Number(float64(all.WaitingMS)))
	}
	if c.InFlightBefore > 0 {
		text += fmt.Sprintf("; %s since before the reset", say.Plural(c.InFlightBefore, "request"))
	}
	return text
}

// facts are the figures of the generator and of the plan.
func facts(s *report.Summary, o Options) []tile {
	c := s.Total.Counters
	late := "–"
	if s.LagMS.P99.IsFinite() {
		late = fmt.Sprintf("p50 %s, p99 %s, max %s ms", say.Number(float64(s.LagMS.P50)), say.Number(float64(s.LagMS.P99)), say.Number(float64(s.LagMS.Max)))
	}
	of := ""
	if w := s.WorstWorker(); w != "" {
		of = " of worker " + w + ", the worst off"
	}
	out := []tile{
		{Title: "Wake lag of the generator", Value: late},
		{Title: "p95 response time", Value: verdict(s.Total.Aggregated().Trust.P95.Grade)},
		{Title: "p99 response time", Value: verdict(s.Total.Aggregated().Trust.P99.Grade)},
		{Title: "Task starts", Value: c.Starts()},
		{Title: "No work left", Value: s.Total.Rested()},
		{Title: "Cut off", Value: cutOff(&s.Total)},
		{Title: "In flight", Value: inFlight(s)},
		{Title: "Across phase borders", Value: say.Plural(c.Straddlers, "request")},
		{Title: "Processor" + of, Value: processor(s.Health)},
		{Title: "Garbage collection" + of, Value: gcText(s.Health)},
		{Title: "Open files" + of, Value: filesText(s.Health)},
		{Title: "Seed", Value: strconv.FormatUint(s.Seed, 10)},
		{Title: "Plan", Value: s.PlanDigest},
		{Title: "Program", Value: o.Program},
		{Title: "Versions", Value: versions(o)},
	}
	for _, line := range s.Chores() {
		out = append(out, tile{Title: "Once in the run", Value: line})
	}
	if len(s.NotReached) > 0 {
		out = append(out, tile{Title: "Phases not reached", Value: strings.Join(s.NotReached, ", ")})
	}
	return slices.DeleteFunc(out, func(t tile) bool { return t.Value == "" })
}

// versions are those that decide what a seed and a summary file mean.
func versions(o Options) string {
	text := fmt.Sprintf("summary schema %d", report.Schema)
	if o.Streams > 0 {
		text = fmt.Sprintf("random streams %d, ", o.Streams) + text
	}
	return text
}

// processor, gcText and filesText tell of the machine; "" where it did not.
func processor(x report.Health) string {
	if x.CPU <= 0 || x.CPULimit <= 0 {
		return ""
	}
	text := fmt.Sprintf("%s cores on average, %s at the peak, of %s", say.Number(x.CPU), say.Number(x.CPUPeak), say.Number(x.CPULimit))
	if x.MachineCores > 0 {
		text += fmt.Sprintf("; other processes %s, %s at the peak, of the machine's %d", say.Number(x.OthersCPU), say.Number(x.OthersPeak), x.MachineCores)
	}
	return text
}

func gcText(x report.Health) string {
	if x.MemoryBytes == 0 {
		return ""
	}
	return fmt.Sprintf("stopped the generator for %s ms in all; %s of memory", say.Number(1000*x.GCPauseS), say.Bytes(float64(x.MemoryBytes)))
}

func filesText(x report.Health) string {
	if x.OpenFiles == 0 || x.FileLimit == 0 {
		return ""
	}
	return fmt.Sprintf("%s at most, of %s", say.Count(x.OpenFiles), say.Count(x.FileLimit))
}

// verdict says whether a percentile stands.
func verdict(g report.Grade) string {
	switch g {
	case report.Trusted:
		return "stands: the generator was on time"
	case report.Doubtful:
		return "doubtful: the generator was late too often"
	case report.NotMeasured:
		return "not measured: the generator was too late"
	}
	return ""
}

// cutOff counts what the end of the run cut off.
func cutOff(p *report.PhaseSummary) string {
	text := fmt.Sprintf("%s, %s", say.Plural(p.Counters.CutOff, "request"), say.Plural(p.Counters.Unfinished, "task"))
	if n := p.TransactionsCutOff(); n > 0 {
		text += ", " + say.Plural(n, "transaction")
	}
	return text
}
