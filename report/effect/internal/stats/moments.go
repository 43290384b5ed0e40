package stats

import "math"

// Sum adds up.
func Sum(of []float64) (total float64) {
	for _, v := range of {
		total += v
	}
	return total
}

// Mean returns the mean; NaN of nothing.
func Mean(of []float64) float64 { return Sum(of) / float64(len(of)) }

// Variance returns the variance of a sample; NaN of fewer than two values.
func Variance(of []float64) float64 {
	m, s := Mean(of), 0.0
	for _, v := range of {
		s += (v - m) * (v - m)
	}
	return s / float64(len(of)-1)
}

// Minus returns b - a by element.
func Minus(b, a []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = b[i] - a[i]
	}
	return out
}

// Logs returns the logs by element.
func Logs(of []float64) []float64 {
	out := make([]float64, len(of))
	for i, v := range of {
		out[i] = math.Log(v)
	}
	return out
}

// FillStart gives the NaNs before the first number of a series that number; all are 0 if there is none.
func FillStart(series []float64) []float64 {
	first := 0.0
	for i := len(series) - 1; i >= 0; i-- {
		if math.IsNaN(series[i]) {
			series[i] = first
		} else {
			first = series[i]
		}
	}
	return series
}

// MeanInterval returns the mean of one value or more with Student's interval, n-1 degrees of freedom; without limits
// for one value.
func MeanInterval(of []float64, level float64) Interval {
	m := Mean(of)
	if len(of) < 2 {
		return Interval{m, math.Inf(-1), math.Inf(1)}
	}
	half := TwoSided(level, float64(len(of)-1)) * math.Sqrt(Variance(of)/float64(len(of)))
	return Interval{m, m - half, m + half}
}
