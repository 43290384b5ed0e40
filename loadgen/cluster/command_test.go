package cluster

import (
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
)

// TestCommandsAreForgotten once all workers that are left have carried them out, so that a tool may give one each second
// for days.
func TestCommandsAreForgotten(t *testing.T) {
	lengthy(t)
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.Log = slog.New(slog.DiscardHandler) }).of(3, long)
		time.AfterFunc(22*time.Second, f.workers[1].kill)
		var sent, kept int
		for i := range 150 { // the run begins at 2 s
			time.AfterFunc(time.Duration(10+i)*time.Second, func() {
				r := f.current()
				r.Scale(12+i%2, 0)
				f.c.mu.Lock()
				defer f.c.mu.Unlock()
				if sent = r.sent(); i < 10 || i > 80 { // between that the one that is dead counts as missing
					kept = max(kept, len(r.Commands))
				}
			})
		}
		sum := f.whole()
		assert.Equal(t, report.WorkerLost, sum.Workers[1].State)
		assert.Equal(t, 151, sent, "and that the others take over")
		assert.LessOrEqual(t, kept, 3)
	})
}

// TestManyCommandsAreMissed: a worker gets them all, in answers of a size that the bus takes.
func TestManyCommandsAreMissed(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds of CPU")
	}
	const many = 12_000 // more than a message holds
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.Log = slog.New(slog.DiscardHandler) }).of(2, long)
		w := f.workers[1]
		time.AfterFunc(22*time.Second+123*time.Millisecond, func() { w.hold(true, true) })
		var r *fleetRun
		time.AfterFunc(30*time.Second, func() {
			r = f.current()
			for range many - 1 {
				r.Scale(24, 0)
			}
			r.Scale(36, 0)
		})
		time.AfterFunc(40*time.Second, w.mend)
		var applied []int
		time.AfterFunc(60*time.Second, func() {
			f.c.mu.Lock()
			defer f.c.mu.Unlock()
			for _, p := range r.shares {
				applied = append(applied, p.Last.Applied)
			}
		})
		sum := f.whole()
		assert.Equal(t, []int{many, many}, applied)
		assert.Equal(t, report.WorkerStopped, sum.Workers[1].State)
		assert.Equal(t, 36, usersAt(sum, 70))
		assert.Contains(t, strings.Join(sum.Notes, "\n"), "worker w1 got a command")
	})
}

// TestAWorkerForgetsCommands that it has carried out.
func TestAWorkerForgetsCommands(t *testing.T) {
	p := &making{w: &worker{cfg: WorkerConfig{}.fill()}, member: new(obeying), fed: make(chan struct{}, 1)}
	for i := range 1000 {
		p.command(command{Number: i + 1, Kind: toScale, Users: i})
		p.command(command{Number: i + 3, Kind: toScale}) // the one before is not here
		if i%3 == 2 {
			p.apply()
			assert.Zero(t, len(p.inbox))
		}
	}
	assert.Equal(t, 1000, p.known())
	p.apply()
	assert.LessOrEqual(t, cap(p.inbox), 8)
	assert.Equal(t, 999, p.member.(*obeying).users)
	assert.Equal(t, 1000, p.member.(*obeying).times)
}

// obeying is a member that counts how often its level is changed.
type obeying struct {
	member
	times, users int
}

func (o *obeying) Scale(_ time.Duration, users int, _ float64) time.Duration {
	o.times, o.users = o.times+1, users
	return 0
}

// TestACommandThatIsNotSentIsNotForgotten: while it is being kept all workers may be lost, and the run be stopped.
func TestACommandThatIsNotSentIsNotForgotten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := newPoster(t)
		p.c.mu.Lock()
		defer p.c.mu.Unlock()
		r := p.run
		r.keeper = &keeper{orders: make(chan struct{}, 1)}
		r.send(command{Kind: toScale, Users: 3})
		r.shares[0].Lost = true
		r.send(command{Kind: toStop})
		assert.Zero(t, r.public, "none is kept")
		assert.Len(t, r.Commands, 2)
		r.publish(r.sent())
		assert.Equal(t, 2, r.public)
		r.send(command{Kind: toStop})
		assert.Len(t, r.Commands, 1, "those that were sent to no one left")
	})
}

// TestLevelsByHandAreBounded, and what they called for in each phase stays the same.
func TestLevelsByHandAreBounded(t *testing.T) {
	r := script(nil)
	plan, err := r.Plan()
	require.NoError(t, err)
	var all, thinned []level
	rng, at := rand.New(rand.NewPCG(1, 1)), time.Duration(0)
	for at < 40*time.Second { // that of closed users
		at += time.Duration(rng.Int64N(int64(4 * time.Millisecond)))
		v := level{at, float64(rng.IntN(50))}
		all, thinned = append(all, v), thin(append(thinned, v), plan.Phases())
	}
	assert.Greater(t, len(all), 9*mostLevels)
	assert.Less(t, len(thinned), mostLevels)
	userSeconds := func(levels []level) (out []float64) {
		l := losses{plan: plan, of: 1, levels: levels}
		for _, g := range l.gap(loadgen.Share{}, 1, 0, 40*time.Second) {
			out = append(out, g.userSeconds)
		}
		return out
	}
	assert.InDeltaSlice(t, userSeconds(all), userSeconds(thinned), 1e-3)
	assert.Len(t, userSeconds(all), 2)
	assert.Equal(t, all[len(all)-mostLevels/4:], thinned[len(thinned)-mostLevels/4:], "those of late")
}
