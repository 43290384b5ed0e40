package otel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
)

// started reads a command line, and starts the part.
func started(t *testing.T, log *journal, args ...string) (part.Running, error) {
	p := Part(Config{})
	if err := setting.NewTable(setting.Section{Heading: p.Name, Options: p.Options}).Read(args, nil); err != nil {
		return part.Running{}, err
	}
	require.NoError(t, p.Check())
	return p.Start(t.Context(), part.Setup{Log: log.logger(), Program: "shop", Version: "v1"})
}

func TestPartByItsFlags(t *testing.T) {
	c := byGRPC(t)
	var log journal
	running, err := started(t, &log, "--otel", "--otel-sample-rate", "1", "--otel-run-id", "build-7")
	require.NoError(t, err)
	running.Observer.(*Exporter).endLimit = 30 * time.Second
	observeOne(running.Observer.(*Exporter))
	require.NoError(t, running.Stop(t.Context()))
	assert.Empty(t, running.Losses())
	assert.Len(t, c.all(), 2)
	assert.EqualValues(t, 1, value(t, c.last(t)["loadgen.requests"], "load.run_id=build-7", "load.outcome=ok"))
	c.look(func() { assert.Equal(t, "v1", c.resource["service.version"]) })

	running, err = started(t, &log, "--otel", "--otel-sample-rate", "0")
	require.NoError(t, err)
	assert.Empty(t, chosen(running.Observer.(*Exporter), 7), "0 is none")
	_, err = started(t, &log, "--otel-sample-rate", "2")
	assert.ErrorContains(t, err, "a share from 0 to 1")
}

// TestVariablesAloneAskForNothing: they are often set for all programs of a machine.
func TestVariablesAloneAskForNothing(t *testing.T) {
	p := Part(Config{})
	only(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1")
	wanted, _ := p.Wanted(false)
	assert.False(t, wanted)
	wanted, _ = p.Wanted(true)
	assert.True(t, wanted)
	only(t, "OTEL_SDK_DISABLED=TRUE")
	wanted, why := p.Wanted(true)
	assert.False(t, wanted)
	assert.Contains(t, why, "OTEL_SDK_DISABLED")
}

// TestMalformedVariablesAreOneWarning: the load is made all the same.
func TestMalformedVariablesAreOneWarning(t *testing.T) {
	only(t, "OTEL_TRACES_SAMPLER=xray", "OTEL_METRICS_EXPORTER=x")
	var log journal
	running, err := started(t, &log, "--otel")
	require.NoError(t, err)
	assert.Nil(t, running.Observer)
	require.Len(t, log.warnings(), 1)
	assert.Contains(t, log.warnings()[0], "OTEL_TRACES_SAMPLER")
	assert.Contains(t, log.warnings()[0], "OTEL_METRICS_EXPORTER")
}
