package claim

import (
	"math"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect"
)

// change formats a change with its sign and unit.
func (u Unit) change(v float64) string {
	s, unit := say.Number(v), " "+string(u)
	if u == PerSecond {
		unit = string(u)
	}
	switch {
	case math.IsInf(v, 1):
		return "now among the failures"
	case math.IsInf(v, -1):
		return "no more among the failures"
	case v > 0:
		s = "+" + s
	}
	return s + unit
}

// label is a metric at the start of a sentence; p95 stays as it is.
func label(m effect.Metric) string {
	switch {
	case m == Max:
		return "Maximum"
	case isQuantile(m):
		return string(m)
	}
	return say.Capital(string(m))
}
