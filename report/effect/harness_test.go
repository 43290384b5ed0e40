package effect

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/internal/handmade"
)

// ms is the unit of times in tests.
const ms = time.Millisecond

// ab compares phases "A" and "B" of a run.
func ab(t *testing.T, run *report.Summary, o Options) *Report {
	t.Helper()
	r, err := Between(Phase{run, "A"}, Phase{run, "B"}, o)
	require.NoError(t, err)
	return r
}

// arms gives the phases of a run their arms.
func arms(run *report.Summary, names string) *report.Summary {
	for i := range run.Phases {
		run.Phases[i].Arm = strings.TrimSpace(names[i : i+1])
	}
	return run
}

// levels makes a run of phases with times around some levels, ms.
func levels(seconds int, names string, at ...float64) *report.Summary {
	var phases []handmade.Phase
	for i, level := range at {
		phases = append(phases, handmade.NewPhase(fmt.Sprintf("%d", i), seconds, handmade.Noisy(uint64(i+1), 60, time.Duration(level*1e6), 0), 0))
	}
	return arms(handmade.Run(phases...), names)
}

// checkReport holds what is true of every report.
func checkReport(t *testing.T, r *Report) {
	t.Helper()
	noNaN(t, r)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "NaN")
	var b strings.Builder
	require.NoError(t, r.WriteText(&b))
	for _, bad := range []string{"NaN", "Inf", "%!", "\x00"} {
		assert.NotContains(t, b.String(), bad)
	}
	for i := range r.Effects {
		e := &r.Effects[i]
		assert.NotEmpty(t, e.Sentence())
		assert.NotEmpty(t, e.Verdict)
		assert.Equal(t, e.Verdict.Known(), e.Reason == "", "%+v", e)
		if c := e.Change(); c != nil {
			assert.LessOrEqual(t, c.Low, c.High)
		}
		if e.Verdict.Changed() {
			assert.True(t, e.Change().Low > 0 || e.Change().High < 0, "%+v", e)
		}
		assert.GreaterOrEqual(t, e.MDE, 0.0)
	}
}

// noNaN fails for a NaN anywhere in a value.
func noNaN(t *testing.T, v any) {
	t.Helper()
	var walk func(at string, v reflect.Value)
	walk = func(at string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Float64:
			assert.False(t, math.IsNaN(v.Float()), "%s is NaN", at)
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() {
				walk(at, v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(at+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(fmt.Sprintf("%s[%d]", at, i), v.Index(i))
			}
		}
	}
	walk(reflect.TypeOf(v).String(), reflect.ValueOf(v))
}

// loaded is a run whose intervention takes some times as long.
func loaded(factor float64) *report.Summary {
	return handmade.Run(handmade.NewPhase("A", 130, handmade.Noisy(1, 60, 50*ms, 0), 5),
		handmade.NewPhase("B", 130, handmade.Noisy(2, 60, time.Duration(factor*50e6), 0), 5))
}

// crossing is a run of rounds of the four phases of a factorial design, in the order of phase.Factorial, with times around
// some levels, ms: low load without the intervention and with it, high load without and with it.
func crossing(seconds, rounds int, lowOff, lowOn, highOff, highOn float64) *report.Summary {
	var at []float64
	var names []string
	for i := range rounds {
		round, own := []float64{lowOff, lowOn, highOn, highOff}, []string{"lowA", "lowB", "highB", "highA"}
		if i%2 == 1 {
			slices.Reverse(round)
			slices.Reverse(own)
		}
		at, names = append(at, round...), append(names, own...)
	}
	run := levels(seconds, strings.Repeat(" ", len(at)), at...)
	for i, name := range names {
		p := &run.Phases[i]
		p.Load, p.Arm, p.Users = name[:len(name)-1], name[len(name)-1:], map[string]int{"low": 10, "high": 50}[name[:len(name)-1]]
	}
	return run
}

// factorial analyses a run that must have a factorial design.
func factorial(t *testing.T, run *report.Summary, o Options) *Report {
	t.Helper()
	r, err := Analyze(run, o)
	require.NoError(t, err)
	require.Equal(t, Factorial, r.Design)
	checkReport(t, r)
	return r
}

// twoPhases is a run of 130 s of the same in both arms.
func twoPhases() *report.Summary {
	return handmade.Run(handmade.NewPhase("A", 130, handmade.Noisy(1, 40, 100*ms, 0), 5), handmade.NewPhase("B", 130, handmade.Noisy(2, 40, 100*ms, 0), 5))
}
