package model

import (
	"math/rand/v2"
	"time"

	"github.com/gensim/load-generator/report/hist"
)

// Truth returns the quantile of a server's response times over many seconds at one scale.
func Truth(s Server, r *rand.Rand, seconds int, scale float64) *hist.Sketch {
	sketch := new(hist.Sketch)
	s.Run(r, seconds, func(int) float64 { return scale }, func(q Request) { sketch.Add(time.Duration(q.Took * 1e9)) })
	return sketch
}
