//go:build !linux

package machine

import "math"

// Read takes a reading: a zero one.
func Read() Reading { return Reading{} }

// Quota returns how many cores this process may use: +Inf, no limit is known.
func Quota() float64 { return math.Inf(1) }
