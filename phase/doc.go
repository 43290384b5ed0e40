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
// that is cut short by the next phase goes on from the level it has reached.
package phase
