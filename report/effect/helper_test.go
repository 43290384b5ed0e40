package effect

import (
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// cell is what happens in one second of a phase that a test builds by hand.
type cell struct {
	ok     []time.Duration // times of successes
	failed int
}

// same returns n successes of d.
func same(n int, d time.Duration) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = d
	}
	return out
}

// spreadOut returns n successes evenly between two times.
func spreadOut(n int, from, to time.Duration) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = from + time.Duration(float64(to-from)*(float64(i)+.5)/float64(n))
	}
	return out
}

// section of a run: seconds of the same kind, or one by one.
type handmade struct {
	name    string
	seconds int
	cell    func(second int) cell
	settle  float64
}

// interval returns a row for a cell.
func (c cell) interval(second int) report.Interval {
	s := new(hist.Sketch)
	for _, d := range c.ok {
		s.Add(d)
	}
	v := report.Interval{Second: second, Width: 1, Requests: int64(len(c.ok) + c.failed), Failures: int64(c.failed)}
	for b := range s.Buckets() {
		v.Successes = append(v.Successes, b)
	}
	return v
}

// made builds the summary of a run from phases one after another, all operations together only.
func made(phases ...handmade) *report.Summary {
	out := &report.Summary{Schema: report.Schema, Name: "made"}
	none := report.Lateness{P50: report.None, P99: report.None, Max: report.None}
	start := 0
	for _, p := range phases {
		x := report.Series{Phase: p.name, Name: report.Aggregated, StartS: start, WidthS: 1, Slots: p.seconds}
		for s := range p.seconds {
			x.Append(p.cell(s).interval(start + s))
		}
		out.Intervals = append(out.Intervals, x)
		out.Phases = append(out.Phases, report.PhaseSummary{
			Name: p.name, StartS: float64(start), RampEndS: float64(start), EndS: float64(start + p.seconds), SettleS: p.settle, LateMS: none,
		})
		start += p.seconds
	}
	return out
}

// always makes every second alike.
func always(ok []time.Duration, failed int) func(int) cell {
	return func(int) cell { return cell{ok, failed} }
}

// ab compares phases "A" and "B" of a run.
func ab(t *testing.T, run *report.Summary, o Options) *Report {
	t.Helper()
	r, err := Between(Phase{run, "A"}, Phase{run, "B"}, o)
	require.NoError(t, err)
	return r
}

// stretchOf returns the whole stretch of seconds made by hand.
func stretchOf(seconds int, of func(int) cell) *stretch {
	run := made(handmade{name: "A", seconds: seconds, cell: of})
	in, err := sections(&Options{}, Phase{run, "A"})
	if err != nil {
		panic(err)
	}
	return in[0].stretch(all)
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
