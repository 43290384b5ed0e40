package record

import (
	"maps"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
)

// Meta is what the engine knows about a run and the recorder does not.
type Meta struct {
	Name       string        // of the run
	Seed       uint64        // of every random stream
	PlanDigest string        // digest of the plan
	Streams    int           // version of the random streams; 0: unknown
	Start      time.Time     // wall clock at offset 0
	End        time.Duration // offset at which the run ended
	Notes      []string      // sentences that a reader must see first
	Health     report.Health // of the generator; Summary adds the sentences
}

// Summary gives the figures of the run that ended at meta.End.
func (r *Recorder) Summary(meta Meta) *report.Summary {
	s := &report.Summary{Name: meta.Name, Seed: meta.Seed, PlanDigest: meta.PlanDigest, Streams: meta.Streams, Start: meta.Start.Round(0).UTC(), Notes: meta.Notes, Health: meta.Health}
	r.sumUp(s, meta.End, true)
	s.Health.Judge(&s.Total, meta.End)
	s.Notes = append(s.Notes, s.Thinned()...)
	return s
}

// SoFar gives what a Summary of the run up to offset now has, except for what is known of the run alone and the
// seconds: no Timeline, no Intervals, no Health. All counts are of one instant. It costs a fraction of a
// Summary.
func (r *Recorder) SoFar(now time.Duration) *report.Summary {
	s := new(report.Summary)
	r.sumUp(s, now, false)
	return s
}

// sumUp fills in what the recorder knows.
func (r *Recorder) sumUp(s *report.Summary, end time.Duration, rows bool) {
	s.Schema, s.EndS = report.Schema, end.Seconds()
	phases := r.gatherAll(s, end, rows)
	total := together(phases, r.ops.all())
	for i := range phases {
		s.Phases = append(s.Phases, r.phaseOf(phases[i].phase, end, &phases[i]))
	}
	s.Total = r.total(s.Phases, &total)
	s.LagMS = s.Total.LagMS
	r.addLedgers(s, end, rows)
}

// gatherAll copies the figures of the phases that the run reached, and fills in what needs no further
// work.
func (r *Recorder) gatherAll(s *report.Summary, end time.Duration, rows bool) (phases []gathered) {
	s.Intervals = []report.Series{}
	r.read(func(f *store) {
		s.ResetS = f.at.Seconds()
		s.Notes, s.Exceptions = slices.Concat(s.Notes, r.notes.sentences()), r.exceptions.all() // of after that reset
		names := r.ops.all()
		for i, p := range f.phases {
			if i > 0 && r.phases[i].Start >= end && len(p.cells) == 0 && f.counts[i] == (counts{}) {
				s.NotReached = append(s.NotReached, r.phases[i].Name)
				continue
			}
			phases = append(phases, f.gather(i, names, end))
			if rows {
				s.Intervals = append(s.Intervals, r.seriesOf(f, i, end)...)
			}
		}
		s.Failures = r.failures(f, false)
		if !rows {
			return
		}
		s.Timeline = r.timelineOf(f, 0, max(seconds(end), f.lastSecond()))
	})
	return phases
}

// total builds the figures of the whole run.
func (r *Recorder) total(phases []report.PhaseSummary, g *gathered) report.PhaseSummary {
	out := report.PhaseSummary{Name: "total"}
	for _, p := range phases {
		out.EndS = max(out.EndS, p.EndS)
		out.Users = max(out.Users, p.Users)
	}
	out.Counters = g.counts
	g.fill(&out, out.EndS-r.countedFrom().Seconds())
	return out
}

// secondsOf converts nanoseconds.
func secondsOf(ns int64) float64 { return time.Duration(ns).Seconds() }

// seconds returns how many seconds begin before an offset.
func seconds(end time.Duration) int { return int((end + time.Second - 1) / time.Second) }

// Phase gives the figures of phase i up to offset now, of a run in progress; the zero value if
// there is no such phase. Answers that still come in later will belong to it too.
func (r *Recorder) Phase(i int, now time.Duration) report.PhaseSummary {
	if i < 0 || i >= len(r.phases) {
		return report.PhaseSummary{}
	}
	var g gathered
	r.read(func(f *store) { g = f.gather(i, r.ops.all(), now) })
	out := r.phaseOf(i, now, &g)
	r.ledgers.each(func(sort report.Sort, l *Recorder) {
		of := l.Phase(i, now)
		r.ledgers.add(&out, &of, sort, r.countedFrom().Seconds())
	})
	return out
}

// phase builds the figures of phase i up to offset now.
func (r *Recorder) phaseOf(i int, now time.Duration, g *gathered) report.PhaseSummary {
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
		Name: info.Name, StartS: info.Start.Seconds(), Users: info.Users, SpawnRate: info.SpawnRate, From: info.From, Stages: slices.Clone(info.Stages),
		Weights: maps.Clone(info.Weights), RampEndS: info.RampEnd.Seconds(), SettleS: info.Settle.Seconds(),
		Arm: info.Arm, Load: info.Load, Replay: info.Replay, Model: info.Model, Pace: info.Pace, Kinds: slices.Clone(info.Kinds), Arrivals: info.Arrivals, Predicted: info.Predicted,
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
	p.RestedS = float64(g.rested) / 1e3
}
