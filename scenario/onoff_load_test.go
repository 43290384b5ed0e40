package scenario

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// e1 is the rhythm that the published dispersions were measured with.
var e1 = OnOff{On: gamma(30*time.Second, 1), Off: gamma(30*time.Second, 1), Think: gamma(2*time.Second, .35)}

// pooledIDC is the dispersion of the counts of 400 users over 3,000 s each,
// all windows of all users in one pool.
func pooledIDC(p Pacer, window time.Duration) float64 {
	var all []float64
	for user := range uint64(400) {
		r := NewRhythm(1, user, 0)
		all = append(all, counts(p, &r, int(3000*time.Second/window), window, 0)...)
	}
	return dispersion(all)
}

func TestDispersionOfOneUser(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	off := func(p Pacer) float64 { // largest relative distance from the published values
		return max(math.Abs(pooledIDC(p, 10*time.Second)/2.12-1), math.Abs(pooledIDC(p, time.Minute)/5.59-1))
	}
	assert.Less(t, off(e1), .05)

	halved, wide := e1, e1
	halved.On, halved.Off = gamma(30*time.Second, .5), gamma(30*time.Second, .5)
	wide.On, wide.Off = gamma(30*time.Second, math.Sqrt2), gamma(30*time.Second, math.Sqrt2)
	for name, mutant := range map[string]Pacer{
		"CV halved":             halved,
		"variance doubled":      wide,
		"never OFF":             Think{Time: e1.Think},
		"OFF for half the time": OnOff{On: e1.On, Off: gamma(15*time.Second, 1), Think: e1.Think},
	} {
		assert.Greater(t, off(mutant), .05, name)
	}
}

// TestDispersionOfACrowd adds up 200 users. Independent ones keep the
// dispersion of one user; users that share a stream multiply it.
func TestDispersionOfACrowd(t *testing.T) {
	crowdIDC := func(stream func(user uint64) uint64) float64 {
		sum := make([]float64, 100)
		for user := range uint64(200) {
			r := NewRhythm(1, stream(user), 0)
			for i, n := range counts(e1, &r, len(sum), time.Minute, 0) {
				sum[i] += n
			}
		}
		return dispersion(sum)
	}
	off := func(idc float64) float64 { return math.Abs(idc/5.59 - 1) }
	assert.Less(t, off(crowdIDC(func(user uint64) uint64 { return user })), .6)
	assert.Greater(t, off(crowdIDC(func(uint64) uint64 { return 1 })), .6, "lockstep")
	assert.Greater(t, off(crowdIDC(func(user uint64) uint64 { return user % 20 })), .6, "ten users on each stream")
}

// TestLoadPredictsTheSimulation compares rate, ON share and dispersion over
// long windows with 200 simulated users.
func TestLoadPredictsTheSimulation(t *testing.T) {
	sparse := OnOff{On: gamma(10*time.Second, .5), Off: gamma(30*time.Second, 1.5), Think: gamma(2*time.Second, 1)}
	short := OnOff{On: gamma(7*time.Second, 1), Off: gamma(5*time.Second, .5), Think: gamma(2*time.Second, .5)}
	for _, c := range []struct {
		pacer    Pacer
		response time.Duration
	}{
		{bursty, 0},
		{bursty, time.Second},
		{bursty, 5 * time.Second},
		{sparse, 3 * time.Second},
		{short, 0},
		{Think{Time: gamma(2*time.Second, .5)}, time.Second},
		{StartToStart{Gap: gamma(2*time.Second, .7)}, time.Second},
	} {
		if testing.Short() && c.response != time.Second {
			continue
		}
		got, want := simulate(c.pacer, c.response), c.pacer.Load(c.response)
		assert.InEpsilon(t, want.Rate, got.Rate, .02, "rate of %v at %v", c.pacer, c.response)
		assert.InEpsilon(t, want.OnShare, got.OnShare, .02, "ON share of %v at %v", c.pacer, c.response)
		assert.InEpsilon(t, want.IDC, got.IDC, .12, "IDC of %v at %v", c.pacer, c.response)
		assert.Empty(t, want.Note)
	}
}

// TestLoadCountsPeriodsInThinkTime is the mutant of the above: the published
// formula takes an ON period to be spent in think and response time.
func TestLoadCountsPeriodsInThinkTime(t *testing.T) {
	const response = time.Second
	tasks := (1+.09)/2 + 30.0/(2+1)
	mutant := tasks / 60
	assert.Greater(t, math.Abs(mutant/simulate(bursty, response).Rate-1), .02)
}

// simulate measures what Load predicts.
func simulate(p Pacer, response time.Duration) Load {
	const users, windows, window = 150, 10, 1500 * time.Second
	var all []float64
	var on, life time.Duration
	for user := range uint64(users) {
		r := NewRhythm(2, user, 0)
		all = append(all, counts(p, &r, windows, window, response)...)
		r = NewRhythm(2, user, 0)
		walk(p, &r, windows*window/3, response, func(s segment) {
			span := s.to - s.from
			if s.act {
				on += response
				life += response
			}
			if s.on {
				on += span
			}
			life += span
		})
	}
	mean, variance := moments(all)
	return Load{Rate: mean / window.Seconds(), OnShare: on.Seconds() / life.Seconds(), IDC: variance / mean}
}

// dispersion is variance over mean.
func dispersion(counts []float64) float64 {
	mean, variance := moments(counts)
	return variance / mean
}

func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += square(v - mean)
	}
	return mean, variance / float64(len(x)-1)
}
