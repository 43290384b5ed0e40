package cli

import (
	"strings"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/datadog"
)

// datadogValues are the settings of what is sent to Datadog; the rest is in the
// DD_* variables that every Datadog library reads.
type datadogValues struct {
	asked    setting.Value[bool]
	rate     setting.Value[float64] // as datadog.Config.SampleRate
	markAll  setting.Value[bool]
	runID    setting.Value[string] // as datadog.Config.RunID
	noRunTag setting.Value[bool]
}

func datadogOptions(d *datadogValues) []setting.Option {
	return []setting.Option{
		{Flag: "datadog", Env: []string{"LOAD_DATADOG"}, Switch: true,
			Help: "send traces, metrics and events; so does DD_AGENT_HOST, DD_TRACE_AGENT_URL or DD_DOGSTATSD_URL, unless DD_TRACE_ENABLED=false",
			Set:  setting.Into(&d.asked, setting.Bool)},
		{Flag: "datadog-sample-rate", Env: []string{"LOAD_DATADOG_SAMPLE_RATE"}, Accepts: "a share from 0 to 1",
			Help: "share of task runs that are traced; without it as many as an agent takes easily", Set: setting.Into(&d.rate, sampleRate)},
		{Flag: "datadog-mark-all", Env: []string{"LOAD_DATADOG_MARK_ALL"}, Switch: true,
			Help: "send " + datadog.MarkHeader + " and the run's baggage with every request, not only with those that are traced", Set: setting.Into(&d.markAll, setting.Bool)},
		{Flag: "datadog-run-id", Env: []string{"LOAD_DATADOG_RUN_ID"}, Accepts: "printable ASCII without spaces, commas and bars",
			Help: "name of the run in Datadog, such as a build's; without it each run gets a new one", Set: setting.Into(&d.runID, runID)},
		{Flag: "datadog-no-run-tag", Env: []string{"LOAD_DATADOG_NO_RUN_TAG"}, Switch: true,
			Help: "leave the run's name away from metrics, of which each run would make new ones", Set: setting.Into(&d.noRunTag, setting.Bool)},
	}
}

// sampleRate reads a share. None at all has a number of its own, because zero
// lets the plan decide.
func sampleRate(text string) (float64, error) {
	rate, err := setting.Share(text)
	if err == nil && rate == 0 {
		rate = -1
	}
	return rate, err
}

// runID reads the name of a run.
func runID(text string) (string, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ',' || r == '|' }) {
		return "", setting.ErrNotAccepted
	}
	return text, nil
}
