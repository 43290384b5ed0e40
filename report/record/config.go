package record

import (
	"math"
	"runtime"

	"github.com/gensim/load-generator/report"
)

// Config sets up a Recorder. The zero value of each field has a meaning.
type Config struct {
	Phases []report.PhaseInfo // in time order; none: one phase without name and end
	Shards int                // < 1: one per core (GOMAXPROCS)

	MaxOps        int // distinct operations kept apart; < 1: 1000
	MaxReasons    int // distinct failure reasons kept apart; < 1: 200
	MaxExceptions int // distinct exceptions kept apart; < 1: 100
	// IntervalBytes bounds the memory of the per-second rows; past it the rows of the
	// largest phase are merged pairwise. < 1: 48 MiB.
	IntervalBytes int
}

// withDefaults fills in what zero values stand for.
func (c Config) withDefaults() Config {
	orElse := func(v *int, otherwise int) {
		if *v < 1 {
			*v = otherwise
		}
	}
	orElse(&c.Shards, runtime.GOMAXPROCS(0))
	orElse(&c.MaxOps, 1000)
	orElse(&c.MaxReasons, 200)
	c.MaxOps = min(c.MaxOps, math.MaxUint16)
	c.MaxReasons = min(c.MaxReasons, math.MaxUint16-otherReason)
	orElse(&c.MaxExceptions, 100)
	orElse(&c.IntervalBytes, 48<<20)
	c.Phases = append([]report.PhaseInfo(nil), c.Phases...)
	if len(c.Phases) == 0 {
		c.Phases = []report.PhaseInfo{{}}
	}
	return c
}
