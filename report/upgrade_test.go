package report

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asVersion1 puts a Summary as version 1 of the schema did: with failures in minimum, mean and maximum.
func asVersion1(t *testing.T, s *Summary, sketches bool) string {
	t.Helper()
	var doc map[string]any
	require.NoError(t, json.Unmarshal(asJSON(t, s), &doc))
	doc["schema"] = 1
	phases := append([]PhaseSummary{s.Total}, s.Phases...)
	for i, p := range append([]any{doc["total"]}, doc["phases"].([]any)...) {
		phase := p.(map[string]any)
		delete(phase, "throughput")
		for k, o := range phase["operations"].([]any) {
			row, of := o.(map[string]any), phases[i].Operations[k]
			delete(row, "throughput")
			for key, x := range map[string]Timed{"response_ms": of.Timed(), "service_ms": timedOf(of.Service, of.FailedService)} {
				times := row[key].(map[string]any)
				times["min"], times["mean"], times["max"] = x.Min, x.Mean, x.Max
			}
			if !sketches {
				delete(row, "response_sketch")
				delete(row, "service_sketch")
			}
		}
	}
	text, err := json.Marshal(doc)
	require.NoError(t, err)
	return string(text)
}

// A file of version 1 reads as if it had been written today.
func TestVersion1IsRestated(t *testing.T) {
	want := sampleSummary(3000)
	got, err := ReadSummary(strings.NewReader(asVersion1(t, want, true)))
	require.NoError(t, err)
	assert.Equal(t, Schema, got.Schema)
	for i, p := range append(got.Phases, got.Total) {
		in := append(want.Phases, want.Total)[i]
		assert.InDelta(t, in.Throughput, p.Throughput, 1e-9)
		for k, o := range p.Operations {
			assert.Equal(t, in.Operations[k].ResponseMS, o.ResponseMS)
			assert.Equal(t, in.Operations[k].ServiceMS, o.ServiceMS)
			assert.InDelta(t, in.Operations[k].Throughput, o.Throughput, 1e-9)
		}
	}
	bare, err := ReadSummary(strings.NewReader(asVersion1(t, want, false)))
	require.NoError(t, err)
	for k, o := range bare.Total.Operations {
		if o.Failures == 0 {
			continue
		}
		assert.Equal(t, want.Total.Operations[k].ResponseMS, o.ResponseMS, "from success_ms")
		assert.Equal(t, None, o.ServiceMS.Mean, "not known")
	}
}

// How long failures took moves no figure but what is told of them.
func TestTimesOfFailuresMoveNoFigure(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 11))
	for range 50 {
		fast, slow := NewRecorder(Config{Phases: twoPhases}), NewRecorder(Config{Phases: twoPhases})
		share := []float64{.01, .1, .5, .9, 1}[random.IntN(5)]
		for range 1 + random.IntN(300) {
			at := time.Duration(random.Int64N(int64(19 * time.Second)))
			x := Sample{Op: get, Intended: at, Woken: at, Sent: at, Done: at + time.Duration(random.Int64N(1e9))}
			y := x
			if random.Float64() < share {
				x.Err, y.Err = "http 503", "http 503"
				x.Done, y.Done = at, at+time.Duration(random.Int64N(1e9)) // at once, or not
			}
			fast.Shard(0).Record(&x)
			slow.Shard(0).Record(&y)
		}
		a, b := fast.Summary(Meta{End: 20 * time.Second}), slow.Summary(Meta{End: 20 * time.Second})
		for i := range a.Phases {
			for k := range a.Phases[i].Operations {
				x, y := a.Phases[i].Operations[k], b.Phases[i].Operations[k]
				assert.Equal(t, x.ResponseMS, y.ResponseMS)
				assert.Equal(t, x.ServiceMS, y.ServiceMS)
				assert.Equal(t, x.SuccessMS, y.SuccessMS)
				assert.Equal(t, x.Throughput, y.Throughput)
				assert.Equal(t, x.Successes() > 0, x.ResponseMS.Mean.IsFinite())
				if x.SuccessMS != nil {
					assert.Equal(t, [3]Millis{x.SuccessMS.Min, x.SuccessMS.Mean, x.SuccessMS.Max}, [3]Millis{x.ResponseMS.Min, x.ResponseMS.Mean, x.ResponseMS.Max})
				}
			}
		}
		p, q := fast.Snapshot(20*time.Second), slow.Snapshot(20*time.Second)
		assert.Equal(t, p.Total.Response, q.Total.Response)
		assert.Equal(t, a.Total.Aggregated().ResponseMS, p.Total.Response, "live as in the end")
		assert.Equal(t, fast.Timeline(0, 20)[0].Mean, slow.Timeline(0, 20)[0].Mean)
	}
}
