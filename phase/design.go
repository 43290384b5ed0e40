package phase

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/internal/say"
)

// AB is a baseline and then an intervention. Empty names become "baseline" and
// "intervention".
func AB(baseline, intervention Phase) Schedule {
	return Schedule{armed(baseline, armA, ""), armed(intervention, armB, "")}
}

// ABA is AB with a return to the baseline, which gets the name of the first one
// and "-2".
func ABA(baseline, intervention Phase) Schedule {
	return append(AB(baseline, intervention), armed(baseline, armA, "-2"))
}

// Pairs is n pairs of a baseline and an intervention, numbered "baseline-1",
// "intervention-1" and so on, the order inside each pair drawn by seed. The
// figures of each phase count from its Settle on, which has to outlast what the
// phase before it left behind: 15 s of a phase of 45 to 60 s are usual, and 10
// pairs. Fewer than 5 say nothing.
func Pairs(n int, seed uint64, baseline, intervention Phase) Schedule {
	coin := stream.Key{Seed: seed, Purpose: stream.Order, User: 1}.Rand()
	var s Schedule
	for i := 1; i <= n; i++ {
		number := fmt.Sprintf("-%d", i)
		a, b := armed(baseline, armA, number), armed(intervention, armB, number)
		if coin.Uint64()>>63 == 1 {
			a, b = b, a
		}
		s = append(s, a, b)
	}
	return s
}

// AA is n phases of the baseline, "baseline-1" and so on: at least 2, to learn
// how often a comparison calls the noise of this system an effect. Long phases
// tell more than many.
func AA(n int, baseline Phase) Schedule {
	var s Schedule
	for i := 1; i <= n; i++ {
		s = append(s, armed(baseline, armA, fmt.Sprintf("-%d", i)))
	}
	return s
}

// Factorial parts the effect of the load from that of an intervention, which a
// baseline and an intervention with different loads mix. baseline gives one load and
// intervention the other; each of the two loads runs without the intervention and
// with it, n times, in phases "low-off", "low-on", "high-on" and "high-off", or with
// the names of baseline and intervention in place of "off" and "on". From n = 2 on
// the phases of each round have a number, as in "low-off-1".
//
// The load is Users, SpawnRate and Stages, or Arrivals; all else is that of baseline
// or intervention. Every second round runs in the reverse order: a steady
// drift cancels out of the intervention's effect with any n, and with an even one out
// of those of the load and of both together too.
func Factorial(n int, baseline, intervention Phase) Schedule {
	baseline.Name, intervention.Name = cmp.Or(baseline.Name, "off"), cmp.Or(intervention.Name, "on")
	low, high := baseline, intervention
	if low.amount() > high.amount() {
		low, high = high, low
	}
	cell := func(load string, of, p Phase, arm, suffix string) Phase {
		p.Users, p.SpawnRate, p.Stages, p.Arrivals = of.Users, of.SpawnRate, of.Stages, of.Arrivals
		p.Name, p.Load = load+"-"+p.Name, load
		return armed(p, arm, suffix)
	}
	var s Schedule
	for i := 1; i <= n; i++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf("-%d", i)
		}
		round := Schedule{
			cell(lowLoad, low, baseline, armA, suffix), cell(lowLoad, low, intervention, armB, suffix),
			cell(highLoad, high, intervention, armB, suffix), cell(highLoad, high, baseline, armA, suffix),
		}
		if i%2 == 0 {
			slices.Reverse(round)
		}
		s = append(s, round...)
	}
	return s
}

// Matched replays the same user scripts in all arms of a design: in both phases
// of a pair, each pair with its own scripts, with and without the intervention at
// one load of a [Factorial], and in all phases of the other designs. The arms then differ in what the target does, not in what the users
// plan. A user who joins during the ramp of the first phase is as late in its
// replays; SpawnRate 0 avoids that. What a script remembers from one phase to
// the next is not replayed.
func Matched(s Schedule) Schedule {
	replays := map[string]uint64{}
	paired := s.count(armB) > 1
	out := make(Schedule, len(s))
	for i, p := range s {
		if p.Arm != "" {
			replays[p.Arm+p.Load]++
			p.Replay = 1
			switch nth := replays[p.Arm+p.Load]; {
			case p.Load == lowLoad:
				p.Replay = 2*nth - 1
			case p.Load == highLoad:
				p.Replay = 2 * nth
			case paired:
				p.Replay = nth
			}
		}
		out[i] = p
	}
	return out
}

// The arms of a comparison.
const (
	armA = "A"
	armB = "B"
)

// The loads of a factorial design.
const (
	lowLoad  = "low"
	highLoad = "high"
)

// amount is how much load a phase reaches: users, or arrivals per second.
func (p Phase) amount() float64 {
	a := p.Arrivals
	switch {
	case a == nil:
		return float64(p.Most())
	case a.Stages != nil:
		return a.Stages.Highest()
	}
	return max(a.Rate, a.RateTo)
}

// amountText is the load in words.
func (p Phase) amountText() string {
	if p.Arrivals != nil {
		return say.Number(p.amount()) + " arrivals/s"
	}
	return say.Plural(p.Most(), "user")
}

// validateLoads checks that phases with a load are all of a factorial design.
func (s Schedule) validateLoads() error {
	first, cells := map[string]Phase{}, map[string]bool{} // by load
	for _, p := range s {
		if p.Load == "" {
			continue
		}
		of, seen := first[p.Load]
		switch {
		case p.Load != lowLoad && p.Load != highLoad:
			return p.refuse("Load", strconv.Quote(p.Load), `"low" or "high", or "" for none`)
		case p.Arm != armA && p.Arm != armB:
			return p.refuse("Arm", strconv.Quote(p.Arm), `"A" or "B" in a phase with a Load`)
		case p.amount() <= 0:
			return p.refuse("Load", p.Load, "users or arrivals in a phase with one")
		case seen && (p.amount() != of.amount() || (p.Arrivals == nil) != (of.Arrivals == nil)):
			return fmt.Errorf("phase %q has %s and phase %q %s: want the same in all phases whose Load is %s", of.Name, of.amountText(), p.Name, p.amountText(), p.Load)
		case !seen:
			first[p.Load] = p
		}
		cells[p.Load+p.Arm] = true
	}
	if len(cells) == 0 {
		return nil
	}
	for _, load := range []string{lowLoad, highLoad} {
		for _, arm := range []string{armA, armB} {
			if !cells[load+arm] {
				return fmt.Errorf("no phase has Load %s and Arm %s: want both loads in both arms", load, arm)
			}
		}
	}
	if low, high := first[lowLoad], first[highLoad]; (low.Arrivals == nil) != (high.Arrivals == nil) || low.amount() >= high.amount() {
		return fmt.Errorf("the low load is %s and the high one %s: want less of the same in the low one", low.amountText(), high.amountText())
	}
	return nil
}

// armed returns a phase of a design.
func armed(p Phase, arm, suffix string) Phase {
	if p.Name == "" {
		p.Name = map[string]string{armA: "baseline", armB: "intervention"}[arm]
	}
	p.Name, p.Arm = p.Name+suffix, arm
	return p
}

// count is the number of phases of an arm.
func (s Schedule) count(arm string) (n int) {
	for _, p := range s {
		if p.Arm == arm {
			n++
		}
	}
	return n
}
