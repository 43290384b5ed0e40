package report

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/hist"
)

// Snapshot is how the run goes at one instant. It is the reader's own: nothing changes it later.
type Snapshot struct {
	At         time.Duration // offset since the start of the run
	Phase      PhaseInfo     // the phase At lies in
	Index      int           // of that phase
	Planned    int           // users that the plan wants, as last noted by Level
	Users      int           // users running
	On         int           // of Users: in an ON period
	Ops        []Live        // sorted by name, then method
	Total      Live          // the Aggregated row
	Failures   []Failure     // all phases together; the most frequent first
	Exceptions []Exception   // the most frequent first
	Late       Lateness      // of the run so far
	Trust      Trust         // of Total.Response
	Counters   Counters      // of the run so far
	Health     Health        // of the generator so far, without word and sentences, which JudgedHealth adds; a Snapshot of the engine holds it
}

// Off returns the users in an OFF period.
func (s *Snapshot) Off() int { return s.Users - s.On }

// PhaseLeft returns the time left in the phase; false if it has no end.
func (s *Snapshot) PhaseLeft() (time.Duration, bool) {
	return max(0, s.Phase.End-s.At), s.Phase.End > 0
}

// Live is one operation since the start of the run and in the last seconds. What is recent goes by
// completion and ends now, so a target that hangs shows a rate of 0.
type Live struct {
	Op       Op
	Requests int64   // completed since the start of the run
	Failures int64   // of Requests
	CutOff   int64   // beside Requests
	InFlight int64   // beside both
	Waiting  Millis  // how long the oldest one in flight has waited, so what it takes at least; 0 without any
	Bytes    int64   // of the answers' bodies
	RPS      float64 // Requests per second since the start of the run
	Response Figures // since the start of the run; failures slower than every success, those in flight by what they take at least
	// Times are the quantiles that Snapshot was asked for, of all response times since
	// the start of the run, and Timed goes with them: failures included as if they were answers
	// (Locust's way).
	Times []Millis
	Timed Timed

	RecentRPS      float64 // requests done per second in the last 5 s
	RecentFailures float64 // failures done per second, likewise
	Recent         Figures // of the requests done in the last 10 s; Min, Mean, Max of the successes, to 0.2 %
}

// FailureShare returns failures/requests, 0..1; 0 without requests.
func (l *Live) FailureShare() float64 { return share(l.Failures, l.Requests) }

// Snapshot tells how the run goes at offset now. quantiles, in ascending order, are those that
// Live.Times holds for each row; none: no Times.
func (r *Recorder) Snapshot(now time.Duration, quantiles ...float64) *Snapshot {
	at := r.phaseIndex(now)
	l := r.levels.now()
	s := &Snapshot{
		At: now, Phase: r.phases[at], Index: at,
		Planned: int(l.planned), Users: int(l.users), On: int(l.on),
		Exceptions: r.trouble.all(),
	}
	r.read(func(f *figures) { r.look(s, f, quantiles) })
	return s
}

// look fills in what the figures tell.
func (r *Recorder) look(s *Snapshot, f *figures, quantiles []float64) {
	names := r.ops.all()
	for i := range f.counts {
		s.Counters.add(f.counts[i].state())
	}
	v := view{f: f, now: s.At, from: r.countedFrom(), quantiles: quantiles}
	for _, op := range inOrder(names) {
		if row, ok := v.row(names[op], op); ok {
			s.Ops = append(s.Ops, row)
			if op == 0 {
				s.Counters.OtherOperations += row.Requests
			}
		}
	}
	s.Total = v.total()
	s.Failures = r.failures(f, true)
	late := new(hist.Sketch)
	for _, p := range f.phases {
		late.Merge(&p.late)
	}
	s.Late = latenessOf(late)
	all := v.all.responses()
	s.Trust = trustOf(&all, late)
	s.Counters.CutOff += s.Total.CutOff
	s.Counters.InFlight += s.Total.InFlight
	s.Counters.Straddlers += v.all.straddlers
	s.Counters.Clamped += int64(v.all.ok.Clamped() + v.all.bad.Clamped() + v.all.cut.Clamped())
}

// view is the work on the rows of a Snapshot.
type view struct {
	f         *figures
	now, from time.Duration // figures count from there
	quantiles []float64
	cells     []*cell // of the row in work, by phase
	one       tally   // their sum, if there are several
	all       tally   // of all rows
}

// row builds the row of an operation; false if nothing was recorded for it.
func (v *view) row(name Op, op int) (Live, bool) {
	v.cells = v.cells[:0]
	for _, p := range v.f.phases {
		if op < len(p.cells) && p.cells[op] != nil {
			v.cells = append(v.cells, p.cells[op])
			v.all.addResponses(p.cells[op], v.now)
		}
	}
	if len(v.cells) == 0 {
		return Live{}, false
	}
	row := v.since(v.sum())
	row.Op = name
	if op < len(v.f.live) {
		v.recent(&row, v.f.live[op:op+1])
	}
	return row, true
}

// sum returns the response times in cells; of a single one without copying them.
func (v *view) sum() responses {
	if len(v.cells) == 1 && len(v.cells[0].flying) == 0 {
		return v.cells[0].responses()
	}
	v.one.reset()
	for _, c := range v.cells {
		v.one.addResponses(c, v.now)
	}
	return v.one.responses()
}

// total builds the Aggregated row.
func (v *view) total() Live {
	row := v.since(v.all.responses())
	row.Op.Name = Aggregated
	v.recent(&row, v.f.live)
	return row
}

// since builds a row of what happened since the start of the run.
func (v *view) since(t responses) Live {
	n := int64(t.ok.Count() + t.bad.Count())
	row := Live{
		Requests: n, Failures: int64(t.bad.Count()), CutOff: int64(t.cut.Count()), Bytes: t.bytes,
		InFlight: int64(t.flying.Count()), Waiting: millis(t.flying.Max()),
		RPS:      rate(n, (v.now - v.from).Seconds()),
		Timed:    timedOf(t.ok, t.bad),
		Response: t.figures(),
	}
	if len(v.quantiles) > 0 {
		row.Times = v.times(t)
	}
	return row
}

// times returns the quantiles asked for of all response times.
func (v *view) times(t responses) []Millis {
	all := t.ok
	if t.bad.Count() > 0 {
		all = new(hist.Sketch)
		all.Merge(t.ok)
		all.Merge(t.bad)
	}
	at, out := make([]time.Duration, len(v.quantiles)), make([]Millis, len(v.quantiles))
	all.QuantilesOf(all.Count(), v.quantiles, at)
	for i, d := range at {
		out[i] = millis(d)
		if all.Count() == 0 {
			out[i] = None
		}
	}
	return out
}

// recent fills in the last seconds of some operations.
func (v *view) recent(row *Live, ops []*liveOp) {
	second := int32(v.now / time.Second)
	var done, failed, inWindow uint64
	for _, o := range ops {
		n, bad := o.recent(second-recentRate+1, second, nil)
		done, failed = done+n, failed+bad
		n, _ = o.recent(second-recentWindow, second, &v.f.scratch)
		inWindow += n
	}
	row.RecentRPS = rate(int64(done), v.stretch(second-recentRate+1))
	row.RecentFailures = rate(int64(failed), v.stretch(second-recentRate+1))
	row.Recent = figuresIn(&v.f.scratch, inWindow)
}

// stretch returns the time from a second to now, and at least one second: the first moments of a
// run would else show absurd rates.
func (v *view) stretch(from int32) float64 {
	return max(1, (v.now - max(v.from, time.Duration(from)*time.Second)).Seconds())
}

// String is one line of progress.
func (s *Snapshot) String() string {
	t := &s.Total
	line := fmt.Sprintf("%s %s", say.Clock(s.At), s.Phase.Name)
	if left, ok := s.PhaseLeft(); ok {
		line += fmt.Sprintf(" (%s left)", say.Clock(left))
	}
	line += fmt.Sprintf("  %s users (%s on)  %s req/s  %s requests  %s failed",
		say.Count(s.Users), say.Count(s.On), say.Number(t.RecentRPS), say.Count(t.Requests), say.Count(t.Failures))
	if t.RecentFailures == 0 && !t.Recent.P50.IsFinite() { // nobody was answered
		return line + "  p50 -  p95 -"
	}
	return line + fmt.Sprintf("  p50 %s  p95 %s ms", ms(t.Recent.P50), ms(t.Recent.P95))
}
