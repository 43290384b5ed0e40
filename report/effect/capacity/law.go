package capacity

import (
	"fmt"
	"math"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// Law is Gunther's universal scalability law of the throughput X with N requests in flight:
//
//	X(N) = Rate N / (1 + Contention (N - 1) + Coherence N (N - 1))
//
// It is a picture of how the target scales, fitted to all holds but floods, and not where Capacity comes from.
type Law struct {
	Rate       float64 `json:"rate"`       // successes per second with one request in flight
	Contention float64 `json:"contention"` // what waits for its turn, 0..1
	Coherence  float64 `json:"coherence"`  // what each pays for each other one
	// PeakBusy is where the throughput is highest, and PeakRate that throughput; both 0 where Coherence is: it then
	// tends to Rate / Contention.
	PeakBusy float64 `json:"peak_busy,omitempty"`
	PeakRate float64 `json:"peak_rate,omitempty"`
	// Misfit is the root mean square of the relative distances between law and holds.
	Misfit float64 `json:"misfit"`
	// Doubts are reasons not to believe it, as sentences.
	Doubts []string `json:"doubts,omitempty"`
}

// At is the throughput with n requests in flight.
func (l *Law) At(n float64) float64 {
	return l.Rate * n / (1 + l.Contention*(n-1) + l.Coherence*n*(n-1))
}

// What a law needs, and from where on it is doubted.
const (
	lawHolds  = 8   // not flooded
	lawSpan   = 3   // times the lowest number in flight that the highest one is
	lawMisfit = .05 // above it the law does not describe the target
)

// fit fits the law to what holds did, or says why not. N/X = a + b (N-1) + c N (N-1) is linear, each hold counts by
// its relative distance, and none of a, b and c is below 0.
func fit(holds []tally) (*Law, string) {
	var rows [][3]float64 // of a, b, c: the hold's part of 1
	lowest, highest := math.Inf(1), 0.0
	for _, h := range holds {
		if h.flooded || !(h.rate > 0 && h.busy > 0) {
			continue
		}
		x := h.rate / h.busy
		rows = append(rows, [3]float64{x, x * (h.busy - 1), x * h.busy * (h.busy - 1)})
		lowest, highest = min(lowest, h.busy), max(highest, h.busy)
	}
	switch {
	case len(rows) < lawHolds:
		return nil, fmt.Sprintf("the scalability law needs %d holds with successes; there are %d", lawHolds, len(rows))
	case highest < lawSpan*lowest:
		return nil, fmt.Sprintf("the scalability law needs loads that differ by more: from %s to %s requests were in flight", say.Number(lowest), say.Number(highest))
	}
	whole, wholeMiss := best(rows, 0, 1, 2)
	_, flatMiss := best(rows, 0, 1)
	if whole[0] <= 0 {
		return nil, "no scalability law with a throughput above 0 fits the holds"
	}
	l := &Law{Rate: 1 / whole[0], Contention: whole[1] / whole[0], Coherence: whole[2] / whole[0], Misfit: math.Sqrt(wholeMiss / float64(len(rows)))}
	if l.Coherence > 0 && l.Contention < 1 {
		l.PeakBusy = math.Sqrt((1 - l.Contention) / l.Coherence)
		l.PeakRate = l.At(l.PeakBusy)
	}
	l.doubt(len(rows), highest, wholeMiss, flatMiss)
	return l, ""
}

// doubt says what speaks against the law.
func (l *Law) doubt(n int, highest, whole, flat float64) {
	var d say.Parts
	d.Add(l.Misfit > lawMisfit, "It misses the holds by %s, so it does not describe this target.", say.Percent(l.Misfit))
	f := (flat - whole) / (whole / float64(n-3))
	seen := l.Coherence > 0 && stats.FCDF(f, 1, float64(n-3)) > .95
	d.Add(!seen, "These loads do not show whether the throughput falls beyond a peak.")
	d.Add(seen && l.PeakBusy > highest, "Its peak is at %s requests in flight; more than %s were not tried.", say.Number(l.PeakBusy), say.Number(highest))
	l.Doubts = d
	if !seen {
		l.PeakBusy, l.PeakRate = 0, 0
	}
}

// best is the least squares solution of rows x = 1 without a value below 0, in the columns given, and its sum of squares.
func best(rows [][3]float64, columns ...int) (x [3]float64, miss float64) {
	miss = math.Inf(1)
	for set := 1; set < 1<<len(columns); set++ {
		var some []int
		for i, c := range columns {
			if set>>i&1 == 1 {
				some = append(some, c)
			}
		}
		v, ok := solve(rows, some)
		if !ok || min(v[0], v[1], v[2]) < 0 {
			continue
		}
		sum := 0.0
		for _, r := range rows {
			d := r[0]*v[0] + r[1]*v[1] + r[2]*v[2] - 1
			sum += d * d
		}
		if sum < miss {
			x, miss = v, sum
		}
	}
	return x, miss
}

// solve solves the normal equations of some columns by elimination; ok is false where they have no single solution.
func solve(rows [][3]float64, columns []int) (x [3]float64, ok bool) {
	n := len(columns)
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n+1)
		for _, r := range rows {
			for j, c := range columns {
				m[i][j] += r[columns[i]] * r[c]
			}
			m[i][n] += r[columns[i]]
		}
	}
	for i := range m {
		if m[i][i] <= 1e-12 {
			return x, false
		}
		for k := range m {
			if k == i {
				continue
			}
			f := m[k][i] / m[i][i]
			for j := i; j <= n; j++ {
				m[k][j] -= f * m[i][j]
			}
		}
	}
	for i, c := range columns {
		x[c] = m[i][n] / m[i][i]
	}
	return x, true
}
