package series

import (
	"fmt"
	"math"
	"slices"

	"github.com/gensim/load-generator/internal/say"
)

// MostLost is how far apart, 0..1, the parts of their planned load may lie that two sides of a comparison lost for one
// cause.
const MostLost = .005

// Causes are those for which a phase has less load than its plan, as the start of a sentence.
var Causes = []struct {
	Text  string
	share func(*Phase) float64 // the part of the load of a phase that it lost, 0..1
}{
	{"workers were lost, and with them", func(p *Phase) float64 { return p.Summary.LostShare() }},
	{"users left for good, and with them", (*Phase).leftShare},
	{"users rested without work, and with them", (*Phase).restedShare},
}

// leftShare is the part of the users of the plan that were not there after the ramp, as users had left for good in
// this phase or before it. Their places stay empty until a step down takes them, or a matched arm begins.
func (p *Phase) leftShare() float64 {
	left := int64(0)
	for i := range p.Run.Phases {
		if x := &p.Run.Phases[i]; x.StartS <= p.Summary.StartS {
			left += x.Counters.Left
		}
	}
	if left == 0 {
		return 0
	}
	planned, away := 0, 0
	for _, s := range p.Run.Timeline {
		if at := float64(s.S); at >= p.rampEnd() && at < p.Summary.EndS {
			planned += s.Planned * s.WidthS
			away += int(max(0, min(int64(s.Planned-s.Users), left))) * s.WidthS
		}
	}
	if away == 0 {
		return 0
	}
	return max(0, float64(away)/float64(planned)-p.Summary.LostShare())
}

// restedShare is the part of the user-seconds that the plan has in the phase in which users rested, as it had no work left.
func (p *Phase) restedShare() float64 {
	if p.Summary.RestedS <= 0 {
		return 0
	}
	planned := 0.
	for _, s := range p.Run.Timeline { // a level that moves is what it was in each second
		from, to := max(float64(s.S), p.Summary.StartS), min(float64(s.S+s.WidthS), p.Summary.EndS)
		planned += float64(float64(s.Planned) * max(0, to-from))
	}
	if planned == 0 {
		return 0
	}
	return min(1, p.Summary.RestedS/planned)
}

// lossOf returns the part of the planned load of some phases that was lost for a cause, 0..1: the mean of theirs,
// weighted by their lengths.
func lossOf(cause int, phases ...*Phase) float64 {
	lost, length := 0.0, 0.0
	for _, p := range phases {
		seconds := p.Summary.EndS - p.Summary.StartS
		lost, length = lost+Causes[cause].share(p)*seconds, length+seconds
	}
	if length == 0 {
		return 0
	}
	return lost / length
}

// Disturbed says that one of two sides, with its name, lost so much more of its load than the other that they cannot
// be compared, or that the target of one was for a time not what its hooks make of it; "": they can.
func Disturbed(name string, side []*Phase, other string, otherSide []*Phase) string {
	for _, p := range slices.Concat(side, otherSide) {
		if late := p.Summary.HooksLate(); late > 0 {
			return fmt.Sprintf("the hooks of phase %s were called %s late, as no master was there; until then the target was that of the phase before", p.Name, say.Span(late))
		}
	}
	for i, cause := range Causes {
		lost, otherLost := lossOf(i, side...), lossOf(i, otherSide...)
		if math.Abs(lost-otherLost) <= MostLost {
			continue
		}
		if lost < otherLost {
			name, lost, other, otherLost = other, otherLost, name, lost
		}
		return fmt.Sprintf("%s %s of the load of %s against %s of %s; more than %s points apart the two cannot be compared",
			cause.Text, say.Share(lost), name, say.Share(otherLost), other, say.Number(100*MostLost))
	}
	return ""
}

// LossOf says how much of the load of the phase was lost for one of the Causes; "": nothing.
func (p *Phase) LossOf(cause int) string {
	if share := Causes[cause].share(p); share > 0 {
		return fmt.Sprintf("%s of the load of phase %s", say.Share(share), p.Name)
	}
	return ""
}

// IsWhole reports whether the phase lost next to nothing, and its hooks were called in time.
func (p *Phase) IsWhole() bool {
	for i := range Causes {
		if lossOf(i, p) > MostLost {
			return false
		}
	}
	return p.Summary.HooksLateS == 0
}
