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
		out = append(out, Band{Name: p.Name, Start: p.StartS, End: &end, RampEnd: p.RampEndS, Settle: max(0, p.SettleS), Users: p.Users, SpawnRate: p.SpawnRate, Arm: p.Arm})
	}
	return out
}
