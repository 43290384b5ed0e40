package record

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/gensim/load-generator/report"
)

// Whatever some processes measure, and whenever it is taken, sent and merged: it is what one Recorder shows that has
// taken all of it.
func TestMergedIsAsIfOneHadTakenAll(t *testing.T) {
	randomly(t, fmt.Sprint(fewer(unlessRaced(400, 80), 8)), func(t *rapid.T) {
		x := newSeveral(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 6).Draw(t, "processes"))
		for range rapid.IntRange(100, 250).Draw(t, "steps") {
			x.step(t)
		}
		x.compare(t)
	})
}

// several are processes whose figures are merged, and one Recorder that takes them all.
type several struct {
	rng        *rand.Rand // rapid's draws are mostly the first ones of a list: too few failures in a row
	one, here  *Recorder
	sides      []*side
	now        time.Duration
	ended      bool
	own        bool        // here notes the plan's level too
	figured    bool        // transactions, tags and figures are used: three times the work
	planned    int         // that never falls
	told, seen []*Follower // by sort
}

// side is one of the processes.
type side struct {
	*Recorder
	sent   [][]byte // Deltas that have not been merged
	flying []flight
	levels []int // noted, by second; -1: left out
}

// flight is a request in flight, there and in the one.
type flight struct {
	there, one Flight
	op         report.Op
	intended   time.Duration
	span       bool // a transaction
}

func newSeveral(seed uint64, n int) *several {
	declared := []report.Declared{report.Declare(report.SortCounter, "never"), report.Declare(report.SortTransaction, "never either")}
	make := func() *Recorder { return New(Config{Phases: twoPhases, Shards: 2, Declared: declared}) }
	x := &several{rng: rand.New(rand.NewPCG(seed, 1)), one: make(), here: make(), own: seed%2 == 0, figured: seed%4 == 1}
	for range n {
		x.sides = append(x.sides, &side{Recorder: make()})
	}
	x.follow()
	return x
}

// follow begins to follow both.
func (x *several) follow() {
	x.told, x.seen = []*Follower{x.one.Follow()}, []*Follower{x.here.Follow()}
	for _, sort := range report.Sorts() {
		x.told, x.seen = append(x.told, x.one.FollowSort(sort)), append(x.seen, x.here.FollowSort(sort))
	}
}

// step does one thing to one of the processes.
func (x *several) step(t require.TestingT) {
	s := x.sides[x.rng.IntN(len(x.sides))]
	switch pick(x.rng,
		"time", "time", "samples", "samples", "samples", "samples", "counts", "begin", "begin", "end", "odd", "figures", "figures", "span", "take", "take", "merge", "merge", "reset", "stop", "restart", "compare") {
	case "time":
		x.pass(time.Duration(1 + x.rng.Int64N(int64(3*time.Second))))
	case "samples":
		x.samples(s)
	case "counts":
		n, at := x.rng.Int64N(300)+1, x.ago()
		c := Counter(x.rng.IntN(int(Unfinished) + 1))
		s.Shard(1).Count(c, at, n)
		x.one.Shard(0).Count(c, at, n)
	case "begin":
		f := flight{op: x.op(), intended: x.ago()}
		f.there = s.Shard(1).Begin(new(Waits), f.op, x.now, f.intended)
		f.one = x.one.Shard(1).Begin(new(Waits), f.op, x.now, f.intended)
		s.flying = append(s.flying, f)
	case "end":
		if len(s.flying) > 0 {
			f := s.flying[0]
			s.flying = s.flying[1:]
			done := Sample{Intended: f.intended, Woken: f.intended, Sent: f.intended, Done: x.now, Bytes: 7}
			there, one := s.Shard(1), x.one.Shard(1)
			if f.span {
				there, one, done.Bytes = there.Of(report.SortTransaction), one.Of(report.SortTransaction), x.rng.Int64N(2e9)
			}
			there.End(new(Waits), f.there, &done)
			one.End(new(Waits), f.one, &done)
		}
	case "span", "figures":
		if !x.figured {
			return
		}
		if x.rng.IntN(2) == 0 {
			x.figures(s)
			return
		}
		f := flight{op: report.Op{Name: pick(x.rng, "checkout", "GET")}, intended: x.ago(), span: true}
		f.there = s.Shard(1).Of(report.SortTransaction).Begin(new(Waits), f.op, x.now, f.intended)
		f.one = x.one.Shard(1).Of(report.SortTransaction).Begin(new(Waits), f.op, x.now, f.intended)
		s.flying = append(s.flying, f)
	case "odd":
		x.pass(1)
		kind, message := pick(x.rng, "panic", "error"), pick(x.rng, "a", "b")
		for _, r := range []*Recorder{s.Recorder, x.one} {
			r.Exception(kind, message, x.now.String(), x.now)
			r.Note("note " + message)
		}
	case "take":
		s.take()
	case "merge":
		x.merge(t, s)
	case "reset":
		x.reset(t)
	case "stop":
		x.stop()
	case "restart":
		x.restart(t)
	case "compare":
		x.compare(t)
	}
}

// pass lets time pass; at the end of each second most processes note their level.
func (x *several) pass(d time.Duration) {
	next := x.now + d
	for second := int(x.now / time.Second); second < int(next/time.Second); second++ {
		x.planned += x.rng.IntN(4)
		for _, s := range x.sides {
			users := x.rng.IntN(21) - 1
			if s.levels = append(s.levels, users); users >= 0 {
				s.Level(second, x.planned, users, users/2)
			}
		}
		if x.own {
			x.here.Level(second, x.planned, 0, 0)
		}
		x.level(second)
	}
	x.now = next
}

// level notes in the one what all processes together have noted.
func (x *several) level(second int) {
	users, on, any := 0, 0, x.own
	for _, s := range x.sides {
		last := 0
		for _, n := range s.levels {
			if n >= 0 {
				last = n
			}
		}
		users, on, any = users+last, on+last/2, any || s.levels[second] >= 0
	}
	planned := x.planned
	if !any {
		planned = int(x.one.levels.now().planned)
	}
	x.one.Level(second, planned, users, on)
}

// ago draws an offset that has passed.
func (x *several) ago() time.Duration {
	return x.now - time.Duration(x.rng.Int64N(1+int64(min(x.now, 4*time.Second))))
}

func (x *several) op() report.Op {
	return report.Op{Method: "GET", Name: fmt.Sprint("/", x.rng.IntN(3))}
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// samples records some samples, sometimes of the Recorder that merges.
func (x *several) samples(s *side) {
	to := s.Recorder
	if x.rng.IntN(10) == 0 {
		to = x.here
	}
	sample := Sample{
		Op: x.op(), Intended: x.ago(), Bytes: x.rng.Int64N(1e6), Later: x.rng.IntN(2) == 0,
		Err: pick(x.rng, "", "", "", "timeout", "http 500", report.CutOff, report.OtherReasons),
	}
	sample.Woken = sample.Intended + (x.now-sample.Intended)/3
	sample.Sent = sample.Woken
	most := pick(x.rng, 1, 20, 1500)
	for i := range most {
		sample.Done = x.now - (x.now-sample.Sent)*time.Duration(i)/time.Duration(most)
		sample.Timings = timings(x.rng, sample.Done-sample.Intended)
		to.Shard(i).Record(&sample)
		x.one.Shard(i).Record(&sample)
	}
}

// figures uses some figures, sometimes of the Recorder that merges, and tags.
func (x *several) figures(s *side) {
	to := s.Recorder
	if x.rng.IntN(10) == 0 {
		to = x.here
	}
	for i := range pick(x.rng, 1, 5, 700) {
		at, name := x.ago(), report.Op{Kind: pick(x.rng, "", "buyer"), Name: pick(x.rng, "a", "b")}
		n, yes, v := x.rng.Int64N(pick[int64](x.rng, 2, 1<<10, 1<<40)), x.rng.IntN(3) > 0, x.rng.ExpFloat64()*pick(x.rng, 1, 1e9)
		tagged := Sample{Op: x.op(), Intended: at, Woken: at, Sent: at, Done: x.now, Err: pick(x.rng, "", "http 500")}
		for _, r := range []*Recorder{to, x.one} {
			r.Shard(i).Add(name, at, n)
			r.Shard(i).Answer(name, at, yes)
			r.Shard(i).Value(name, at, v)
			r.Shard(i).Of(report.SortTag).RecordTag("region=eu", &tagged)
		}
	}
}

// take takes what a process has, in its binary form.
func (s *side) take() {
	s.sent = append(s.sent, s.Take().Bytes())
}

// merge merges the oldest Delta of a process that has not been merged.
func (x *several) merge(t require.TestingT, s *side) {
	if len(s.sent) == 0 {
		return
	}
	d, err := ParseDelta(s.sent[0])
	require.NoError(t, err)
	require.Equal(t, s.sent[0], d.Bytes())
	require.NoError(t, x.here.Merge(slices.Index(x.sides, s), d))
	s.sent = s.sent[1:]
}

// reset zeroes the figures everywhere, here first. What is merged in between does not count.
func (x *several) reset(t require.TestingT) {
	x.pass(time.Millisecond)
	x.one.Reset(x.now)
	x.here.Reset(x.now)
	for _, s := range x.sides {
		if x.rng.IntN(2) == 0 {
			s.take()
			x.merge(t, s)
		}
		s.Reset(x.now)
	}
}

// stop ends the run before its plan.
func (x *several) stop() {
	if x.ended || x.rng.IntN(4) > 0 {
		return
	}
	x.ended = true
	at := x.now + time.Second
	x.one.End(at)
	x.here.End(at)
	for _, s := range x.sides {
		s.End(at)
	}
}

// restart puts a new Recorder in the place of the one that merges.
func (x *several) restart(t require.TestingT) {
	d, err := ParseDelta(x.here.All().Bytes())
	require.NoError(t, err)
	x.here = New(Config{Phases: twoPhases, Shards: 3, Declared: x.here.ledgers.declared})
	require.NoError(t, x.here.Merge(-1, d))
	x.follow()
}

// compare takes and merges what there is, in any order, and compares.
func (x *several) compare(t require.TestingT) {
	for _, i := range x.rng.Perm(len(x.sides)) {
		s := x.sides[i]
		s.take()
		for len(s.sent) > 0 {
			x.merge(t, s)
		}
	}
	same(t, x.one, x.here, x.now)
	for i := range x.told {
		want, counted := x.told[i].Next()
		got, gained := x.seen[i].Next()
		require.Equal(t, inSomeOrder(want), inSomeOrder(got))
		require.Equal(t, counted, gained)
	}
}

// same requires that two Recorders show the same.
func same(t require.TestingT, want, got *Recorder, now time.Duration) {
	meta := Meta{Seed: 1, End: now}
	require.Equal(t, string(asJSON(t, want.Summary(meta))), string(asJSON(t, got.Summary(meta))))
	require.Equal(t, shown(want, now), shown(got, now))
	require.Equal(t, want.Timeline(2, 9), got.Timeline(2, 9))
	require.Equal(t, want.Phase(1, now).Counters, got.Phase(1, now).Counters)
	require.Equal(t, string(asJSON(t, want.SoFar(now))), string(asJSON(t, got.SoFar(now))))
}

// shown is a Snapshot without the percentiles of the last seconds, which go by when figures came and not by when requests were done.
func shown(r *Recorder, now time.Duration) *report.Snapshot {
	s := r.Snapshot(now, .5, .9)
	s.Total.Recent = report.Figures{}
	for _, rows := range [][]report.Live{s.Ops, s.Transactions, s.Tags} {
		for i := range rows {
			rows[i].Recent = report.Figures{}
		}
	}
	for i := range s.Overall {
		s.Overall[i].Recent = report.Figures{}
	}
	return s
}

// Figures that are taken at the end of each second show in the last seconds what one Recorder shows, also after a time in which none
// came, and in a Recorder that continues. Those that come late are counted in the seconds in which the requests were done.
func TestTheLastSecondsOfSeveral(t *testing.T) {
	make := func() *Recorder { return New(Config{Phases: twoPhases, Shards: 1}) }
	one, here, sides := make(), make(), []*Recorder{make(), make()}
	merge := func(i int) { require.NoError(t, here.Merge(i, sides[i].Take())) }
	var late []*Delta
	for second := range 40 {
		now := time.Duration(second+1)*time.Second - 1
		for i, side := range sides {
			for n := range 50 {
				took := time.Duration(second%7+n+i+1) * time.Millisecond
				x := Sample{Op: report.Op{Name: fmt.Sprint("/", n%3)}, Intended: now - took, Done: now, Err: []string{"", "", "", "timeout"}[n%4]}
				side.Shard(0).Record(&x)
				one.Shard(0).Record(&x)
			}
		}
		merge(0)
		if second >= 20 && second < 25 {
			late = append(late, sides[1].Take())
			continue
		}
		for _, d := range late {
			require.NoError(t, here.Merge(1, d))
		}
		if late = nil; second == 30 {
			d := here.All()
			here = make()
			require.NoError(t, here.Merge(-1, d))
		}
		merge(1)
		require.Equal(t, shown(one, now), shown(here, now), second)
		if second < 20 {
			require.Equal(t, one.Snapshot(now), here.Snapshot(now), second)
		}
	}
	assert.Equal(t, one.Snapshot(40*time.Second).Total.Recent.Max, here.Snapshot(40*time.Second).Total.Recent.Max)
}

// inSomeOrder sorts what a Follower returned.
func inSomeOrder(list []Change) []Change {
	slices.SortFunc(list, func(a, b Change) int { return cmp.Or(a.Phase-b.Phase, cmp.Compare(a.Op.String(), b.Op.String())) })
	for _, c := range list {
		slices.SortFunc(c.Reasons, func(a, b ReasonCount) int { return cmp.Compare(a.Reason, b.Reason) })
	}
	return list
}

// While tasks run on all shards of two processes, nothing is lost, and the figures balance after every Merge.
func TestTakeLosesNothing(t *testing.T) {
	here, began := New(Config{Phases: twoPhases}), time.Now()
	sides := []*Recorder{New(Config{Phases: twoPhases, Shards: 2}), New(Config{Phases: twoPhases, Shards: 2})}
	var workers sync.WaitGroup
	var stop atomic.Bool
	var tasks, requests atomic.Int64
	for w := range 4 {
		workers.Go(func() {
			r := sides[w%2]
			for i := 0; !stop.Load(); i++ {
				due, own := time.Since(began), r.Shard(w/2)
				r.Shard(w/2+i).Count(Planned, due, 1)
				own.Count(Started, due, 1)
				tasks.Add(1)
				for range i % 3 {
					sent := time.Since(began)
					id := ask(own, get, sent)
					runtime.Gosched()
					own.End(new(Waits), id, &Sample{
						Intended: sent, Sent: sent, Done: time.Since(began), Err: []string{"", "", report.CutOff, "timeout"}[i%4],
					})
					requests.Add(1)
				}
				own.Count([]Counter{Finished, Unfinished}[i%2], due, 1)
			}
		})
	}
	var sums Sum
	merge := func(i int) {
		d := sides[i].Take()
		sent, err := ParseDelta(d.data)
		require.NoError(t, err)
		assert.Equal(t, d.Sum(), sent.Sum())
		sums.Add(d.Sum())
		require.NoError(t, here.Merge(i, d))
		now := time.Since(began)
		s, sum := here.Snapshot(now), here.SoFar(now)
		balanced(t, s.Counters, s.Total.Requests)
		for _, p := range append(sum.Phases, sum.Total) {
			balanced(t, p.Counters, p.Requests)
		}
	}
	for i := range fewer(unlessRaced(400, 60), 16) {
		merge(int(i % 2))
	}
	stop.Store(true)
	workers.Wait()
	merge(0)
	merge(1)
	c := here.Snapshot(time.Since(began)).Counters
	assert.Equal(t, []int64{tasks.Load(), tasks.Load(), requests.Load()}, []int64{c.Planned, c.Finished + c.Unfinished, c.Sent})
	assert.Zero(t, c.InFlight)
	total := here.SoFar(time.Since(began)).Total
	c.CutOff, c.Clamped, c.OtherOperations = 0, 0, 0
	assert.Equal(t, Sum{c, total.Requests, total.Failures}, sums)
}

// A Recorder that nothing has come to since the last Take has little to send, and one that fills and
// empties every second needs no more memory than what it sends.
func TestTakeAgainCostsLittle(t *testing.T) {
	r := sampleRun(3000)
	first, second := r.Take(), r.Take()
	assert.Greater(t, len(first.data), 3000)
	assert.Less(t, len(second.data), 30)
	assert.Zero(t, r.Snapshot(30*time.Second).Total.Requests)
	one, ops, i := New(Config{Shards: 1}), benchOps(10), 0
	perSecond := func() {
		for range 5000 {
			x := nth(i, ops)
			one.Shard(0).Record(&x)
			i++
		}
		one.Take()
	}
	for range 5 {
		perSecond()
	}
	assert.Less(t, testing.AllocsPerRun(10, perSecond), 400.)
}

// What another Recorder of the same plan has counted must fit.
func TestDeltasThatDoNotFit(t *testing.T) {
	here, there := New(Config{Phases: twoPhases}), New(Config{})
	require.ErrorContains(t, here.Merge(0, there.Take()), "of a run with 1 phases, not 2")
	there = New(Config{Phases: twoPhases})
	there.Reset(time.Second)
	require.ErrorContains(t, here.Merge(0, there.Take()), "zeroed 1 times, and the figures that it is for 0 times")
	require.NoError(t, here.Merge(0, new(Delta)))
	at(there, 2*time.Second, time.Millisecond)
	require.NoError(t, here.Merge(0, there.All()), "a whole one says from where it counts")
	assert.Equal(t, 1.0, here.SoFar(3*time.Second).ResetS)
	again := New(Config{Phases: twoPhases})
	require.NoError(t, again.Merge(-1, here.All()))
	require.ErrorContains(t, again.Merge(-1, here.All()), "process 0 has been merged before")
	assert.EqualValues(t, 1, again.Snapshot(3*time.Second).Total.Requests)
}

// Rows of any width come into those of any other.
func TestRowsOfDifferentWidth(t *testing.T) {
	total := func(r *Recorder) (requests int64, width int) {
		for _, row := range r.Timeline(0, 40) {
			requests += row.Requests
		}
		return requests, intervals(r, 0, 30*time.Second)[0].WidthS
	}
	narrow := func() *Recorder {
		r := New(Config{Phases: twoPhases, Shards: 1})
		randomRun(r, 5000, 1, 2)
		return r
	}
	wide := New(Config{Phases: twoPhases, Shards: 1, IntervalBytes: 18_000})
	o := randomRun(wide, 20_000, 2, 1)
	o.check(t, wide.Summary(Meta{End: 30 * time.Second}))
	require.NoError(t, wide.Merge(0, narrow().Take()))
	n, width := total(wide)
	assert.Equal(t, []int64{25_000, 2}, []int64{n, int64(width)})

	here := narrow()
	require.NoError(t, here.Merge(0, wide.All()))
	n, width = total(here)
	assert.Equal(t, []int64{30_000, 2}, []int64{n, int64(width)})
	for _, s := range here.Summary(Meta{End: 30 * time.Second}).Intervals {
		assert.Equal(t, 2, s.WidthS)
	}
}

// Names past the limits of the Recorder that merges go to its stand-ins.
func TestMergePastTheLimits(t *testing.T) {
	here, ended := New(Config{MaxOps: 3, MaxReasons: 2, MaxExceptions: 2}), int64(0)
	for p := range 4 {
		r := New(Config{})
		for i := range 10 {
			r.Shard(0).Record(&Sample{Op: report.Op{Name: fmt.Sprint("/", p, i)}, Done: time.Millisecond, Err: fmt.Sprint("reason ", i)})
			r.Exception("error", fmt.Sprint("message ", i), "", time.Second)
			ended++
		}
		require.NoError(t, here.Merge(p, r.Take()))
	}
	s := here.Summary(Meta{End: time.Second})
	require.Len(t, s.Total.Operations, 5)
	assert.EqualValues(t, 37, s.Total.Counters.OtherOperations)
	assert.Equal(t, ended, s.Total.Requests)
	require.Len(t, s.Exceptions, 3)
	assert.EqualValues(t, 32, s.Exceptions[0].Occurrences)
}

// What cannot be a Delta is refused, and so is one that has been cut short or has bytes after its end.
func TestNoDelta(t *testing.T) {
	refused := func(data []byte) error { _, err := ParseDelta(data); return err }
	whole := sampleRun(int(fewer(500, 100))).Take().Bytes()
	for n := 1; n < len(whole); n++ {
		require.Error(t, refused(whole[:n]), n)
	}
	require.ErrorContains(t, refused(append(slices.Clone(whole), 0)), "bytes after its end")
	require.ErrorContains(t, refused([]byte{9}), "version 9, and this program knows 6")
	require.NoError(t, refused(nil))
}

// FuzzDelta: what is accepted is kept byte for byte, can be merged, and is the same after one more Recorder.
func FuzzDelta(f *testing.F) {
	full := sampleRun(300)
	ask(full.Shard(0), get, 11*time.Second)
	full.Note("odd")
	full.Shard(1).Count(Lost, 12*time.Second, 3)
	s := full.Shard(0)
	s.Add(report.Op{Name: "wins"}, 11*time.Second, 1<<30+1)
	s.Answer(report.Op{Kind: "buyer", Name: "ok"}, time.Second, false)
	s.Value(report.Op{Name: "basket"}, time.Second, 80)
	s.Of(report.SortTransaction).Begin(new(Waits), report.Op{Name: "checkout"}, time.Second, time.Second)
	empty, hot := New(Config{Phases: twoPhases}), frozen()
	hot.Reset(12 * time.Second)
	merged := New(Config{Phases: twoPhases})
	require.NoError(f, merged.Merge(3, full.All()))
	for _, d := range []*Delta{merged.All(), full.Take(), empty.Take(), empty.All(), hot.All()} {
		f.Add(d.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ParseDelta(data)
		if err != nil {
			return
		}
		require.Equal(t, string(data), string(d.Bytes()))
		in := reader{data: data, seconds: 1000} // more than that makes long lists of seconds
		if in.header(); in.err == nil {
			in.figures(nil)
		}
		if in.err != nil {
			return
		}
		one, other := New(Config{Phases: twoPhases, Shards: 1}), New(Config{Phases: twoPhases, Shards: 1})
		if one.Merge(0, d) != nil {
			return
		}
		whole := one.All()
		parsed, err := ParseDelta(whole.data)
		require.NoError(t, err)
		require.Equal(t, whole, parsed)
		require.NoError(t, other.Merge(-1, whole))
		same(t, one, other, 30*time.Second)
	})
}

// TestLoseBalances: what a lost process had begun is over, and its users are gone; the figures of the others stay.
func TestLoseBalances(t *testing.T) {
	here, sides := New(Config{Phases: twoPhases}), []*Recorder{New(Config{Phases: twoPhases}), New(Config{Phases: twoPhases})}
	for i, r := range sides {
		s := r.Shard(0)
		s.Count(Planned, time.Second, 3)
		s.Count(Started, time.Second, 2)
		s.Count(Finished, time.Second, 1)
		ask(s, get, time.Second)
		r.Level(1, 9, 4, 2)
		require.NoError(t, here.Merge(i, r.Take()))
	}
	s := sides[0].Shard(0)
	s.Count(Started, time.Second, 1)
	s.Count(Finished, time.Second, 2)
	sides[0].Level(2, 9, 5, 2)
	sides[0].Level(3, 9, 5, 2)
	require.NoError(t, here.Merge(0, sides[0].Take()))
	here.Leave(1)
	assert.Equal(t, []int{8, 5}, []int{here.Timeline(1, 2)[0].Users, here.Timeline(3, 4)[0].Users})
	here.Lose(5*time.Second, 1)
	sum := here.Summary(Meta{End: 6 * time.Second})
	c := sum.Total.Counters
	assert.Equal(t, report.Counters{Planned: 6, Started: 5, Finished: 4, Unfinished: 1, Lost: 1, Sent: 2, CutOff: 1, InFlight: 1}, c)
	assert.Equal(t, []int{8, 5, 5}, []int{sum.Timeline[1].Users, sum.Timeline[2].Users, sum.Timeline[5].Users})
}

// randomly checks a property a bounded number of times, always with the same
// draws unless the command line says otherwise.
func randomly(t *testing.T, checks string, property func(*rapid.T)) {
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range map[string]string{"rapid.checks": checks, "rapid.seed": "1", "rapid.nofailfile": "true"} {
		if !given[name] {
			require.NoError(t, flag.Set(name, value))
		}
	}
	rapid.Check(t, property)
}
