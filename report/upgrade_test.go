package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// asVersion1 puts a Summary as version 1 of the schema did: with failures in minimum, mean and maximum.
func asVersion1(t *testing.T, s *report.Summary, sketches bool) string {
	t.Helper()
	var doc map[string]any
	require.NoError(t, json.Unmarshal(asJSON(t, s), &doc))
	doc["schema"] = 1
	phases := append([]report.PhaseSummary{s.Total}, s.Phases...)
	for i, p := range append([]any{doc["total"]}, doc["phases"].([]any)...) {
		phase := p.(map[string]any)
		delete(phase, "throughput")
		for k, o := range phase["operations"].([]any) {
			row, of := o.(map[string]any), phases[i].Operations[k]
			delete(row, "throughput")
			for key, x := range map[string]report.Timed{"response_ms": of.Timed(), "service_ms": (&report.Times{Response: of.Service, Failed: of.FailedService}).Timed()} {
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
	got, err := report.ReadSummary(strings.NewReader(asVersion1(t, want, true)))
	require.NoError(t, err)
	assert.Equal(t, report.Schema, got.Schema)
	for i, p := range append(got.Phases, got.Total) {
		in := append(want.Phases, want.Total)[i]
		assert.InDelta(t, in.Throughput, p.Throughput, 1e-9)
		for k, o := range p.Operations {
			assert.Equal(t, in.Operations[k].ResponseMS, o.ResponseMS)
			assert.Equal(t, in.Operations[k].ServiceMS, o.ServiceMS)
			assert.InDelta(t, in.Operations[k].Throughput, o.Throughput, 1e-9)
		}
	}
	bare, err := report.ReadSummary(strings.NewReader(asVersion1(t, want, false)))
	require.NoError(t, err)
	for k, o := range bare.Total.Operations {
		if o.Failures == 0 {
			continue
		}
		assert.Equal(t, want.Total.Operations[k].ResponseMS, o.ResponseMS, "from success_ms")
		assert.Equal(t, report.NoValue, o.ServiceMS.Mean, "not known")
	}
}
