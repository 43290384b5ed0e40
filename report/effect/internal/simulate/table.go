package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/gensim/load-generator/report/effect/internal/stats"
)

// table is a Markdown table.
type table struct{ rows [][]string }

// add appends a row.
func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String renders the table; the first row is its head.
func (t *table) String() string {
	var b strings.Builder
	for i, row := range t.rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String()
}

// each calls do for replications 0..n-1 on the workers.
func (s settings) each(n int, do func(rep uint64)) {
	var next, wait = make(chan uint64), sync.WaitGroup{}
	for range s.workers {
		wait.Go(func() {
			for rep := range next {
				do(rep)
			}
		})
	}
	for rep := range uint64(n) {
		next <- rep
	}
	close(next)
	wait.Wait()
}

// tally counts hits by name, from several goroutines.
type tally struct {
	mu   sync.Mutex
	hit  map[string]int
	of   map[string]int
	list map[string][]float64
}

// newTally returns an empty one.
func newTally() *tally {
	return &tally{hit: map[string]int{}, of: map[string]int{}, list: map[string][]float64{}}
}

// note counts one case.
func (t *tally) note(name string, hit bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of[name]++
	if hit {
		t.hit[name]++
	}
}

// value keeps one value.
func (t *tally) value(name string, v float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list[name] = append(t.list[name], v)
}

// share formats the share of hits in per cent; "-" with fewer than 20 cases.
func (t *tally) share(name string) string {
	if t.of[name] < 20 {
		return "-"
	}
	return rate(float64(t.hit[name]) / float64(t.of[name]))
}

// shares formats several shares.
func (t *tally) shares(names ...string) (out []string) {
	for _, name := range names {
		out = append(out, t.share(name))
	}
	return out
}

// rate formats a share in per cent.
func rate(v float64) string {
	if v = 100 * v; v < 9.95 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// median returns the median of the values.
func (t *tally) median(name string) float64 {
	v := slices.Sorted(slices.Values(t.list[name]))
	if len(v) == 0 {
		return math.NaN()
	}
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// moments returns the mean and the standard deviation of the values.
func (t *tally) moments(name string) (mean, sd float64) {
	v := slices.Sorted(slices.Values(t.list[name])) // so that the order of replications does not matter
	if len(v) < 2 {
		return stats.Sum(v), 0
	}
	return stats.Mean(v), math.Sqrt(stats.Variance(v))
}

// words formats a number, "-" for none.
func words(format string, v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return fmt.Sprintf(format, v)
}
