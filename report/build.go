package report

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Phase gives the figures of phase i up to offset now, while the run goes on; the zero value if
// there is no such phase. Answers that still come in later will belong to it too.
func (r *Recorder) Phase(i int, now time.Duration) PhaseSummary {
	if i < 0 || i >= len(r.phases) {
		return PhaseSummary{}
	}
	var g gathered
	r.read(func(f *figures) { g = f.gather(i, r.ops.all(), now) })
	return r.phase(i, now, &g)
}

// phase builds the figures of phase i up to offset now.
func (r *Recorder) phase(i int, now time.Duration, g *gathered) PhaseSummary {
	info := r.phases[i]
	out := describe(info)
	end := max(info.Start, r.endOf(i, now))
	out.EndS = end.Seconds()
	out.Counters = g.counts
	out.fill(g, (end - max(info.Start, r.countedFrom())).Seconds())
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
func describe(info PhaseInfo) PhaseSummary {
	if info.Predicted != nil {
		own := *info.Predicted
		info.Predicted = &own
	}
	if info.Arrivals != nil {
		own := *info.Arrivals
		info.Arrivals = &own
	}
	return PhaseSummary{
		Name: info.Name, StartS: info.Start.Seconds(), Users: info.Users, SpawnRate: info.SpawnRate,
		Weights: maps.Clone(info.Weights), RampEndS: info.RampEnd.Seconds(), SettleS: info.Settle.Seconds(),
		Arm: info.Arm, Replay: info.Replay, Model: info.Model, Pace: info.Pace, Arrivals: info.Arrivals, Predicted: info.Predicted,
	}
}

// fill adds the rows and sums of what was gathered over a stretch of seconds.
func (p *PhaseSummary) fill(g *gathered, seconds float64) {
	all := new(tally)
	for i, t := range g.tallies {
		all.merge(t)
		p.Operations = append(p.Operations, t.operation(g.ops[i], seconds, g.late))
		if g.ops[i].Name == OtherOperations {
			p.Counters.OtherOperations += t.requests()
		}
	}
	sum := all.operation(Op{Name: Aggregated}, seconds, g.late)
	p.Operations = append(p.Operations, sum)
	p.Requests, p.Failures, p.RPS, p.Throughput = sum.Requests, sum.Failures, sum.RPS, sum.Throughput
	p.LateMS, p.LateSketch = latenessOf(g.late), kept(g.late)
	p.Counters.CutOff += sum.CutOff
	p.Counters.InFlight += sum.InFlight
	p.Counters.Straddlers += sum.Straddlers
	p.Counters.Clamped += int64(all.ok.Clamped() + all.bad.Clamped() + all.cut.Clamped())
}

// Summary gives the figures of the run that ended at meta.End.
func (r *Recorder) Summary(meta Meta) *Summary {
	s := &Summary{
		Schema: Schema, Name: meta.Name, Seed: meta.Seed, PlanDigest: meta.PlanDigest, Streams: meta.Streams,
		Start: meta.Start.Round(0).UTC(), EndS: meta.End.Seconds(), ResetS: r.countedFrom().Seconds(),
		Notes: slices.Concat(meta.Notes, r.notes.sentences()), Health: meta.Health, Exceptions: r.trouble.all(),
	}
	phases := r.gatherAll(s, meta.End)
	total := together(phases, r.ops.all())
	for i := range phases {
		s.Phases = append(s.Phases, r.phase(phases[i].phase, meta.End, &phases[i]))
	}
	s.Total = r.total(s.Phases, &total)
	s.LateMS = s.Total.LateMS
	s.Health.judge(&s.Total, meta.End)
	return s
}

// gatherAll copies the figures of the phases that the run reached, and fills in what needs no further
// work.
func (r *Recorder) gatherAll(s *Summary, end time.Duration) (phases []gathered) {
	s.Intervals = []Series{}
	r.read(func(f *figures) {
		names := r.ops.all()
		for i, p := range f.phases {
			if i > 0 && r.phases[i].Start >= end && len(p.cells) == 0 && f.counts[i] == (counts{}) {
				s.NotReached = append(s.NotReached, r.phases[i].Name)
				continue
			}
			phases = append(phases, f.gather(i, names, end))
			s.Intervals = append(s.Intervals, r.series(f, i, end)...)
		}
		s.Failures = r.failures(f, false)
		s.Timeline = r.timeline(f, 0, max(seconds(end), f.lastSecond()))
	})
	return phases
}

// total builds the figures of the whole run.
func (r *Recorder) total(phases []PhaseSummary, g *gathered) PhaseSummary {
	out := PhaseSummary{Name: "total"}
	for _, p := range phases {
		out.EndS = max(out.EndS, p.EndS)
		out.Users = max(out.Users, p.Users)
	}
	out.Counters = g.counts
	out.fill(g, out.EndS-r.countedFrom().Seconds())
	return out
}

// failures lists the reasons, the most frequent first; merged makes one row of an operation's
// reason in all phases.
func (r *Recorder) failures(f *figures, merged bool) []Failure {
	type key struct {
		phase  string
		op     uint16
		reason uint16
	}
	ops, reasons := r.ops.all(), r.reasons.all()
	at, out := make(map[key]int), []Failure{}
	for i, p := range f.phases {
		name := r.phases[i].Name
		if merged {
			name = ""
		}
		p.eachReason(func(op uint16, n reasonCount) {
			k := key{name, op, n.reason}
			if _, ok := at[k]; !ok {
				at[k] = len(out)
				out = append(out, Failure{
					Method: ops[op].Method, Name: ops[op].Name, Phase: name, Reason: reasons[n.reason],
					FirstS: secondsOf(n.first), LastS: secondsOf(n.last),
				})
			}
			out[at[k]].add(n)
		})
	}
	slices.SortStableFunc(out, byOccurrences)
	return out
}

// byOccurrences puts the most frequent failure first.
func byOccurrences(a, b Failure) int {
	return cmp.Or(cmp.Compare(b.Occurrences, a.Occurrences), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Method, b.Method), cmp.Compare(a.Reason, b.Reason))
}

// add adds the count of one phase.
func (x *Failure) add(n reasonCount) {
	x.Occurrences += n.n
	x.FirstS, x.LastS = min(x.FirstS, secondsOf(n.first)), max(x.LastS, secondsOf(n.last))
}

// eachReason calls do with every reason of every operation.
func (p *phaseFigures) eachReason(do func(op uint16, n reasonCount)) {
	for op, c := range p.cells {
		if c == nil || c.failed == nil {
			continue
		}
		for _, n := range c.failed.reasons {
			do(uint16(op), n)
		}
	}
}

// secondsOf converts nanoseconds.
func secondsOf(ns int64) float64 { return time.Duration(ns).Seconds() }

// seconds returns how many seconds begin before an offset.
func seconds(end time.Duration) int { return int((end + time.Second - 1) / time.Second) }
