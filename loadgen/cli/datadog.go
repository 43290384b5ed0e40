package cli

import (
	"fmt"

	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/measure"
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
// warning: the load goes on without Datadog.
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
		s.log.Warn(fmt.Sprintf("nothing is sent to Datadog: %v; the load goes on", err))
		return
	}
	s.exporter = exporter
}

func (s *session) exporterConfig() datadog.Config {
	d := &s.values.datadog
	return datadog.Config{SampleRate: d.rate.V, MarkAll: d.markAll.V, RunID: d.runID.V, NoRunTag: d.noRunTag.V, Logs: s.jsonHandler, Logger: s.log}
}

// observer observes tasks and requests; nil for none.
func (s *session) observer() measure.Observer {
	if s.exporter == nil {
		return nil
	}
	return s.exporter
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
	if lost := s.exporter.Stop(); lost.Any() {
		s.log.Warn(fmt.Sprintf("Datadog missed %s", lost))
	}
}

// missed says what did not reach Datadog so far; "" if nothing did.
func (s *session) missed() string {
	if s.exporter == nil {
		return ""
	}
	lost := s.exporter.Losses()
	if !lost.Any() {
		return ""
	}
	return fmt.Sprintf("Datadog missed %s", lost)
}
