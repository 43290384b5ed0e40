package loadgen

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/scenario"
)

// digestFormat is the version of the digest.
const digestFormat = 2

// How much of each phase the digest samples, so that a change of any sampler,
// the script's included, changes it.
const digestUsers, digestTurns, digestArrivals = 8, 16, 64

// workedOut lists the fields of a phase of which the digest takes the outcome, not
// the value given.
var workedOut = []string{"Weights", "Pace"}

func (p *Plan) hash() string {
	h := sha256.New()
	c := canonical{w: h, left: maxCanonical}
	c.text("plan")
	for _, x := range []uint64{digestFormat, stream.Version, p.runner.Seed, p.departureStream().Uint64()} {
		c.word(x)
	}
	for i := range p.phases {
		c.left = maxCanonical
		p.digestPhase(&c, i)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (p *Plan) digestPhase(c *canonical, i int) {
	l := &p.phases[i]
	c.text("phase")
	c.fields(reflect.ValueOf(p.runner.Schedule[i]), workedOut)
	c.word(uint64(l.pace))
	if l.pace == i { // otherwise that of the phase before
		c.text(l.pacer.String())
		c.dynamic(reflect.ValueOf(l.pacer))
	}
	for _, s := range p.Shares(i) {
		c.text(s.Name)
		c.float(s.Share)
	}
	for number := uint64(1); number <= digestUsers; number++ {
		p.digestUser(c, i, number)
	}
	p.digestArrivals(c, i)
}

// digestUser takes the first turns of a user; in a phase of sessions, of one that
// arrives.
func (p *Plan) digestUser(c *canonical, i int, number uint64) {
	l, u := &p.phases[i], user{stream: number}
	u.seed(p.runner.Seed, replicate(l.replay))
	c.word(u.script.Uint64())
	next := l.pacer.Begin
	if a := p.runner.Schedule[i].Arrivals; a != nil && a.Session {
		next = l.pacer.(scenario.SessionPacer).Arrive
	}
	for range digestTurns {
		turn := next(&u.rhythm)
		c.word(uint64(turn.Wait))
		c.flag(turn.Act)
		c.flag(turn.FromStart)
		if turn.Act {
			c.word(uint64(l.dispatcher.Pick(&u.choice)))
		}
		next = l.pacer.Next
	}
}

// digestArrivals takes the first arrivals of a phase and what they do.
func (p *Plan) digestArrivals(c *canonical, i int) {
	arrivals := p.arrivals(i)
	if arrivals == nil {
		return
	}
	for n := range uint64(digestArrivals) {
		at, ok := arrivals.Next()
		if !ok {
			return
		}
		choice := p.arrival(i, n).Source()
		c.word(uint64(at))
		c.word(uint64(p.phases[i].dispatcher.Pick(&choice)))
	}
}
