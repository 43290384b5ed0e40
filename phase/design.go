package phase

import (
	"fmt"

	"github.com/gensim/load-generator/dist/stream"
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

// Matched replays the same user scripts in all arms of a design: in both phases
// of a pair, each pair with its own scripts, and in all phases of the other
// designs. The arms then differ in what the target does, not in what the users
// plan. A user who joins during the ramp of the first phase is as late in its
// replays; SpawnRate 0 avoids that. What a script remembers from one phase to
// the next is not replayed.
func Matched(s Schedule) Schedule {
	replays := map[string]uint64{}
	paired := s.count(armB) > 1
	out := make(Schedule, len(s))
	for i, p := range s {
		if p.Arm != "" {
			replays[p.Arm]++
			p.Replay = 1
			if paired {
				p.Replay = replays[p.Arm]
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
