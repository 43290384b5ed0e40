package phase

// Weights are task weights by name.
type Weights map[string]float64

// ParseWeights reads a JSON object of task names and weights.
func ParseWeights(s string) (Weights, error) { return nil, nil }
