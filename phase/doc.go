// Package phase is the plan of a run: a [Schedule] of phases with a number of
// users, a spawn rate, weights, a pace and hooks each.
//
// A schedule is data. Levels, ramps and open arrivals are pure functions of
// the time elapsed since the start of the run, so a plan can be printed,
// tested and compared before anything runs, and the engine only walks it.
//
//	users
//	50 |                       ┌───────────────
//	   |                   ┌─┘  50 users at 2/s: one every 0.5 s
//	10 |     ┌───────────┘
//	   | ┌─┘  10 users at 2/s
//	 0 └─────────────────|──────────────────────> time
//	   0 s   baseline  300 s   intervention
//
// Phase borders are absolute offsets. Users come and go one at a time: the
// first at the border, the k-th after it k/SpawnRate seconds later. A ramp
// that the next phase cuts short continues from the level it has reached.
//
// # Stages
//
// Within a phase the level, or the rate of arrivals, can follow [Stages]: straight
// pieces and jumps, and what is made of them before the run, a sine ([Sine]), a Go
// function ([Curve]) or a file ([ReadStages]). It stays one phase in the report. A
// level that moves to the end of its phase has no steady state, so it gives no
// effect; where the last stages are flat, the effect speaks of these.
//
//	phase.Phase{Name: "spike", Stages: phase.Stages{{0, 50}, {5 * m, 50}, {0, 500}, {30 * s, 500}, {0, 50}, {5 * m, 50}}}
//	phase.Phase{Name: "day", Stages: phase.Sine(100, 80, 24*h, 24*h)}
//
// # Designs
//
// A design lays a baseline (arm A) and an intervention (arm B) out in time, so
// that package report/effect can estimate what the intervention did. It is a
// schedule by itself, or the part of one after a warm-up.
//
//	AB      A B                one difference, with all that else changed meanwhile in it
//	ABA     A B A              cancels a linear drift, and shows whether the baseline moved
//	Pairs   A B  B A  B A ...  many short phases; holds under drift, wander and moods
//	AA      A A                no difference, to see how often noise is called one
package phase
