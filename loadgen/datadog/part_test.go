package datadog

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
)

// read hands settings to a part.
func read(c Config, args string, env map[string]string) (*asPart, error) {
	p := &asPart{config: c}
	return p, setting.NewTable(setting.Section{Options: p.options()}).Read(strings.Fields(args), env)
}

func TestSettingsReachTheExporter(t *testing.T) {
	p, err := read(Config{Tags: map[string]string{"team": "shop"}}, "--datadog-sample-rate=0 --datadog-mark-all",
		map[string]string{"LOAD_DATADOG_RUN_ID": "build-7", "LOAD_DATADOG_NO_RUN_TAG": "true"})
	require.NoError(t, err)
	assert.Equal(t, Config{SampleRate: -1, MarkAll: true, RunID: "build-7", NoRunTag: true, Tags: map[string]string{"team": "shop"}}, p.config)
	own := Config{SampleRate: .5, MarkAll: true, RunID: "own", NoRunTag: true}
	p, err = read(own, "", nil)
	require.NoError(t, err)
	assert.Equal(t, own, p.config, "what nothing sets stays the program's")
	p, err = read(own, "--datadog-sample-rate=1 --datadog-mark-all=false --datadog-run-id x --datadog-no-run-tag=no", nil)
	require.NoError(t, err)
	assert.Equal(t, Config{SampleRate: 1, RunID: "x"}, p.config)
}

func TestSettingsThatAreRefused(t *testing.T) {
	for args, says := range map[string]string{
		"--datadog-sample-rate=2":    `--datadog-sample-rate="2"; accepted: a share from 0 to 1`,
		"--datadog-run-id=a,b":       `--datadog-run-id="a,b"; accepted: printable ASCII without spaces`,
		"--datadog-mark-all=perhaps": `--datadog-mark-all="perhaps"; accepted: true`,
	} {
		_, err := read(Config{}, args, nil)
		require.ErrorContains(t, err, says)
	}
	require.ErrorContains(t, Part(Config{SampleRate: 2}).Check(), "SampleRate is 2")
	require.NoError(t, Part(Config{}).Check())
}

func TestDatadogSwitchedOff(t *testing.T) {
	only(t, "DD_TRACE_ENABLED=false", "DD_AGENT_HOST=agent")
	wanted, why := Part(Config{}).Wanted(true)
	assert.False(t, wanted)
	assert.Equal(t, "DD_TRACE_ENABLED switches Datadog off", why)
	only(t, "DD_AGENT_HOST=agent")
	wanted, _ = Part(Config{}).Wanted(false)
	assert.True(t, wanted)
}

// TestAVariableThatCannotBeReadIsOneWarning: the load continues without Datadog.
func TestAVariableThatCannotBeReadIsOneWarning(t *testing.T) {
	only(t, "DD_TRACE_SAMPLE_RATE=half", "DD_AGENT_HOST=http://agent")
	var log bytes.Buffer
	p := Part(Config{})
	require.NoError(t, p.Check())
	running, err := p.Start(t.Context(), part.Setup{Log: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	assert.Equal(t, part.Running{}, running)
	assert.Equal(t, 1, strings.Count(log.String(), "\n"), log.String())
	assert.Contains(t, log.String(), "nothing is sent to Datadog")
	assert.Contains(t, log.String(), `DD_TRACE_SAMPLE_RATE is \"half\"; give a number from 0 to 1`)
}

// TestALogOfTheCommandIsDatadogs: each line says what joins it with traces, and from the
// start on those outside of tasks say their run.
func TestALogOfTheCommandIsDatadogs(t *testing.T) {
	only(t)
	var out bytes.Buffer
	p := Part(Config{SampleRate: -1, RunID: "build-7"})
	log := slog.New(p.Log(slog.NewJSONHandler(&out, nil)))
	log.Info("hello")
	running, err := p.Start(t.Context(), part.Setup{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	running.Observer.BeginRun(anyRun())
	log.Info("phase transition")
	require.NoError(t, running.Stop(t.Context()))
	lines := objects(t, out.Bytes())
	require.Len(t, lines, 2)
	for _, line := range lines {
		for key, want := range map[string]string{"service": "load-generator", "dd.service": "load-generator", "dd.env": "development", "dd.version": "1.0.0"} {
			assert.Equal(t, want, line[key])
		}
	}
	assert.NotContains(t, lines[0], tagRun)
	assert.Equal(t, "build-7", lines[1][tagRun])
}
