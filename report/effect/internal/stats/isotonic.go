package stats

// Rising is the non-decreasing series closest to y by least squares with weights, all above 0: the pool adjacent
// violators algorithm (Ayer, Brunk, Ewing, Reid and Silverman 1955).
func Rising(y, weights []float64) []float64 {
	type pool struct {
		sum, weight float64
		n           int
	}
	var pools []pool
	for i, v := range y {
		pools = append(pools, pool{v * weights[i], weights[i], 1})
		for k := len(pools) - 1; k > 0 && pools[k-1].sum/pools[k-1].weight > pools[k].sum/pools[k].weight; k-- {
			pools[k-1] = pool{pools[k-1].sum + pools[k].sum, pools[k-1].weight + pools[k].weight, pools[k-1].n + pools[k].n}
			pools = pools[:k]
		}
	}
	out := make([]float64, 0, len(y))
	for _, p := range pools {
		for range p.n {
			out = append(out, p.sum/p.weight)
		}
	}
	return out
}
