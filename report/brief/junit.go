package brief

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
)

// The elements that readers of JUnit's XML agree on.
type (
	suites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Time     string   `xml:"time,attr"`
		Suites   []suite  `xml:"testsuite"`
	}
	suite struct {
		Name       string     `xml:"name,attr"`
		Tests      int        `xml:"tests,attr"`
		Failures   int        `xml:"failures,attr"`
		Skipped    int        `xml:"skipped,attr"`
		Time       string     `xml:"time,attr"`
		Timestamp  string     `xml:"timestamp,attr,omitempty"`
		Properties []property `xml:"properties>property,omitempty"`
		Cases      []testCase `xml:"testcase"`
	}
	property struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	testCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Time    string   `xml:"time,attr"`
		Failure *failure `xml:"failure,omitempty"`
		Skipped *skipped `xml:"skipped,omitempty"`
		Out     string   `xml:"system-out,omitempty"`
	}
	failure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	skipped struct {
		Message string `xml:"message,attr"`
	}
)

// WriteJUnit writes the brief as JUnit XML: a test for each claim, one for
// each operation of each phase, one for the effect, of a factorial design for each (skipped when there is no
// verdict), one for the generator and, where several made the load, one for each
// worker (skipped when it was lost). The claims decide what fails; without any,
// operations with failed requests do, as they decide the exit code.
func (b *Brief) WriteJUnit(w io.Writer) error {
	s := suite{Name: b.reportTitle(), Time: seconds(b.Run.EndS), Properties: b.properties()}
	if !b.Run.Start.IsZero() {
		s.Timestamp = b.Run.Start.UTC().Format("2006-01-02T15:04:05")
	}
	for _, r := range b.Claims {
		s.add(claimCase(r))
	}
	s.add(b.effectCase())
	for _, c := range b.factorCases() {
		s.add(c)
	}
	s.add(b.generatorCase())
	for _, i := range b.Run.OutstandingWorkers() {
		s.add(b.workerCase(&b.Run.Workers[i]))
	}
	for _, p := range b.Run.Phases {
		for _, o := range p.Operations {
			if o.Name != report.Aggregated {
				s.add(b.operationCase(p, o))
			}
		}
	}
	return write(w, s)
}

func write(w io.Writer, s suite) error {
	all := suites{Name: s.Name, Tests: s.Tests, Failures: s.Failures, Time: s.Time, Suites: []suite{s}}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// add counts a test and keeps it.
func (s *suite) add(c testCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }

func (b *Brief) properties() []property {
	out := []property{{"seed", strconv.FormatUint(b.Run.Seed, 10)}, {"plan", b.Run.PlanDigest}}
	if n := len(b.Run.Workers); n > 0 {
		out = append(out, property{"workers", strconv.Itoa(n)}, property{"lost share", strconv.FormatFloat(b.Run.LostShare(), 'g', 6, 64)})
	}
	for _, p := range []property{{"host", redact.Address(b.Host)}, {"program", b.Program}} {
		if p.Value != "" {
			out = append(out, p)
		}
	}
	return append(out, property{"verdict", b.Verdict()})
}

func claimCase(r claim.Result) testCase {
	c := testCase{Class: "claims", Name: r.Claim, Time: seconds(0), Out: r.Said}
	if !r.Held() {
		c.Out, c.Failure = "", &failure{Message: r.Said, Type: string(r.Outcome), Text: r.String()}
	}
	return c
}

func (b *Brief) effectCase() testCase {
	c := testCase{Class: "effect", Name: "effect", Time: seconds(0)}
	if b.Effect == nil {
		c.Skipped = &skipped{b.NoEffect}
		return c
	}
	p := b.Effect.Primary()
	c.Name = fmt.Sprintf("%s: %s against %s", p.Metric, named(b.Effect.Intervention.Phases), named(b.Effect.Baseline.Phases))
	if !p.Verdict.Known() {
		c.Skipped = &skipped{p.Sentence()}
	}
	lines := append(b.Effect.Sentences(), b.Effect.Warnings...)
	for _, r := range b.Recoveries {
		lines = append(lines, r.Sentence())
	}
	c.Out = strings.Join(lines, "\n")
	return c
}

// factorCases are the effects of a factorial design that are not the intervention's: skipped where there is no verdict.
func (b *Brief) factorCases() (out []testCase) {
	if b.Effect == nil || b.Effect.Factors == nil {
		return nil
	}
	f := b.Effect.Factors
	for i, e := range []*effect.Effect{&f.Load[0], &f.Interaction[0]} {
		c := testCase{Class: "effect", Name: fmt.Sprintf("%s: %s", e.Metric, []string{"load", "both together"}[i]), Time: seconds(0), Out: e.Sentence()}
		if !e.Verdict.Known() {
			c.Skipped = &skipped{e.Sentence()}
		}
		out = append(out, c)
	}
	return out
}

func (b *Brief) generatorCase() testCase {
	c := testCase{Class: "generator", Name: "not the bottleneck", Time: seconds(0), Out: strings.Join(b.Run.Health.Warnings, "\n")}
	if why := b.Run.Health.Bottleneck; why != "" {
		c.Failure = &failure{Message: why, Type: "generator", Text: why}
	}
	return c
}

// workerCase is skipped where the worker was lost: --accept-loss decides whether that fails the run.
func (b *Brief) workerCase(w *report.Worker) testCase {
	x := w.Cells()
	c := testCase{Class: "workers", Name: x.ID, Time: seconds(0), Out: fmt.Sprintf("%s, %s requests, lag p99 %s ms, CPU %s", x.State, x.Requests, x.Lag, x.CPU)}
	if w.IsLost() {
		c.Skipped = &skipped{strings.TrimSpace("lost at " + x.Lost + " " + x.Why)}
	}
	return c
}

// operationCase has the 95th percentile of an operation as its time.
func (b *Brief) operationCase(p report.PhaseSummary, o report.Operation) testCase {
	c := testCase{Class: p.Name, Name: o.Op().String(), Time: seconds(0)}
	if o.ResponseMS.P95.IsFinite() {
		c.Time = seconds(float64(o.ResponseMS.P95) / 1000)
	}
	said := fmt.Sprintf("%s of %s failed", say.Count(o.Failures), say.Plural(o.Requests, "request"))
	c.Out = fmt.Sprintf("%s, p50 %s ms, p95 %s ms, p99 %s ms", said,
		o.ResponseMS.P50.Text(o.Requests), o.ResponseMS.P95.Text(o.Requests), o.ResponseMS.P99.Text(o.Requests))
	if o.Failures > 0 && len(b.Claims) == 0 {
		c.Failure = &failure{Message: said, Type: "requests", Text: strings.Join(b.reasons(p.Name, o.Op()), "\n")}
	}
	return c
}

// reasons lists why requests of an operation failed in a phase, the most frequent
// first.
func (b *Brief) reasons(phase string, op report.Op) (out []string) {
	var rows []report.Failure
	for _, f := range b.Run.Failures {
		if f.Phase == phase && f.Op() == op {
			rows = append(rows, f)
		}
	}
	shown, more := report.MostFrequent(rows, mostFailures)
	for _, f := range shown {
		out = append(out, fmt.Sprintf("%s: %s", f.Reason, say.Count(f.Occurrences)))
	}
	if more != "" {
		out = append(out, more)
	}
	return out
}
