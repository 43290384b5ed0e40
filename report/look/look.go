// Package look is data: when a run is to be looked at before its end, and which look decided it. Package report/effect/looks plans
// and judges looks.
package look

// Plan is when a run is judged, set before it: at the first look that decides it ends. Effects of a run with
// looks have wider intervals, as there is more than one chance to be wrong.
type Plan struct {
	// Planned are the looks in order of time, the end of the plan the last one. In a run without end there is the
	// first one only.
	Planned []Look `json:"planned"`
	// EveryS is the time from one look to the next in a run without end, s; 0: it has an end.
	EveryS float64 `json:"every_s,omitempty"`
	// Decided is what the look that ended the run found, in a sentence; "": none did.
	Decided string `json:"decided,omitempty"`
}

// Look is one of a [Plan].
type Look struct {
	AtS         float64 `json:"at_s"`        // offset, s
	Information float64 `json:"information"` // what is known by then, as a share of what the end of the plan would show; without one 0
}

// Made returns how many looks there have been up to an offset, in s.
func (l *Plan) Made(atS float64) (n int) {
	atS += 1e-6 // a nanosecond is not in every float
	for ; n < len(l.Planned) && l.Planned[n].AtS <= atS; n++ {
	}
	if l.EveryS > 0 && n > 0 {
		n += int((atS - l.Planned[0].AtS) / l.EveryS)
	}
	return n
}

// Next returns the offset of the look after n others, in s; false: there is none.
func (l *Plan) Next(n int) (atS float64, ok bool) {
	switch {
	case n < len(l.Planned):
		return l.Planned[n].AtS, true
	case l.EveryS > 0:
		return l.Planned[0].AtS + float64(n)*l.EveryS, true
	}
	return 0, false
}

// EndS is the offset of the end of the plan, s; 0: it has none.
func (l *Plan) EndS() float64 {
	if l.EveryS > 0 || len(l.Planned) == 0 {
		return 0
	}
	return l.Planned[len(l.Planned)-1].AtS
}
