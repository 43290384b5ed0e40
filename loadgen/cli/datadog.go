package cli

import (
	"fmt"
	"strings"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
)

// tracing reports whether Datadog is to be used.
func (s *session) tracing() bool { return s.process.traced(s.values.datadog.asked.V) }

func (p process) traced(asked bool) bool {
	if p.datadog == nil {
		return asked
	}
	return p.datadog(asked)
}

// startDatadog connects to the agent. A variable that cannot be read is one
// warning: the load continues without Datadog.
func (s *session) startDatadog() {
	d := &s.values.datadog
	if !s.tracing() {
		if d.asked.V {
			s.log.Warn(d.asked.Where() + " has no effect: DD_TRACE_ENABLED switches Datadog off")
		}
		return
	}
	exporter, err := datadog.Start(s.exporterConfig())
	if err != nil {
		s.log.Warn(fmt.Sprintf("nothing is sent to Datadog: %v; the load continues", err))
		return
	}
	s.exporter = exporter
}

func (s *session) exporterConfig() datadog.Config {
	d := &s.values.datadog
	return datadog.Config{SampleRate: d.rate.V, MarkAll: d.markAll.V, RunID: d.runID.V, NoRunTag: d.noRunTag.V, Logs: s.jsonHandler, Logger: s.log}
}

// sendVerdict sends what a run came to.
func (s *session) sendVerdict(sum *report.Summary, code int) {
	if s.exporter == nil {
		return
	}
	text := fmt.Sprintf("%s\n%d of %d requests failed, exit code %d", s.brief.Verdict(), sum.Total.Failures, sum.Total.Requests, code)
	for _, r := range claim.Failed(s.brief.Claims) {
		text += fmt.Sprintf("\nclaim %s: %s", r.Outcome, r.Claim)
	}
	s.exporter.Verdict(code == exitOK, text)
}

// stopDatadog sends what is left.
func (s *session) stopDatadog() {
	if s.exporter == nil {
		return
	}
	s.exporter.Stop()
	if missed := s.missed(); missed != "" {
		s.log.Warn(missed)
	}
}

// missed says what did not reach Datadog so far; "" if nothing did.
func (s *session) missed() string {
	if s.exporter == nil || !s.exporter.Losses().Any() {
		return ""
	}
	return fmt.Sprintf("Datadog missed %s", s.exporter.Losses())
}

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

// sampleRate reads a share. Zero becomes -1, because 0 lets the plan decide.
func sampleRate(text string) (float64, error) {
	rate, err := setting.Share(text)
	if err == nil && rate == 0 {
		rate = -1
	}
	return rate, err
}

// runID reads the name of a run.
func runID(text string) (string, error) {
	unfit := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ',' || r == '|' }
	return setting.Accepted(text, !strings.ContainsFunc(text, unfit))
}
