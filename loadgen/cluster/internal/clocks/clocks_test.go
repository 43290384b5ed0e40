package clocks

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
)

const zero = 3 * time.Second // offset 0, by the coordinator's clock

// world is two machines whose clocks differ, and the way between them.
type world struct {
	there, back time.Duration
	jitter      time.Duration // of each way, at most
	drift       float64
	offset      time.Duration
	jumpAt      time.Duration
	jump        time.Duration // of the coordinator's clock, forward
	random      *rand.Rand
	base        time.Time
}

func (w *world) theirs(own time.Duration) time.Duration {
	t := own + w.offset + time.Duration(w.drift*float64(own))
	if w.jump != 0 && own >= w.jumpAt {
		t += w.jump
	}
	return t
}

func (w *world) way(d time.Duration) time.Duration {
	if w.jitter > 0 {
		d += time.Duration(w.random.Int64N(int64(w.jitter)))
	}
	return d
}

// probe is one exchange that begins at an instant of this machine's clock.
func (w *world) probe(own time.Duration) (Probe, time.Duration) {
	came := own + w.way(w.there)
	left := came + 20*time.Microsecond
	end := left + w.way(w.back)
	return Probe{w.base.Add(own), w.theirs(came), w.theirs(left), w.base.Add(end)}, end + time.Microsecond
}

func (w *world) probes(n int, own time.Duration) (out []Probe, end time.Duration) {
	for range n {
		var p Probe
		p, own = w.probe(own)
		out = append(out, p)
	}
	return out, own
}

// offset is what a Member makes of a Line.
func offset(l loadgen.Line, at time.Time) time.Duration {
	d := at.Sub(l.Since)
	return l.At + d + time.Duration(float64(d)*l.Slew)
}

// day is what 24 h with a Follower came to.
type day struct {
	start, worst, bound time.Duration // bound at the start; largest error and bound later
	jumps               []time.Duration
}

// live follows for a day, with 8 probes each 10 s, and looks each second: the error is within the bound, and the clock
// never goes back.
func (w *world) live(t *testing.T) (out day) {
	w.base = time.Now()
	var f Follower
	probes, own := w.probes(16, 0)
	require.Zero(t, f.Add(probes...))
	out.start = f.Bound(w.base.Add(own))
	line := f.Line(zero, w.base.Add(own))
	last := line.At
	for own < 24*time.Hour {
		for range 10 {
			now := w.base.Add(own)
			at, bound := offset(line, now), f.Bound(now)
			if at < last {
				t.Fatalf("the clock goes back from %v to %v after %v", last, at, own)
			}
			last = at
			wrong := (at - (w.theirs(own) - zero)).Abs()
			if w.jump == 0 || own < w.jumpAt || own > w.jumpAt+11*time.Second { // who jumps is found out by the next Add
				if wrong > bound {
					t.Fatalf("%v off, and the bound is %v after %v", wrong, bound, own)
				}
				out.worst, out.bound = max(out.worst, wrong), max(out.bound, bound)
			}
			own += time.Second
		}
		probes, own = w.probes(8, own)
		before := offset(line, w.base.Add(own))
		if jump := f.Add(probes...); jump != 0 {
			out.jumps = append(out.jumps, jump)
		}
		line = f.Line(zero, w.base.Add(own))
		if max(line.Slew, -line.Slew) > mostDrift {
			t.Fatalf("slew %v after %v", line.Slew, own)
		}
		if len(out.jumps) == 0 && (before-line.At).Abs() > 1 {
			t.Fatalf("the line steps from %v to %v after %v", before, line.At, own)
		}
	}
	return out
}

func TestTheErrorStaysWithinItsBoundForADay(t *testing.T) {
	ms := time.Millisecond
	for _, way := range []struct{ there, back, jitter time.Duration }{
		{0, 0, 0}, {0, 0, 100 * time.Microsecond}, {ms / 2, ms / 2, ms}, {15 * ms, 15 * ms, 0}, {15 * ms, 15 * ms, 10 * ms}, {100 * ms, 100 * ms, 50 * ms},
		{10 * ms, 30 * ms, 5 * ms}, {30 * ms, 10 * ms, 5 * ms},
	} {
		for _, drift := range []float64{0, 200e-6, -200e-6} {
			for _, offset := range []time.Duration{0, 1000 * time.Second, -1000 * time.Second} {
				if testing.Short() && (drift <= 0 || offset >= 0) {
					continue // a day takes a fifteenth of a second
				}
				t.Run(fmt.Sprintf("%v %v %v drift %v offset %v", way.there, way.back, way.jitter, drift, offset), func(t *testing.T) {
					w := world{there: way.there, back: way.back, jitter: way.jitter, drift: drift, offset: offset, random: rand.New(rand.NewPCG(1, 2))}
					d := w.live(t)
					assert.Empty(t, d.jumps)
					least := (way.there + way.back) / 2
					assert.LessOrEqual(t, d.start, least+way.jitter/2+ms/10)
					assert.LessOrEqual(t, d.bound, least+way.jitter+7*ms)
					if way.there == way.back {
						assert.LessOrEqual(t, d.worst, way.jitter/2+5*ms/2, "2 ms are the drift in the first 10 s")
					}
				})
			}
		}
	}
}

func TestAJumpIsFoundAndFollowed(t *testing.T) {
	for _, jump := range []time.Duration{40 * time.Second, 60 * time.Millisecond, 20 * time.Millisecond} {
		w := world{there: time.Millisecond, back: time.Millisecond, jitter: time.Millisecond, drift: 50e-6, offset: -1000 * time.Second,
			jumpAt: time.Hour, jump: jump, random: rand.New(rand.NewPCG(3, 4))}
		d := w.live(t)
		require.Len(t, d.jumps, 1)
		assert.InDelta(t, jump, d.jumps[0], float64(5*time.Millisecond))
	}
}

// A coordinator that stood still is behind: the Line goes back, and a Member waits until it is reached.
func TestAJumpBackIsReported(t *testing.T) {
	w := world{there: time.Millisecond, back: time.Millisecond, base: time.Now(), jumpAt: time.Minute, jump: -40 * time.Second}
	var f Follower
	probes, own := w.probes(16, 0)
	require.Zero(t, f.Add(probes...))
	before := offset(f.Line(zero, w.base.Add(own)), w.base.Add(time.Minute))
	probes, own = w.probes(8, time.Minute)
	assert.InDelta(t, -40*time.Second, f.Add(probes...), float64(time.Millisecond))
	after := f.Line(zero, w.base.Add(own))
	assert.InDelta(t, before-40*time.Second, after.At, float64(100*time.Millisecond))
	assert.LessOrEqual(t, f.Bound(w.base.Add(own)), 2*time.Millisecond)
}

func TestTheBoundGrowsWithoutProbes(t *testing.T) {
	w := world{there: time.Millisecond, back: time.Millisecond, drift: -200e-6, base: time.Now()}
	var f Follower
	for own := time.Duration(0); own < 5*time.Minute; own += 10 * time.Second {
		probes, _ := w.probes(8, own)
		require.Zero(t, f.Add(probes...))
	}
	for own := 5 * time.Minute; own < time.Hour; own += 10 * time.Second {
		now := w.base.Add(own)
		wrong := (f.Line(zero, now).At - (w.theirs(own) - zero)).Abs()
		require.LessOrEqual(t, wrong, 2*time.Millisecond, "the drift is known by now")
		require.LessOrEqual(t, wrong, f.Bound(now))
	}
	assert.InDelta(t, 55*60*mostDrift, f.Bound(w.base.Add(time.Hour)).Seconds(), 55*60*mostDrift/2)
}

func TestImpossibleProbesAreLeftOut(t *testing.T) {
	now := time.Now()
	good := Probe{now, time.Second, time.Second, now.Add(time.Millisecond)}
	var f Follower
	assert.Equal(t, time.Duration(math.MaxInt64), f.Bound(now))
	f.Add(good)
	bound := f.Bound(good.Answered)
	for _, p := range []Probe{
		{now, time.Second, 2 * time.Second, now.Add(time.Millisecond)}, // answered later than it came back
		{now, time.Second, time.Second, now.Add(-time.Millisecond)},
		{now, time.Second, time.Second - 1, now.Add(time.Millisecond)},
	} {
		assert.Zero(t, f.Add(p))
		assert.Equal(t, bound, f.Bound(good.Answered))
	}
	assert.Zero(t, f.Add())
	assert.Equal(t, time.Millisecond, good.RoundTrip())
}
