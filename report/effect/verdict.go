package effect

// Verdict is the result for one metric in a word.
type Verdict string

// The verdicts. Those of the first group have an interval.
const (
	Worse      Verdict = "worse"      // the whole interval lies on the bad side: slower, more failures
	Better     Verdict = "better"     // the whole interval lies on the good side
	Higher     Verdict = "higher"     // of the throughput, which is neither good nor bad in itself
	Lower      Verdict = "lower"      // of the throughput
	NoneSeen   Verdict = "none seen"  // the interval holds "no change", which does not prove it
	Equivalent Verdict = "equivalent" // the whole interval lies inside the margin set before the run

	// Confounded has an interval too, of intervention and load together: the arms differ in users, model or planned rate
	// by more than 10 %.
	Confounded Verdict = "confounded"

	NotEstimable Verdict = "not estimable"  // the data cannot carry an interval
	TooShort     Verdict = "too short"      // a phase has too few usable seconds
	NotSettled   Verdict = "did not settle" // a phase was still on its way when it should have settled
	Disturbed    Verdict = "disturbed"      // the arms had different load, because workers were lost, users left or rested, or hooks came late
)

// Known reports whether the verdict rests on an interval.
func (v Verdict) Known() bool {
	return v != NotEstimable && v != TooShort && !v.isWithheld() && v != ""
}

// isWithheld reports whether the phases are such that no effect of them is given.
func (v Verdict) isWithheld() bool { return v == NotSettled || v == Disturbed }

// Changed reports whether the verdict is that something changed.
func (v Verdict) Changed() bool {
	return v == Worse || v == Better || v == Higher || v == Lower
}

// decide judges an interval of a change, where "no change" is 0. margin 0 means none.
func decide(m Metric, change Interval, margin float64) Verdict {
	up, down := Worse, Better
	if m.isRate() {
		up, down = Higher, Lower
	}
	switch {
	case margin > 0 && change.Low >= -margin && change.High <= margin:
		return Equivalent
	case change.Low > rounding:
		return up
	case change.High < -rounding:
		return down
	}
	return NoneSeen
}

// rounding is the size up to which a change is a rounding error.
const rounding = 1e-12
