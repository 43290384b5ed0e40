package report

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Phase gives the figures of phase i up to offset now, while the run goes on; the zero value if
// there is no such phase. Answers that still come in later will belong to it too.
func (r *Recorder) Phase(i int, now time.Duration) (out PhaseSummary) {
	if i < 0 || i >= len(r.phases) {
		return PhaseSummary{}
	}
	counted := r.counted(i)
	r.read(func(f *figures) { out = r.phase(f, i, now, counted) })
	return out
}

// phase builds the figures of phase i up to offset now.
func (r *Recorder) phase(f *figures, i int, now time.Duration, counted Counters) PhaseSummary {
	info := r.phases[i]
	out := describe(info)
	out.EndS = max(info.Start, r.endOf(i, now)).Seconds()
	out.Counters = counted
	out.fill(f.phases[i:i+1], r.ops.all())
	return out
}

// endOf returns where phase i ends: by the plan, or earlier with the run.
func (r *Recorder) endOf(i int, now time.Duration) time.Duration {
	end := now
	if planned := r.phases[i].End; planned >= 0 {
		end = min(end, planned)
	}
	r.endMu.Lock()
	defer r.endMu.Unlock()
	if r.ended >= 0 {
		end = min(end, r.ended)
	}
	return end
}

// describe copies what the plan says of a phase.
func describe(info PhaseInfo) PhaseSummary {
	return PhaseSummary{
		Name: info.Name, StartS: info.Start.Seconds(), Users: info.Users, SpawnRate: info.SpawnRate,
		Weights: maps.Clone(info.Weights), RampEndS: info.RampEnd.Seconds(), SettleS: info.Settle.Seconds(),
		Arm: info.Arm, Model: info.Model, Pace: info.Pace, Predicted: info.Predicted,
	}
}

// fill adds the rows and sums of the given phases. StartS, EndS and the counters of tasks are there.
func (p *PhaseSummary) fill(phases []*phaseFigures, names []Op) {
	late := new(Sketch)
	for _, f := range phases {
		late.Merge(&f.late)
	}
	all, seconds := new(tally), p.EndS-p.StartS
	ops, tallies := ofOps(phases, names)
	for i, t := range tallies {
		all.merge(t)
		p.Operations = append(p.Operations, t.operation(ops[i], seconds, late))
		if ops[i].Name == OtherOperations {
			p.Counters.OtherOperations += t.requests()
		}
	}
	sum := all.operation(Op{Name: Aggregated}, seconds, late)
	p.Operations = append(p.Operations, sum)
	p.Requests, p.Failures, p.RPS = sum.Requests, sum.Failures, sum.RPS
	p.LateMS, p.LateSketch = latenessOf(late), kept(late)
	p.Counters.CutOff += sum.CutOff
	p.Counters.Straddlers += sum.Straddlers
	p.Counters.Clamped += int64(all.ok.Clamped() + all.bad.Clamped() + all.cut.Clamped())
}

// Summary gives the figures of the run that ended at meta.End.
func (r *Recorder) Summary(meta Meta) *Summary {
	s := &Summary{
		Schema: Schema, Name: meta.Name, Seed: meta.Seed, PlanDigest: meta.PlanDigest,
		Start: meta.Start.Round(0).UTC(), EndS: meta.End.Seconds(), Notes: slices.Clone(meta.Notes),
		Exceptions: r.trouble.all(), Health: meta.Health,
	}
	counted := make([]Counters, len(r.phases))
	for i := range counted {
		counted[i] = r.counted(i)
	}
	r.read(func(f *figures) { r.summarise(s, f, meta.End, counted) })
	return s
}

// summarise fills in what the figures tell.
func (r *Recorder) summarise(s *Summary, f *figures, end time.Duration, counted []Counters) {
	reached := 0
	for i, info := range r.phases {
		if i > 0 && info.Start >= end && len(f.phases[i].cells) == 0 {
			s.NotReached = append(s.NotReached, info.Name)
			continue
		}
		s.Phases = append(s.Phases, r.phase(f, i, end, counted[i]))
		reached = i + 1
	}
	s.Total = r.total(f, s.Phases, counted)
	s.LateMS = s.Total.LateMS
	s.Health.judge(&s.Total, end)
	s.Failures = r.failures(f, false)
	s.Timeline = r.timeline(f, 0, max(seconds(end), f.lastSecond()))
	for i := range reached {
		s.Intervals = append(s.Intervals, r.series(f, i, end)...)
	}
}

// total builds the figures of the whole run.
func (r *Recorder) total(f *figures, phases []PhaseSummary, counted []Counters) PhaseSummary {
	out := PhaseSummary{Name: "total"}
	for _, p := range phases {
		out.EndS = max(out.EndS, p.EndS)
		out.Users = max(out.Users, p.Users)
	}
	for _, c := range counted {
		out.Counters.add(c)
	}
	out.fill(f.phases, r.ops.all())
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
