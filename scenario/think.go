package scenario

import (
	"fmt"
	"math"
	"time"

	"github.com/gensim/load-generator/dist"
)

var _, _, _ Thinker = Think{}, StartToStart{}, NoWait{}

// Think paces like Locust: when a task ends the user waits for a think time.
// The user is always ON. A slow target thins the load.
type Think struct {
	// Time is the think time; its mean must be above zero.
	Time dist.Distribution
}

// Between is a think time that is uniform from min to max.
func Between(min, max time.Duration) Think { return Think{Time: dist.Uniform{Min: min, Max: max}} }

// Around is a think time that varies around a mean: gamma with this coefficient
// of variation (standard deviation over mean). At a CV of 0.3, 91 % of the times
// lie between half the mean and one and a half of it.
func Around(mean time.Duration, cv float64) Think { return Think{Time: dist.Gamma{Mean: mean, CV: cv}} }

// Begin finds the user somewhere in a think time, at a random instant of it.
func (t Think) Begin(r *Rhythm) Turn {
	r.On, r.stage = true, acting
	_, residual := dist.Equilibrium(t.Time, &r.Start)
	return Turn{Wait: residual, Act: true}
}

// Next waits for a think time.
func (t Think) Next(r *Rhythm) Turn { return t.After(r, t.Time.Sample(&r.Think)) }

// After waits for a gap.
func (t Think) After(r *Rhythm, gap time.Duration) Turn {
	r.On, r.stage = true, acting
	return Turn{Wait: gap, Act: true}
}

// Validate checks the distribution and that its mean is above zero.
func (t Think) Validate() error { return validGap("think time", t.Time) }

// Load is that of a renewal process whose cycle is a think time and a task.
// The IDC leaves out that task durations vary.
func (t Think) Load(response time.Duration) Load {
	mean, cv := t.Time.Moments()
	cycle := (mean + response).Seconds()
	return Load{Rate: 1 / cycle, OnShare: 1, IDC: square(cv * mean.Seconds() / cycle), Note: tailNote(cv)}
}

// String names the think time.
func (t Think) String() string { return "think " + describe(t.Time) }

// StartToStart paces from one intended start to the next, so that a slow
// target does not thin the load: starts that are overdue when a task ends are
// made back to back, each with its response time counted from its intended
// start. Where it is the script's own time that makes them overdue they count from
// where a target that answers at once would have let them start. The user is
// always ON.
type StartToStart struct {
	// Gap is the time between intended starts; its mean must be above zero.
	Gap dist.Distribution
}

// Begin finds the user somewhere in a gap, at a random instant of it.
func (s StartToStart) Begin(r *Rhythm) Turn {
	r.On, r.stage = true, acting
	_, residual := dist.Equilibrium(s.Gap, &r.Start)
	return Turn{Wait: residual, Act: true, FromStart: true}
}

// Next is one gap after the previous intended start.
func (s StartToStart) Next(r *Rhythm) Turn { return s.After(r, s.Gap.Sample(&r.Think)) }

// After is a gap after the previous intended start.
func (s StartToStart) After(r *Rhythm, gap time.Duration) Turn {
	r.On, r.stage = true, acting
	return Turn{Wait: gap, Act: true, FromStart: true}
}

// Validate checks the distribution and that its mean is above zero.
func (s StartToStart) Validate() error { return validGap("gap", s.Gap) }

// Load does not depend on the target as long as tasks take less than the gap
// on average. Beyond that the user falls behind, and the engine gives up
// starts that are too far behind and counts them as missed.
func (s StartToStart) Load(response time.Duration) Load {
	mean, cv := s.Gap.Moments()
	load := Load{Rate: 1 / mean.Seconds(), OnShare: 1, IDC: square(cv), Note: tailNote(cv)}
	if response > mean {
		load.Note = "tasks take longer than the gap: the user falls behind and starts will be missed"
	}
	return load
}

// String names the gap.
func (s StartToStart) String() string { return "start to start " + describe(s.Gap) }

// NoWait acts again as soon as a task has ended: a closed loop that goes as
// fast as the target answers. The user is always ON.
type NoWait struct{}

// Begin acts at once.
func (NoWait) Begin(r *Rhythm) Turn { return NoWait{}.Next(r) }

// Next acts at once.
func (NoWait) Next(r *Rhythm) Turn { return NoWait{}.After(r, 0) }

// After waits for a gap.
func (NoWait) After(r *Rhythm, gap time.Duration) Turn {
	r.On, r.stage = true, acting
	return Turn{Wait: gap, Act: true}
}

// Validate returns nil.
func (NoWait) Validate() error { return nil }

// Load is set by the target: one task after the other. Its IDC is unknown.
func (NoWait) Load(response time.Duration) Load {
	return Load{Rate: 1 / response.Seconds(), OnShare: 1, IDC: math.NaN(), Note: "as fast as the target answers"}
}

// String says what it does.
func (NoWait) String() string { return "no wait" }

// validGap refuses what would make a user act without end at one instant.
func validGap(what string, d dist.Distribution) error {
	if d == nil {
		return fmt.Errorf("%s: no distribution given", what)
	}
	if err := d.Validate(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if mean, _ := d.Moments(); mean <= 0 {
		return fmt.Errorf("%s: mean is %v: want above zero", what, mean)
	}
	return nil
}

func describe(d dist.Distribution) string {
	if d == nil {
		return "(none)"
	}
	return d.String()
}

func square(x float64) float64 { return float64(x * x) }
