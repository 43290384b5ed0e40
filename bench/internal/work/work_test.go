package work

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/scenario"
)

func TestPacingError(t *testing.T) {
	const rate = 1000
	at := make([]time.Duration, 1001)
	for i := range at {
		at[i] = time.Duration(i)*time.Millisecond + 40*time.Millisecond // a constant delay is not an error
	}
	assert.InDeltaSlice(t, []float64{0, 0, 0}, slice(pacingError(at, rate)), 1e-9)
	at[10] += 300 * time.Microsecond
	assert.InDeltaSlice(t, []float64{0, 0, .3}, slice(pacingError(at, rate)), 1e-9)
	for i := range at { // one in four is 1 ms late
		if i%4 == 0 {
			at[i] += time.Millisecond
		}
	}
	assert.InDeltaSlice(t, []float64{0, 1, 1}, slice(pacingError(at, rate)), 1e-9)
}

// A wrong rate is an error even when the arrivals are even.
func TestPacingErrorSeesDrift(t *testing.T) {
	at := make([]time.Duration, 1001)
	for i := range at {
		at[i] = time.Duration(i) * 1001 * time.Microsecond
	}
	assert.InDeltaSlice(t, []float64{.25, .495, .5}, slice(pacingError(at, 1000)), .002)
}

func slice(a [3]float64) []float64 { return a[:] }

func TestBurstyHasTheGapAskedFor(t *testing.T) {
	for _, gap := range []time.Duration{10 * time.Second, 200 * time.Second} {
		assert.InEpsilon(t, 1/gap.Seconds(), bursty(gap).Load(0).Rate, 1e-6)
	}
}

// Every kind of work sends requests and counts them as the target does.
func TestWorkIsDone(t *testing.T) {
	var log arrivalLog
	log.began = time.Now()
	server := httptest.NewServer(&log)
	defer server.Close()
	base := Job{URL: server.URL, Users: 3, Ramp: 100 * time.Millisecond, Hold: 200 * time.Millisecond}
	for name, change := range map[string]func(*Job){
		"closed":   func(*Job) {},
		"thinking": func(j *Job) { j.Min, j.Max = 5*time.Millisecond, 15*time.Millisecond },
		"each":     func(j *Job) { j.Each = true },
		"open":     func(j *Job) { j.Users, j.Rate = 0, 200 },
	} {
		for _, kind := range []string{Runner, Loop} {
			for _, wire := range []string{NetHTTP, FastHTTP} {
				t.Run(name+"/"+kind+"/"+wire, func(t *testing.T) {
					j := base
					j.Kind, j.Wire = kind, wire
					change(&j)
					before := log.count()
					o, err := map[string]func(Job) (Outcome, error){Runner: exporting(nil), Loop: loop}[kind](j)
					require.NoError(t, err)
					require.NoError(t, o.Trouble())
					assert.Positive(t, o.Requests)
					assert.Positive(t, o.Rate)
					assert.InDelta(t, o.Requests+late(t, o.Notes), log.count()-before, float64(base.Users), "except for what the end cut off")
				})
			}
		}
	}
}

// late is how many requests began after the end and are in no figure: on a busy machine what was due before it.
func late(t *testing.T, notes []string) (n int64) {
	t.Helper()
	for _, note := range notes {
		if _, times, ok := strings.Cut(note, "in no figure ("); ok {
			times, _, _ = strings.Cut(times, " ")
			k, err := strconv.ParseInt(strings.ReplaceAll(times, ",", ""), 10, 64)
			require.NoError(t, err, note)
			n += k
		}
	}
	return n
}

func (l *arrivalLog) count() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.at))
}

func TestIdlersNeedNoTarget(t *testing.T) {
	o, err := runner(Job{Wire: None, Ops: 3, Users: 20, Min: 5 * time.Millisecond, Max: 15 * time.Millisecond, Ramp: 50 * time.Millisecond, Hold: 200 * time.Millisecond}, nil)
	require.NoError(t, err)
	assert.Positive(t, o.Rate)
	assert.Positive(t, o.CPU)
	o, err = sleepers(Job{Users: 20, Min: 5 * time.Millisecond, Max: 15 * time.Millisecond, Hold: 200 * time.Millisecond})
	require.NoError(t, err)
	assert.Positive(t, o.Rate)
}

func TestTodoUsersAreServed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			_, _ = w.Write([]byte(`[]`))
			return
		}
		_, _ = w.Write([]byte(`{"id":1,"title":"milk","completed":false}`))
	}))
	defer server.Close()
	o, err := runner(Job{Wire: NetHTTP, URL: server.URL, Todo: true, Users: 2, Ramp: 50 * time.Millisecond, Hold: 50 * time.Millisecond}, nil)
	require.NoError(t, err)
	assert.NoError(t, o.Trouble())
}

func TestFailuresAreTrouble(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	for _, do := range []func(Job) (Outcome, error){exporting(nil), loop} {
		o, err := do(Job{Wire: NetHTTP, URL: server.URL, Users: 1, Ramp: 20 * time.Millisecond, Hold: 20 * time.Millisecond})
		require.NoError(t, err)
		assert.ErrorContains(t, o.Trouble(), "requests failed")
	}
}

func TestUnknownWork(t *testing.T) {
	assert.ErrorContains(t, Main(`{"Kind":"magic"}`, nil), "magic")
	assert.Error(t, Main(`no JSON`, nil))
	_, err := Job{Wire: "gopher", URL: "http://localhost"}.client()
	assert.ErrorContains(t, err, `"gopher"`)
}

var _ scenario.User = (*shopper)(nil)

func TestClockWakes(t *testing.T) {
	o, err := clock(Job{Rate: 1000, Hold: 100 * time.Millisecond})
	require.NoError(t, err)
	assert.Equal(t, int64(100), o.Requests)
	assert.Positive(t, o.Late[0])
}
