package dist

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"github.com/gensim/load-generator/dist/internal/exact"
)

// Empirical draws one of the measured durations it was made of, each with the
// same chance. Make it with [NewEmpirical]; the zero value is refused by
// Validate and draws 0. Copies share the values.
type Empirical struct {
	values *measured // a pointer keeps Empirical comparable and small
}

type measured struct {
	sorted     []time.Duration
	cumulative []float64 // sum of sorted[:i+1], nanoseconds
	mean       time.Duration
	cv         float64
}

var _ Distribution = Empirical{}

// NewEmpirical copies values, whose order does not matter. It returns an error
// when there is none or when one is negative or above Longest.
func NewEmpirical(values []time.Duration) (Empirical, error) {
	if len(values) == 0 {
		return Empirical{}, errNoValues
	}
	m := &measured{sorted: slices.Sorted(slices.Values(values)), cumulative: make([]float64, len(values))}
	for _, v := range []time.Duration{m.sorted[0], m.sorted[len(values)-1]} {
		if err := checkDuration("empirical", "value", v); err != nil {
			return Empirical{}, err
		}
	}
	m.summarise()
	return Empirical{m}, nil
}

var errNoValues = errors.New("empirical: no values: want NewEmpirical with one or more")

// summarise fills the sums and the moments.
func (m *measured) summarise() {
	sum := 0.0
	for i, v := range m.sorted {
		sum += float64(v)
		m.cumulative[i] = sum
	}
	mean := sum / float64(len(m.sorted))
	m.mean = toDuration(mean)
	if mean == 0 {
		return
	}
	squares := 0.0
	for _, v := range m.sorted {
		deviation := float64(v)/mean - 1
		squares += float64(deviation * deviation)
	}
	m.cv = math.Sqrt(squares / float64(len(m.sorted)))
}

// Sample returns one of the values.
func (e Empirical) Sample(src rand.Source) time.Duration {
	if e.values == nil {
		return 0
	}
	return e.values.sorted[rand.New(src).IntN(len(e.values.sorted))]
}

// Moments returns the mean and the CV of the values.
func (e Empirical) Moments() (mean time.Duration, cv float64) {
	if e.values == nil {
		return 0, 0
	}
	return e.values.mean, e.values.cv
}

// Validate refuses the zero value.
func (e Empirical) Validate() error {
	if e.values == nil {
		return errNoValues
	}
	return nil
}

// String returns, for example, "empirical(120 values, mean 2s, CV 0.8)". Parse
// does not read it back.
func (e Empirical) String() string {
	if e.values == nil {
		return "empirical(no values)"
	}
	return fmt.Sprintf("empirical(%d values, mean %v, CV %.3g)", len(e.values.sorted), e.values.mean, e.values.cv)
}

// lengthBiased picks a value with a chance proportional to its length.
func (e Empirical) lengthBiased(src rand.Source) float64 {
	if e.values == nil {
		return 0
	}
	m := e.values
	last := len(m.sorted) - 1
	target := exact.Uniform(src) * m.cumulative[last]
	i := sort.Search(last, func(i int) bool { return m.cumulative[i] > target })
	return float64(m.sorted[i])
}
