package scenario

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/dist"
)

var (
	_ SessionPacer = OnOff{}
	_ Thinker      = OnOff{}
)

// OnOff is the bursty user: it alternates between ON periods, in which it acts
// and thinks, and OFF periods of rest.
//
//	        acts at once      gap fits: acts        gap does not fit
//	OFF ──────────────────> ON ────────┐ ───────────────────────────> OFF
//	                         ^─────────┘    ON until the period ends
//
// An ON period begins with a task at once; then think gaps and tasks follow
// until a gap does not fit into what is left of the period. An ON period is
// spent in think time only: a slow target stretches a session but does not
// change what the user does in it, and a task may outlive its period. Users
// keep their state across phases that keep the pacer.
type OnOff struct {
	// On and Off are the lengths of the periods, Think the gaps between tasks
	// within an ON period. All means must be above zero.
	On, Off, Think dist.Distribution
}

// Bursty is an OnOff user whose ON and OFF periods have these means and are
// exponential (CV 1), with the think times of think within the ON periods.
func Bursty(on, off time.Duration, think Think) OnOff {
	return OnOff{On: dist.Gamma{Mean: on, CV: 1}, Off: dist.Gamma{Mean: off, CV: 1}, Think: think.Time}
}

// replayLimit bounds the gaps that Begin replays. A period that began longer
// ago has forgotten how it began, so its gap is drawn from equilibrium.
const replayLimit = 4096

// maxReplay bounds them where nearly all are next to nothing: by a very large
// CV, or a distribution of the script's own that belies its mean.
const maxReplay = 16 * replayLimit

// fewGaps is how many mean gaps an ON period must hold for the figures of Load
// to be good to a few per cent; irregular gaps take more.
const fewGaps = 3

// Begin draws the exact stationary state, up to the time that tasks take: ON
// with probability mean ON/(mean ON + mean OFF), a length-biased period in
// progress, and for a user that is ON the gap in progress, by replaying the
// think loop from the start of the period without acting.
func (o OnOff) Begin(r *Rhythm) Turn {
	on, _ := o.On.Moments()
	off, _ := o.Off.Moments()
	r.On = uniform(r.Start.Uint64())*(on.Seconds()+off.Seconds()) < on.Seconds()
	if !r.On {
		_, residual := dist.Equilibrium(o.Off, &r.Start)
		r.stage, r.left = resting, 0
		return Turn{Wait: residual}
	}
	age, residual := dist.Equilibrium(o.On, &r.Start)
	r.left = residual
	return o.After(r, o.replay(age, r))
}

// replay returns how long after now the first act falls, for an ON period
// that began age ago.
func (o OnOff) replay(age time.Duration, r *Rhythm) time.Duration {
	at := -age
	if mean, _ := o.Think.Moments(); age/replayLimit <= mean {
		for range maxReplay {
			if at += max(0, o.Think.Sample(&r.Think)); at >= 0 {
				return at
			}
		}
	}
	_, residual := dist.Equilibrium(o.Think, &r.Think)
	return residual
}

// Arrive starts a fresh ON period, which is the session, as if a rest had just
// ended.
func (o OnOff) Arrive(r *Rhythm) Turn {
	r.stage = resting
	return o.Next(r)
}

// Next takes one step of the state machine.
func (o OnOff) Next(r *Rhythm) Turn {
	switch r.stage {
	case lapsing:
		r.On, r.stage = false, resting
		return Turn{Wait: o.Off.Sample(&r.Period)}
	case resting:
		r.On, r.stage = true, acting
		r.left = o.On.Sample(&r.Period)
		return Turn{Act: true}
	default:
		return o.After(r, o.Think.Sample(&r.Think))
	}
}

// After acts when the gap is over, if it fits into what is left of the ON
// period, and otherwise lets the period run out.
func (o OnOff) After(r *Rhythm, gap time.Duration) Turn {
	r.On = true
	if gap > r.left {
		left := r.left
		r.stage, r.left = lapsing, 0
		return Turn{Wait: left}
	}
	r.stage = acting
	r.left -= gap
	return Turn{Wait: gap, Act: true}
}

// Validate checks the three distributions and that their means are above zero.
func (o OnOff) Validate() error {
	return cmp.Or(validGap("ON period", o.On), validGap("OFF period", o.Off), validGap("think time", o.Think))
}

// Load is exact in the limit of long windows and of ON periods that hold many
// gaps; it leaves out that task durations vary. With think mean m and
//
//	N   = (1 + CV_think^2)/2 + mean_on/m     tasks in an ON period
//	C   = mean_on + mean_off + N response    length of a cycle
//	rho = N / C                              rate
//
// the dispersion of counts is
//
//	IDC = [ (q/m - rho)^2 sd_on^2 + rho^2 sd_off^2 + q^2 CV_think^2 mean_on/m ] / N
//
// with q = 1 - rho response.
func (o OnOff) Load(response time.Duration) Load {
	on, onCV := o.On.Moments()
	off, offCV := o.Off.Moments()
	think, thinkCV := o.Think.Moments()
	gaps := on.Seconds() / think.Seconds()
	tasks := max(1, firstGap(thinkCV)+gaps)
	busy := on.Seconds() + float64(tasks*response.Seconds())
	cycle := busy + off.Seconds()
	rho := tasks / cycle
	q := 1 - float64(rho*response.Seconds())
	load := Load{Rate: rho, OnShare: busy / cycle}
	if load.Note = tailNote(onCV, offCV, thinkCV); load.Note != "" {
		load.IDC = math.Inf(1)
		return load
	}
	load.IDC = (square((q/think.Seconds()-rho)*onCV*on.Seconds()) +
		square(rho*offCV*off.Seconds()) + float64(square(q*thinkCV)*gaps)) / tasks
	if gaps < fewGaps*max(1, square(thinkCV)) {
		load.Note = "ON periods hold few think times: rate and IDC are rough"
	}
	return load
}

// firstGap is the surplus of tasks over mean_on/m: the task at the start of
// the period, less the part of a gap that is cut off at its end.
func firstGap(cv float64) float64 {
	if math.IsInf(cv, 1) {
		return 1
	}
	return (1 + square(cv)) / 2
}

// String names the three distributions.
func (o OnOff) String() string {
	return fmt.Sprintf("ON %s, OFF %s, think %s", describe(o.On), describe(o.Off), describe(o.Think))
}

// tailNote warns when one of the coefficients of variation is infinite.
func tailNote(cvs ...float64) string {
	if math.IsInf(slices.Max(cvs), 1) {
		return "heavy tails: no phase is long enough for the load to settle, intervals are optimistic; use many pairs"
	}
	return ""
}

// uniform maps a draw to [0, 1).
func uniform(u uint64) float64 { return float64(u>>11) / (1 << 53) }
