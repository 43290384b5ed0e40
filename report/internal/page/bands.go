package page

import "github.com/gensim/load-generator/report"

// Band is a phase as the charts draw it.
type Band struct {
	Name      string   `json:"name"`
	Start     float64  `json:"start"`
	End       *float64 `json:"end"` // null: without end
	RampEnd   float64  `json:"ramp_end"`
	Settle    float64  `json:"settle"` // after RampEnd; 0: none
	Users     int      `json:"users"`
	SpawnRate float64  `json:"spawn_rate"`
	Model     string   `json:"model"`
	Arm       string   `json:"arm"`
	Pace      string   `json:"pace"`
	// Curve is where stages lead the level: offsets and users, straight from one point to the next; nil: no stages.
	Curve [][2]float64 `json:"curve,omitempty"`
	// Rates are the same of the planned arrivals per second, of any open load; they stay where they end.
	Rates [][2]float64 `json:"rates,omitempty"`
}

// mostPoints bounds those of a curve, which browsers get with each frame.
const mostPoints = 200

// curve draws stages that begin with from users at an offset, of a phase that ends at another; 0: it does not.
func curve(stages []report.Stage, from, start, end float64) [][2]float64 {
	if stages == nil {
		return nil
	}
	points := [][2]float64{{start, from}}
	for _, x := range stages {
		last := points[len(points)-1]
		next := [2]float64{last[0] + x.ForS, x.To}
		if end > 0 && next[0] > end { // cut
			return thinned(append(points, [2]float64{end, last[1] + (x.To-last[1])*(end-last[0])/x.ForS}))
		}
		points = append(points, next)
	}
	return thinned(points)
}

// rates draws the rate of arrivals in a phase.
func rates(a *report.Arrivals, start, end float64) [][2]float64 {
	switch {
	case a == nil:
		return nil
	case a.Stages != nil:
		return curve(a.Stages, a.Rate, start, end)
	case a.RateTo > 0:
		return [][2]float64{{start, a.Rate}, {end, a.RateTo}}
	}
	return [][2]float64{{start, a.Rate}}
}

// thinned keeps at most mostPoints: of more, the highest and the lowest of each stretch.
func thinned(points [][2]float64) [][2]float64 {
	if len(points) <= mostPoints {
		return points
	}
	const stretches = mostPoints/2 - 1
	out := [][2]float64{points[0]}
	for i := range stretches {
		part := points[i*len(points)/stretches : (i+1)*len(points)/stretches]
		low, high := 0, 0
		for k, p := range part {
			if p[1] < part[low][1] {
				low = k
			}
			if p[1] > part[high][1] {
				high = k
			}
		}
		out = append(out, part[min(low, high)], part[max(low, high)])
	}
	return append(out, points[len(points)-1])
}

// Mark is something done to the run by hand as the charts draw it.
type Mark struct {
	At   float64 `json:"at"`
	Text string  `json:"text"`
}

// Bands converts the phases of a plan.
func Bands(phases []report.PhaseInfo) []Band {
	out := make([]Band, 0, len(phases))
	for _, p := range phases {
		b := Band{
			Name: p.Name, Start: p.Start.Seconds(), RampEnd: p.RampEnd.Seconds(), Settle: max(0, p.Settle).Seconds(),
			Users: p.Users, SpawnRate: p.SpawnRate, Model: p.Model, Arm: p.Arm, Pace: p.Pace,
		}
		b.Curve = curve(p.Stages, float64(p.From), b.Start, p.End.Seconds())
		b.Rates = rates(p.Arrivals, b.Start, p.End.Seconds())
		if p.End > 0 {
			end := p.End.Seconds()
			b.End = &end
		}
		out = append(out, b)
	}
	return out
}

// BandsOf are the phases that a Summary knows.
func BandsOf(s *report.Summary) []Band {
	out := []Band{}
	for _, p := range s.Phases {
		end := p.EndS
		out = append(out, Band{Name: p.Name, Start: p.StartS, End: &end, RampEnd: p.RampEndS, Settle: max(0, p.SettleS), Users: p.Users, SpawnRate: p.SpawnRate, Arm: p.Arm, Rates: rates(p.Arrivals, p.StartS, end)})
	}
	return out
}
