package report

import "time"

// Sketch is a mergeable histogram of durations with at most 0.2 % error. The zero value is
// empty and ready. It is not safe for concurrent use.
type Sketch struct{}

// Add counts one duration.
func (s *Sketch) Add(d time.Duration) {}

// AddN counts a duration n times.
func (s *Sketch) AddN(d time.Duration, n uint64) {}

// Merge adds all of o to s. The result does not depend on the order of merges.
func (s *Sketch) Merge(o *Sketch) {}

// Quantile returns the p-quantile, 0 <= p <= 1, interpolated inside its bucket; 0 when empty.
func (s *Sketch) Quantile(p float64) time.Duration { return 0 }

// Count returns the number of durations counted.
func (s *Sketch) Count() uint64 { return 0 }
