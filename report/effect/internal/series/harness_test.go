package series

import (
	"time"

	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// ms is the unit of times in tests.
const ms = time.Millisecond

// windowOf returns the whole of a phase of seconds made by hand.
func windowOf(seconds int, each func(int) handmade.Second) *Window {
	run := handmade.Run(handmade.NewPhase("A", seconds, each, 0))
	phases, err := Open(0, Ref{run, "A"})
	if err != nil {
		panic(err)
	}
	return phases[0].Window(All)
}
