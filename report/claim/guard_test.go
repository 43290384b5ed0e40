package claim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
)

// stopped replays a run second by second and returns the phase and the second
// of it in which the guard ended it, and why; "" if it did not.
func stopped(t *testing.T, texts []string, stages ...stage) (phase string, second int, why string) {
	t.Helper()
	list, err := claim.ParseAll(texts...)
	require.NoError(t, err)
	guard := list.Guard()
	require.NotNil(t, guard)
	var grown []stage
	for i, s := range stages {
		for n := 1; n <= s.seconds; n++ {
			part := s
			part.seconds = n
			r, at := recorder(append(grown, part)...)
			p := r.Phase(i, at)
			if err := guard(r.Snapshot(at), &p); err != nil {
				return s.name, n, err.Error()
			}
		}
		grown = append(grown, s)
	}
	return "", 0, ""
}

func TestGuardEndsWhatIsHopeless(t *testing.T) {
	good := stage{name: "baseline", seconds: 20, rate: 10, took: 20 * tick}
	slow, failing, dead, broken, wave := good, good, good, good, good
	wave.name, wave.took, wave.moves = "intervention", 500*tick, true
	broken.name, broken.failing = "intervention", 1
	slow.name, slow.took = "intervention", 500*tick
	failing.name, failing.failing = "intervention", .5
	dead.name, dead.rate = "intervention", 0
	for name, c := range map[string]struct {
		claim string
		bad   stage
		want  string
	}{
		"a quantile":          {"abort unless intervention p95 < 250ms", slow, "intervention p95 < 250ms: p95 in intervention was "},
		"where a level moves": {"abort unless intervention p95 < 250ms", wave, "intervention p95 < 250ms: p95 in intervention was "},
		"in every phase":      {"abort unless failures < 20%", failing, "failures < 20%: "},
		"one operation":       {"abort unless POST /b mean < 250ms", slow, "Mean of POST /b was"},
		"every failure":       {"abort unless failures <= 0%", failing, "requests failed"},
		"a number":            {"abort unless failures < 5", failing, "requests failed"},
		"a rate in all":       {"abort unless intervention throughput > 30/s", slow, "Throughput in intervention was 20/s"},
		"the longest":         {"abort unless max < 300ms", slow, "Maximum was"},
		"no success":          {"abort unless max < 1s", broken, "No success: all "},
		"a rate of failures":  {"abort unless throughput > 1/s", broken, "No success"},
		"slow enough":         {"abort unless intervention POST /b p50 > 1ms", broken, "No success of POST /b in intervention"},
		"a lower bound too":   {"abort unless intervention p50 > 1s", slow, "p50 in intervention was"},
	} {
		phase, second, why := stopped(t, []string{"p95 < 1s", c.claim}, good, c.bad)
		assert.Equal(t, "intervention", phase, name)
		assert.GreaterOrEqual(t, second, 10, name)
		assert.LessOrEqual(t, second, 20, name)
		assert.Contains(t, why, c.want, name)
		assert.Contains(t, why, "broken beyond hope: abort unless ", name)
	}
}

func TestGuardIsPatient(t *testing.T) {
	good := stage{name: "baseline", seconds: 20, rate: 10, took: 20 * tick}
	hiccup, few, other := good, good, good
	hiccup.after, hiccup.took = 300*tick, 10*tick // fades within seconds
	few.rate, few.took = 1, 500*tick
	few.seconds = 9
	other.name, other.took = "ramp", 500*tick
	for name, c := range map[string]struct {
		claim string
		s     stage
	}{
		"all is well":           {"abort unless p95 < 250ms", good},
		"a slow start":          {"abort unless p95 < 450ms", hiccup},
		"too few requests":      {"abort unless p95 < 250ms", few},
		"another phase":         {"abort unless intervention p95 < 250ms", other},
		"chance":                {"abort unless p50 < 26ms", good},
		"an operation not seen": {"abort unless GET /lost p95 < 1ms", good},
		"the generator is fine": {"abort unless generator healthy", good},
	} {
		_, second, why := stopped(t, []string{c.claim}, c.s)
		assert.Zero(t, second, "%s: %s", name, why)
	}
	list, err := claim.ParseAll("p95 < 1s")
	require.NoError(t, err)
	assert.Nil(t, list.Guard(), "nothing to watch")
}

// While users still arrive nothing is hopeless.
func TestGuardWaitsForTheRamp(t *testing.T) {
	list, err := claim.ParseAll("abort unless p95 < 250ms")
	require.NoError(t, err)
	guard := list.Guard()
	r, end := recorder(stage{name: "a", seconds: 10, rate: 20, took: time.Second})
	p := r.Phase(0, end)
	p.RampEndS = 30
	for second := range 60 {
		err := guard(&report.Snapshot{At: time.Duration(second) * time.Second}, &p)
		require.Equal(t, second >= 39, err != nil, "second %d", second)
	}
}

func TestGuardWatchesTheGenerator(t *testing.T) {
	list, err := claim.ParseAll("abort unless generator healthy")
	require.NoError(t, err)
	guard := list.Guard()
	s := &report.Snapshot{Lag: report.Lag{P99: 40}, Trust: report.Trust{P95: report.Rating{Grade: report.NotMeasured}}}
	for i := range 20 {
		s.At = time.Duration(i) * time.Second
		err = guard(s, &report.PhaseSummary{Name: "a"})
		assert.Equal(t, i >= 9, err != nil, "second %d", i)
	}
	assert.ErrorContains(t, err, "lag p99 40 ms")
	s.At = 0
	assert.NoError(t, guard(s, &report.PhaseSummary{Name: "a"}), "another run begins")
	s.Lag.P99 = 1
	assert.NoError(t, guard(s, &report.PhaseSummary{Name: "a"}))
}

func TestCheckBeforeTheRun(t *testing.T) {
	minute := func(n int, name, arm string) stage { return stage{name: name, arm: arm, seconds: 60 * n} }
	p := plan{phases: infos([]stage{minute(3, "baseline", ""), minute(1, "blink", ""), minute(3, "after", "")}), ops: []string{"GET /a", "POST /b"}}
	check := func(p plan, texts ...string) error {
		list, err := claim.ParseAll(texts...)
		require.NoError(t, err)
		return list.Check(p)
	}
	require.NoError(t, check(p, "baseline p95 < 1s", "after vs baseline GET /a p95 < +5%", "after vs baseline p95 recovery < 10s", "POST /b p99 < 1s", "generator healthy"))
	for text, want := range map[string]string{
		"intervention p95 < 1s":                  `no phase "intervention"; there are "baseline", "blink", "after"`,
		"after vs before p95 < +1%":              `no phase "before"; there are`,
		"list p95 < 1s":                          `an operation of the whole run is written run list p95 < 250ms`,
		"baseline GET /lost p95 < 1s":            `no operation "GET /lost"; there are "GET /a", "POST /b"`,
		"blink vs baseline p95 < +1%":            `phase "blink" has 50s after ramp and settling; an effect needs 1m`,
		"after vs blink p95 recovery < 10s":      `phase "blink" has 50s after ramp and settling; a recovery needs a baseline of 2m`,
		"baseline vs after p95 recovery < 10s":   `"baseline" comes before "after"`,
		"baseline p95 < 1s":                      "",
		"abort unless baseline failures < 20%":   "",
		"abort unless GET /a failures < 20%":     "",
		"abort unless GET /a p95 < 20ms":         "",
		"abort unless generator healthy":         "",
		"baseline requests > 3":                  "",
		"baseline GET /lost requests > 3":        `no operation "GET /lost"`,
		`"a phase" p95 < 1s`:                     `run "a phase" p95 < 250ms`,
		"after vs baseline throughput > -5%":     "",
		"after vs baseline GET /a mean < +5%":    "",
		"after vs baseline exceedance < +5pp":    "",
		"after vs baseline failures < +0.5pp":    "",
		"after vs baseline POST /b p50 < +0.5ms": "",
	} {
		err := check(p, text)
		if want == "" {
			assert.NoError(t, err, text)
		} else {
			assert.ErrorContains(t, err, want, text)
		}
	}
	err := check(p, "x p95 < 1s", "y p95 < 1s")
	assert.ErrorContains(t, err, `"x"`)
	assert.ErrorContains(t, err, `"y"`)
	p.ops = nil
	assert.NoError(t, check(p, "GET /lost p95 < 1s"), "the script does not say what it does")
	assert.Error(t, claim.List{{Metric: "p95"}}.Check(p))

	pairs := plan{phases: infos([]stage{{name: "a-1", arm: "A", seconds: 30}, {name: "b-1", arm: "B", seconds: 30}, {name: "b-2", arm: "B", seconds: 30}, {name: "a-2", arm: "A", seconds: 30}})}
	assert.NoError(t, check(pairs, "intervention vs baseline p95 < +10%", "B p95 < 1s"))
	assert.ErrorContains(t, check(pairs, "b-1 vs A p95 < +10%"), "do not form a design")
	assert.ErrorContains(t, check(pairs, "b-1 vs a-1 p95 < +10%"), "an effect needs")
	assert.ErrorContains(t, check(pairs, "B vs A p95 recovery < 10s"), "not between arms")
	endless := plan{phases: []report.PhaseInfo{{Name: "baseline", End: 5 * time.Minute}, {Name: "intervention", Start: 5 * time.Minute}}}
	assert.NoError(t, check(endless, "intervention vs baseline p95 < +10%"))
}
