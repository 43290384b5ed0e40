package series

import (
	"math"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Window is a row of whole intervals of one phase for one operation.
type Window struct {
	Phase    string
	Op       report.Op
	Spans    bool      // it counts transactions in place of requests
	Width    float64   // of an interval, s
	Counts   []float64 // requests of each interval
	Failed   []float64 // of Counts
	Times    []float64 // sum of the times of the successes of each interval, ms
	Requests float64   // sum of Counts
	Failures float64   // sum of Failed
	Left     LeftOut
	Basis    *stats.Basis // of its length; shared by windows

	start      float64   // of the first interval, offset in s
	straddlers []int64   // of each interval, not in Counts
	from       []int32   // the buckets of interval t are buckets[from[t]:from[t+1]], in order
	buckets    []bucket  // of successes
	pool       []float64 // counts of all intervals together by bucket, the first one is number base; weighted
	base       int
	failing    float64   // Failures, weighted
	strata     []stratum // by which it is weighted; nil: it is not
}

// LeftOut is what of a phase is not in a window.
type LeftOut struct {
	Settling   float64 // ramp and settling time at the start of the phase, s
	Edge       float64 // time at the end of the phase, s
	Requests   int64   // intended to start in that time and done within the phase
	Straddlers int64   // done after the end of the phase
	CutOff     int64   // in flight at the end of the run
	Missing    int64   // of Straddlers and CutOff: intended to start in the window
}

// bucket is a hist.Bucket in half the memory.
type bucket struct {
	index int32
	count uint32
}

// msPerNS converts nanoseconds.
const msPerNS = 1e-6

// newWindow takes all intervals of a series.
func newWindow(s *report.Series) *Window {
	x := &Window{
		Phase: s.Phase, Op: s.Op(), start: float64(s.StartS), Width: float64(s.WidthS),
		Counts: make([]float64, 0, s.Slots), Failed: make([]float64, 0, s.Slots), straddlers: make([]int64, 0, s.Slots),
		Times: make([]float64, 0, s.Slots),
		from:  append(make([]int32, 0, s.Slots+1), 0), buckets: make([]bucket, 0, len(s.Successes)/2),
	}
	for v := range s.Intervals() {
		x.Counts = append(x.Counts, float64(v.Requests))
		x.Failed = append(x.Failed, float64(v.Failures))
		x.straddlers = append(x.straddlers, v.Straddlers)
		total := 0.0
		for _, b := range v.Successes {
			x.buckets = append(x.buckets, bucket{int32(b.Index), uint32(b.Count)})
			total += float64(b.Count) * middle(b.Index)
		}
		x.Times = append(x.Times, total*msPerNS)
		x.from = append(x.from, int32(len(x.buckets)))
	}
	return x
}

// between returns the intervals that lie as a whole between two offsets, in seconds.
func (x *Window) between(from, end float64) *Window {
	i := max(0, int(math.Ceil((from-x.start)/x.Width)))
	j := min(x.Len(), int(math.Floor((end-x.start)/x.Width)))
	if i >= j {
		i, j = 0, 0
	}
	part := x.Slice(i, j)
	for t, n := range x.straddlers {
		part.Left.Straddlers += n
		if t < i || t >= j {
			part.Left.Requests += int64(x.Counts[t])
		} else {
			part.Left.Missing += n
		}
	}
	return part
}

// Straddlers are left out, and they are the slow requests of the last seconds of a phase: to keep the rest of those
// seconds would make the phase look faster than it was. So the end of a phase is trimmed until at most fewStraddlers of
// its requests are missing, and by at most mostEdge of the phase.
const (
	fewStraddlers = .001 // a tenth of what lies above p99
	mostEdge      = .2
)

// complete returns where the intervals between two offsets end to be complete.
func (x *Window) complete(from, end float64) float64 {
	part := x.between(from, end)
	missing, limit := part.Left.Missing, fewStraddlers*part.Requests
	t := part.Len()
	for ; t > 0 && float64(missing) > limit && float64(t) > (1-mostEdge)*float64(part.Len()); t-- {
		missing -= part.straddlers[t-1]
	}
	if t == part.Len() {
		return end
	}
	return part.start + float64(t)*part.Width
}

// Slice returns intervals i..j-1, without a Basis. It shares the memory of x.
func (x *Window) Slice(i, j int) *Window {
	part := &Window{Phase: x.Phase, Op: x.Op, start: x.start + float64(i)*x.Width, Width: x.Width}
	part.Counts, part.Failed, part.straddlers = x.Counts[i:j], x.Failed[i:j], x.straddlers[i:j]
	part.Times, part.from, part.buckets = x.Times[i:j], x.from[i:j+1], x.buckets
	part.addUp()
	return part
}

// addUp sets what is kept of all intervals together.
func (x *Window) addUp() {
	x.Requests, x.Failures = stats.Sum(x.Counts), stats.Sum(x.Failed)
	x.failing = x.Failures
	list := x.buckets[x.from[0]:x.from[x.Len()]]
	if len(list) == 0 {
		return
	}
	low, high := int32(math.MaxInt32), int32(0)
	for _, b := range list {
		low, high = min(low, b.index), max(high, b.index)
	}
	x.base, x.pool = int(low), make([]float64, high-low+1)
	for _, b := range list {
		x.pool[b.index-low] += float64(b.count)
	}
}

// Pool returns the requests of several windows together, without intervals. in has at least one.
func Pool(in []*Window) *Window {
	if len(in) == 1 {
		return in[0]
	}
	sum, all := &Window{Spans: in[0].Spans}, stratum{weight: 1}
	for _, x := range in {
		sum.Requests += x.Requests
		sum.Failures += x.Failures
		sum.failing += x.failing
		all.of = append(all.of, x)
	}
	sum.base, sum.pool = pooled([]stratum{all})
	return sum
}

// pooled adds up the pools of strata.
func pooled(strata []stratum) (base int, pool []float64) {
	base, high := math.MaxInt, 0
	for _, s := range strata {
		for _, x := range s.of {
			if len(x.pool) > 0 {
				base, high = min(base, x.base), max(high, x.base+len(x.pool))
			}
		}
	}
	if high == 0 {
		return 0, nil
	}
	pool = make([]float64, high-base)
	for _, s := range strata {
		for _, x := range s.of {
			for i, n := range x.pool {
				pool[x.base+i-base] += s.weight * n
			}
		}
	}
	return base, pool
}

// in returns the buckets of interval t.
func (x *Window) in(t int) []bucket { return x.buckets[x.from[t]:x.from[t+1]] }

// Len returns the number of intervals.
func (x *Window) Len() int { return len(x.Counts) }

// Seconds returns how long the window is.
func (x *Window) Seconds() float64 { return float64(len(x.Counts)) * x.Width }

// Successes returns how many requests did not fail.
func (x *Window) Successes() float64 { return x.Requests - x.Failures }

// AllFailed reports whether there were requests and no success.
func (x *Window) AllFailed() bool { return x.Requests > 0 && x.Successes() == 0 }

// Succeeded returns the successes of each interval.
func (x *Window) Succeeded() []float64 { return stats.Minus(x.Counts, x.Failed) }

// means returns the mean time of the successes of each interval, ms; intervals without
// repeat the one before.
func (x *Window) means() []float64 {
	out, last := make([]float64, x.Len()), math.NaN()
	for t := range out {
		if ok := x.Counts[t] - x.Failed[t]; ok > 0 {
			last = x.Times[t] / ok
		}
		out[t] = last
	}
	return stats.FillStart(out)
}

// Trend returns how surely the mean response time goes from one level to another over the window, 0..1; 0 for one of
// fewer than LeastIntervals.
func (x *Window) Trend() float64 {
	if x.Len() < LeastIntervals {
		return 0
	}
	return x.Basis.Trend(x.means())
}

// Survived returns the share of the requests that did not fail, weighted. x has requests.
func (x *Window) Survived() float64 { return 1 - x.failing/x.Requests }

// Fastest returns the mean time of the fastest share of all requests, ms; all of them succeeded.
func (x *Window) Fastest(share float64) float64 {
	most, n, total := share*x.Requests, 0.0, 0.0
	for i, k := range x.pool {
		k = min(k, most-n)
		n, total = n+k, total+k*middle(x.base+i)
	}
	return total / n * msPerNS
}
