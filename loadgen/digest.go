package loadgen

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"

	"github.com/gensim/load-generator/dist/stream"
	"github.com/gensim/load-generator/loadgen/internal/canonical"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// digestFormat is the version of the digest.
const digestFormat = 2

// How much of each phase the digest samples, so that a change of any sampler,
// the script's included, changes it.
const digestUsers, digestTurns, digestArrivals, digestJoins = 8, 16, 64, 64

// workedOut lists the fields of a phase of which the digest takes the outcome, not
// the value given.
var workedOut = []string{"Weights", "Pace", "Kinds", "Paces"}

func (p *Plan) hash() string {
	h := sha256.New()
	c := canonical.New(h, reflect.TypeFor[phase.Hook]()) // what a hook does is not part of the plan
	c.Text("plan")
	for _, x := range []uint64{digestFormat, stream.Version, p.runner.Seed, p.departureStream().Uint64()} {
		c.Word(x)
	}
	if p.severalKinds() {
		p.digestKinds(c)
	}
	p.digestJourneys(c)
	for i := range p.phases {
		c.Part()
		p.digestPhase(c, i)
	}
	for _, d := range p.declared {
		c.Part()
		c.Text(d.Sort.String())
		c.Text(d.Text())
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// shareUsers and shareArrivals are how many of the first ones of a share its digest takes.
const shareUsers, shareArrivals = 64, 64

// ShareDigest identifies what a share does: the first turns of its first users and its first
// arrivals, as this machine draws them. Two machines with equal plans whose processors or samplers differ
// have different ones.
func (p *Plan) ShareDigest(s Share) string {
	h := sha256.New()
	c := canonical.New(h)
	c.Text("share")
	n1, step := uint64(1), uint64(1)
	if len(s.Lost) == 0 { // its numbers are known
		n1, step = uint64(s.Index)+1, s.processes()
	}
	for i := range p.phases {
		for k := range p.kinds {
			for n, own := n1, 0; own < shareUsers; n += step {
				if s.has(n) {
					p.digestUser(c, i, k, plannedNumber(n))
					own++
				}
			}
		}
		p.digestArrivals(c, i, shareArrivals, s)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (p *Plan) digestPhase(c *canonical.Writer, i int) {
	l := &p.phases[i]
	c.Text("phase")
	c.Fields(reflect.ValueOf(p.runner.Schedule[i]), workedOut)
	for k, x := range l.legs {
		c.Word(uint64(x.pace))
		if x.pace == i { // otherwise that of the phase before
			c.Text(x.pacer.String())
			c.Dynamic(reflect.ValueOf(x.pacer))
		}
		for _, s := range x.dispatcher.Shares() {
			c.Text(s.Name)
			c.Float(s.Share)
		}
		for number := uint64(1); number <= digestUsers; number++ {
			p.digestUser(c, i, k, number)
		}
	}
	if o := p.order(i); o != nil {
		for k := range p.kinds {
			c.Float(o.Share(k))
		}
		for n := range digestJoins {
			c.Word(uint64(o.Kind(n + 1)))
		}
	}
	p.digestArrivals(c, i, digestArrivals, Share{})
}

// digestKinds takes the kinds of users.
func (p *Plan) digestKinds(c *canonical.Writer) {
	c.Text("kinds")
	for _, k := range p.kinds {
		c.Text(k.Name)
		c.Float(k.Weight)
		c.Word(uint64(k.Count))
		if k.Renew {
			c.Text("renew")
		}
	}
}

// digestUser takes the first turns of a user of a kind; in a phase of sessions, of one that
// arrives.
func (p *Plan) digestUser(c *canonical.Writer, i, kind int, number uint64) {
	l, u := &p.phases[i].legs[kind], user{number: int(number)}
	u.seed(p.runner.Seed, replicate(p.phases[i].replay))
	c.Word(u.script.Uint64())
	next := l.pacer.Begin
	if a := p.runner.Schedule[i].Arrivals; a != nil && a.Session {
		next = l.pacer.(scenario.SessionPacer).Arrive
	}
	for range digestTurns {
		turn := next(&u.rhythm)
		c.Word(uint64(turn.Wait))
		c.Flag(turn.Act)
		c.Flag(turn.FromStart)
		if turn.Act {
			does := u.rehearse(l, &p.kinds[kind])
			c.Word(uint64(does.Task))
			if p.kinds[kind].journey(does.Task) != nil {
				c.Word(uint64(does.Step))
			}
		}
		next = func(*scenario.Rhythm) scenario.Turn { return u.after(l.pacer) }
	}
}

// digestJourneys takes the steps of the tasks that have some, and how they follow one another.
func (p *Plan) digestJourneys(c *canonical.Writer) {
	for kind, k := range p.kinds {
		for i, j := range k.journeys {
			if j == nil {
				continue
			}
			c.Part()
			c.Text("journey")
			c.Word(uint64(kind))
			c.Word(uint64(i))
			for _, s := range j.Steps() {
				c.Text(s.Name)
				c.Flag(s.Optional)
				if c.Flag(s.Think != nil); s.Think != nil {
					c.Text(s.Think.String())
					c.Dynamic(reflect.ValueOf(s.Think))
				}
			}
			for _, row := range j.Rows() {
				for _, share := range row {
					c.Float(share.Share)
				}
			}
		}
	}
}

// digestArrivals takes a share's first arrivals of a phase and what they do.
func (p *Plan) digestArrivals(c *canonical.Writer, i, many int, s Share) {
	for arrivals := p.dealer(i); many > 0 && arrivals.at != phase.Forever; {
		at := arrivals.at - p.phases[i].start
		x := arrivals.next()
		if !s.has(x.deal) {
			continue
		}
		many--
		choice := p.arrival(i, x.n).Source()
		c.Word(uint64(at))
		if p.severalKinds() {
			c.Word(uint64(x.kind))
		}
		c.Word(uint64(p.phases[i].legs[x.kind].dispatcher.Pick(&choice)))
	}
}
