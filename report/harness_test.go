package report

// tooLate is a run whose wake-ups were late.
func tooLate() (Figures, Trust, Lag) {
	return Figures{P50: 5, P95: 6, P99: 7}, Trust{P95: Rating{Grade: NotMeasured, LateShare: 1}}, Lag{P50: 900, P99: 1310, Max: 12_345}
}
