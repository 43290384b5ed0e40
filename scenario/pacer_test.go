package scenario

import (
	"crypto/sha256"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
)

// TestStartToStartNeverDrifts compares 10,000 starts with exact multiples of
// the gap, while every task takes time.
func TestStartToStartNeverDrifts(t *testing.T) {
	const gap, response = 333_333_333 * time.Nanosecond, 20 * time.Millisecond
	drift := func(p Pacer) time.Duration {
		at := acts(p, 1, time.Hour, response)
		var worst time.Duration
		for k := range at {
			worst = max(worst, at[k]-at[0]-time.Duration(k)*gap)
		}
		assert.Greater(t, len(at), 10_000)
		return worst
	}
	assert.Zero(t, drift(StartToStart{Gap: dist.Constant{Value: gap}}))
	assert.NotZero(t, drift(Think{Time: dist.Constant{Value: gap}}), "a mutant that sleeps after each task")
}

func TestStartToStartOutrunsASlowTarget(t *testing.T) {
	s := StartToStart{Gap: dist.Constant{Value: time.Second}}
	assert.Equal(t, acts(s, 1, time.Minute, 0), acts(s, 1, time.Minute, 5*time.Second), "intended starts stay")
}

func TestThinkWaitsAfterTheTask(t *testing.T) {
	at := acts(Think{Time: dist.Constant{Value: 2 * time.Second}}, 1, time.Minute, 500*time.Millisecond)
	for k := range at[1:] {
		assert.Equal(t, 2500*time.Millisecond, at[k+1]-at[k])
	}
	assert.Less(t, at[0], 2*time.Second)
}

func TestBetweenStaysBetween(t *testing.T) {
	r := NewRhythm(1, 1, 0)
	p := Between(time.Second, 3*time.Second)
	for range 10_000 {
		turn := p.Next(&r)
		assert.True(t, turn.Act && !turn.FromStart && r.On)
		assert.True(t, time.Second <= turn.Wait && turn.Wait <= 3*time.Second, "%v", turn.Wait)
	}
}

func TestNoWait(t *testing.T) {
	r := NewRhythm(1, 1, 0)
	assert.Equal(t, Turn{Act: true}, NoWait{}.Begin(&r))
	assert.True(t, r.On)
	assert.Equal(t, Turn{Act: true}, NoWait{}.Next(&r))
	assert.NoError(t, NoWait{}.Validate())
	load := NoWait{}.Load(20 * time.Millisecond)
	assert.InDelta(t, 50, load.Rate, 1e-9)
	assert.True(t, math.IsInf(NoWait{}.Load(0).Rate, 1))
}

// TestEveryPacerEntersAnyState hands one rhythm from pacer to pacer: Begin must
// leave nothing of the former one behind.
func TestEveryPacerEntersAnyState(t *testing.T) {
	pacers := []Pacer{bursty, Between(time.Second, 2*time.Second), StartToStart{Gap: gamma(time.Second, 1)}, NoWait{}}
	for _, p := range pacers {
		for _, former := range pacers {
			for steps := range 60 {
				fresh, used := NewRhythm(1, 5, 0), NewRhythm(1, 5, 0)
				former.Begin(&used)
				for range steps {
					former.Next(&used)
				}
				used.Start, used.Period, used.Think = fresh.Start, fresh.Period, fresh.Think
				assert.Equal(t, p.Begin(&fresh), p.Begin(&used))
				assert.Equal(t, fresh.On, used.On)
				assert.Equal(t, p.Next(&fresh), p.Next(&used))
			}
		}
	}
}

func TestPacersAreValidated(t *testing.T) {
	second := dist.Constant{Value: time.Second}
	wrong := dist.Gamma{Mean: time.Second, CV: -1}
	for _, c := range []struct {
		pacer Pacer
		want  string
	}{
		{Between(time.Second, 3*time.Second), ""},
		{bursty, ""},
		{StartToStart{Gap: second}, ""},
		{Think{}, "think time: no distribution given"},
		{Think{Time: dist.Constant{}}, "think time: mean is 0s: want above zero"},
		{Think{Time: wrong}, "think time: " + wrong.Validate().Error()},
		{StartToStart{}, "gap: no distribution given"},
		{OnOff{Off: second, Think: second}, "ON period: no distribution given"},
		{OnOff{On: second, Off: dist.Constant{}, Think: second}, "OFF period: mean is 0s: want above zero"},
		{OnOff{On: second, Off: second, Think: dist.Constant{}}, "think time: mean is 0s: want above zero"},
	} {
		if err := c.pacer.Validate(); c.want == "" {
			assert.NoError(t, err)
		} else {
			assert.EqualError(t, err, c.want)
		}
	}
}

func TestPacersDescribeThemselves(t *testing.T) {
	for _, c := range []struct {
		pacer Pacer
		want  string
	}{
		{Between(time.Second, 3*time.Second), "think " + "between 1s and 3s"},
		{StartToStart{Gap: dist.Constant{Value: time.Second}}, "start to start constant(1s)"},
		{NoWait{}, "no wait"},
		{OnOff{}, "ON (none), OFF (none), think (none)"},
		{bursty, "ON gamma(mean 30s, CV 1), OFF gamma(mean 30s, CV 1), think gamma(mean 2s, CV 0.3)"},
	} {
		assert.Equal(t, c.want, c.pacer.String())
	}
}

// TestLoadPresets are the figures that users are shown.
func TestLoadPresets(t *testing.T) {
	onOff := func(on, off time.Duration, cv float64) OnOff {
		return OnOff{On: gamma(on, cv), Off: gamma(off, cv), Think: gamma(2*time.Second, .3)}
	}
	for _, c := range []struct {
		name  string
		pacer Pacer
		want  string
	}{
		{"steady", Think{Time: gamma(2*time.Second, .3)}, "0.500/s, ON 1.00, IDC 0.1"},
		{"default", onOff(30*time.Second, 30*time.Second, 1), "0.259/s, ON 0.50, IDC 7.3"},
		{"sparse", onOff(10*time.Second, 90*time.Second, 1), "0.055/s, ON 0.10, IDC 8.1"},
		{"bursty", onOff(30*time.Second, 30*time.Second, 2), "0.259/s, ON 0.50, IDC 29.1"},
	} {
		load := c.pacer.Load(0)
		got := fmt.Sprintf("%.3f/s, ON %.2f, IDC %.1f", load.Rate, load.OnShare, load.IDC)
		assert.Equal(t, c.want, got, c.name)
	}
}

func TestLoadSaysWhatItLeavesOut(t *testing.T) {
	heavy := dist.Pareto{Mean: 30 * time.Second, Alpha: 1.5}
	for _, p := range []Pacer{
		OnOff{On: heavy, Off: bursty.Off, Think: bursty.Think},
		OnOff{On: bursty.On, Off: heavy, Think: bursty.Think},
		OnOff{On: bursty.On, Off: bursty.Off, Think: heavy},
		Think{Time: heavy},
		StartToStart{Gap: heavy},
	} {
		load := p.Load(0)
		assert.Contains(t, load.Note, "heavy tails", "%v", p)
		assert.True(t, math.IsInf(load.IDC, 1), "%v", p)
		assert.False(t, math.IsNaN(load.Rate) || math.IsInf(load.Rate, 0), "%v", p)
	}
	assert.Contains(t, StartToStart{Gap: dist.Constant{Value: time.Second}}.Load(2*time.Second).Note, "missed")
	few := OnOff{On: gamma(time.Second, 1), Off: bursty.Off, Think: bursty.Think}
	assert.Contains(t, few.Load(0).Note, "few think times")
}

// TestTurnsAreFrozen hashes the first turns of some users and the tasks that they
// pick, which a published seed must give on every platform. .ci/run runs it on
// several.
func TestTurnsAreFrozen(t *testing.T) {
	tasks := []Task{{Name: "a", Weight: 0.1}, {Name: "b", Weight: 0.7}, {Name: "c", Weight: 3.3}, {Name: "d", Weight: 1e-9}, {Name: "e", Weight: 11}}
	dispatcher, err := NewDispatcher(tasks, nil)
	require.NoError(t, err)
	gap := dist.Gamma{Mean: 700 * time.Millisecond, CV: 0.7}
	for _, g := range []struct {
		pacer Pacer
		want  string
	}{
		{Think{Time: dist.Lognormal{Mean: 2 * time.Second, CV: 0.4}}, "4602b81f13ce0aae"},
		{StartToStart{Gap: dist.Weibull{Mean: 3 * time.Second, Shape: 0.7}}, "404b8da0fd85a3b9"},
		{OnOff{On: dist.Gamma{Mean: 10 * time.Second, CV: 1.3}, Off: dist.Gamma{Mean: 17 * time.Second, CV: 2}, Think: gap}, "a6c59cd03ba0fbdf"},
		{OnOff{On: dist.Pareto{Mean: 10 * time.Second, Alpha: 1.6}, Off: dist.Exponential{Mean: time.Minute}, Think: gap}, "c31403cff0a0bebf"},
	} {
		sum := sha256.New()
		for user := range uint64(200) {
			rhythm, choice := NewRhythm(1, user, 0), stream.Key{Seed: 1, Purpose: stream.Choice, User: user}.Source()
			turn := g.pacer.Begin(&rhythm)
			for range 50 {
				fmt.Fprintln(sum, turn, dispatcher.Pick(&choice))
				turn = g.pacer.Next(&rhythm)
			}
		}
		require.Equal(t, g.want, fmt.Sprintf("%x", sum.Sum(nil)[:8]), g.pacer)
	}
}

// TestPredictionsAreFrozen: a plan names the same figures on every platform.
func TestPredictionsAreFrozen(t *testing.T) {
	sum := sha256.New()
	for i := range 200 {
		step := time.Duration(i) * 7 * time.Millisecond
		on, off := dist.Gamma{Mean: 10*time.Second + step, CV: 1.3}, dist.Lognormal{Mean: 17*time.Second + step, CV: 2}
		think := dist.Gamma{Mean: 700*time.Millisecond + step, CV: 0.7}
		for _, p := range []Pacer{OnOff{On: on, Off: off, Think: think}, Think{Time: think}, StartToStart{Gap: think}} {
			fmt.Fprintln(sum, p.Load(step/3))
		}
	}
	require.Equal(t, "4ed1c569ddc610b8", fmt.Sprintf("%x", sum.Sum(nil)[:8]))
}

// acts lists the instants of the tasks of one user that fall before until.
func acts(p Pacer, user uint64, until, response time.Duration) []time.Duration {
	r := NewRhythm(1, user, 0)
	var at []time.Duration
	walk(p, &r, until, response, func(s segment) {
		if s.act && s.to < until {
			at = append(at, s.to)
		}
	})
	return at
}
