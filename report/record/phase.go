package record

import (
	"maps"
	"time"

	"github.com/gensim/load-generator/report"
)

// Phase gives the figures of phase i up to offset now, of a run in progress; the zero value if
// there is no such phase. Answers that still come in later will belong to it too.
func (r *Recorder) Phase(i int, now time.Duration) report.PhaseSummary {
	if i < 0 || i >= len(r.phases) {
		return report.PhaseSummary{}
	}
	var g gathered
	r.read(func(f *store) { g = f.gather(i, r.ops.all(), now) })
	return r.phase(i, now, &g)
}

// phase builds the figures of phase i up to offset now.
func (r *Recorder) phase(i int, now time.Duration, g *gathered) report.PhaseSummary {
	info := r.phases[i]
	out := describe(info)
	end := max(info.Start, r.endOf(i, now))
	out.EndS = end.Seconds()
	out.Counters = g.counts
	g.fill(&out, (end - max(info.Start, r.countedFrom())).Seconds())
	return out
}

// endOf returns where phase i ends: by the plan, or earlier with the run.
func (r *Recorder) endOf(i int, now time.Duration) time.Duration {
	end := now
	if planned := r.phases[i].End; planned > 0 {
		end = min(end, planned)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended >= 0 {
		end = min(end, r.ended)
	}
	return end
}

// describe copies what the plan says of a phase.
func describe(info report.PhaseInfo) report.PhaseSummary {
	if info.Predicted != nil {
		own := *info.Predicted
		info.Predicted = &own
	}
	if info.Arrivals != nil {
		own := *info.Arrivals
		info.Arrivals = &own
	}
	return report.PhaseSummary{
		Name: info.Name, StartS: info.Start.Seconds(), Users: info.Users, SpawnRate: info.SpawnRate,
		Weights: maps.Clone(info.Weights), RampEndS: info.RampEnd.Seconds(), SettleS: info.Settle.Seconds(),
		Arm: info.Arm, Replay: info.Replay, Model: info.Model, Pace: info.Pace, Arrivals: info.Arrivals, Predicted: info.Predicted,
	}
}

// fill adds the rows and sums of what was gathered over seconds.
func (g *gathered) fill(p *report.PhaseSummary, seconds float64) {
	all := new(tally)
	for i, t := range g.tallies {
		all.merge(t)
		row := t.operation(g.ops[i], seconds, g.late)
		p.Operations = append(p.Operations, row)
		if g.ops[i].Name == report.OtherOperations {
			p.Counters.OtherOperations += row.Requests
		}
	}
	sum := all.operation(report.Op{Name: report.Aggregated}, seconds, g.late)
	p.Operations = append(p.Operations, sum)
	p.Requests, p.Failures, p.RPS, p.Throughput = sum.Requests, sum.Failures, sum.RPS, sum.Throughput
	if p.LagMS = report.LagOf(g.late); g.late.Count() > 0 {
		p.LagSketch = g.late
	}
	p.Counters.CutOff += sum.CutOff
	p.Counters.InFlight += sum.InFlight
	p.Counters.Straddlers += sum.Straddlers
	p.Counters.Clamped += all.Clamped()
}
