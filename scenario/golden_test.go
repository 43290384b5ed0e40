package scenario

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/dist/stream"
)

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
