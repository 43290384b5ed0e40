package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/compare"
	"github.com/gensim/load-generator/report/effect"
)

// rules say which verdicts on the primary metric break a comparison. Whatever that is, failures that became more do
// too, unless the rule is never: they can take the primary metric's value with them.
var rules = map[string]func(*effect.Effect) bool{
	"worse":    func(e *effect.Effect) bool { return e.Seen() == effect.Worse },
	"unproven": func(e *effect.Effect) bool { return e.Verdict != effect.Better && e.Verdict != effect.Equivalent },
}

// options are those of the command line.
type options struct {
	table *setting.Table
	paths []string // of the runs

	against, asserts     setting.Value[[]string]
	help                 setting.Value[bool]
	query                compare.Query
	rule, markdown, json string
}

func newOptions() *options {
	o := new(options)
	judged := &o.query.Options
	o.table = setting.NewTable(setting.Section{Heading: "flags", Options: []setting.Option{
		{Flag: "against", Takes: "FILE", Many: true, Apart: true, Set: setting.Items(&o.against),
			Help: "summary file of a baseline run; as often as there are runs"},
		{Flag: "phase", Takes: "NAME", Set: setting.Var(&o.query.Phase, setting.Text),
			Help: "phase that --against compares; intervention, or the only one, if not given"},
		{Flag: "metric", Takes: "METRIC", Default: "p95", Set: setting.Var(&judged.Primary, effect.ParseMetric),
			Help: "primary metric: p50, p95, p99, mean, failures, throughput or exceedance"},
		{Flag: "operation", Takes: "NAME", Set: setting.Var(&judged.Op, operation),
			Help: `operation that the verdict is about, such as "GET /api/todos"; all together if not given`},
		{Flag: "level", Takes: "SHARE", Default: "95%", Set: setting.Var(&judged.Level, level), Accepts: "more than 50% and less than 100%, such as 99%",
			Help: "confidence of the primary interval"},
		{Flag: "settle", Takes: "TIME", Set: setting.Var(&judged.Settle, time.ParseDuration), Accepts: "a time such as 250ms, 1.5s or 1m",
			Help: "time left out after each ramp; the plan's if not given; below 0 none"},
		{Flag: "margin", Takes: "SHARE", Set: setting.Var(&judged.Margin, margin), Accepts: "a share such as 5%",
			Help: "change that does not matter, such as 5%, set before the runs; only then equivalence can be shown"},
		{Flag: "fail-on", Takes: "worse|unproven|never", Default: "worse", Set: setting.Var(&o.rule, setting.OneOf("worse", "unproven", "never")), Accepts: "worse, unproven or never",
			Help: "verdict that makes the exit code 3: worse, unproven (neither better nor equivalent) or never; unless it is never, more failures do so too"},
		{Flag: "assert", Takes: "CLAIM", Many: true, Apart: true, Set: setting.Items(&o.asserts),
			Help: `claim that must hold, such as "intervention vs baseline p95 < +10%"; replaces --fail-on; repeatable`},
		{Flag: "markdown", Takes: "FILE", Set: setting.Var(&o.markdown, setting.Text),
			Help: "write Markdown to this file; - is standard output, in place of the text"},
		{Flag: "json", Takes: "FILE", Set: setting.Var(&o.json, setting.Text),
			Help: "write JSON to this file; - is standard output, in place of the text"},
		{Flag: "help", Short: "h", Switch: true, Set: setting.Into(&o.help, setting.Bool), Help: "print this text and exit"},
	}})
	return o
}

func operation(text string) (report.Op, error) { return claim.ParseOp(text), nil }

// margin reads a share; nothing at all is none.
func margin(text string) (float64, error) {
	share, ok := input.Share(text)
	return setting.Accepted(share, ok || text == "")
}

func level(text string) (float64, error) {
	share, ok := input.Share(text)
	return setting.Accepted(share, ok && share > .5)
}

// compareCommand returns the exit code, with a line that says why it is not 0.
func compareCommand(args []string, stdout, stderr io.Writer) int {
	code, err := newOptions().run(args, stdout)
	if err != nil {
		fmt.Fprintf(stderr, "loadgen compare: %s\n", say.OneLine(err.Error()))
	}
	return code
}

func (o *options) run(args []string, stdout io.Writer) (code int, err error) {
	err = o.parse(args)
	if o.help.Given() {
		fmt.Fprint(stdout, usage)
		o.table.WriteHelp(stdout, nil)
		return exitOK, nil
	}
	if err == nil && ofSearches(o.paths) {
		return o.searches(stdout)
	}
	if err == nil {
		err = o.readRuns()
	}
	if err != nil {
		return exitUsage, err
	}
	result, err := compare.Runs(o.query)
	if _, wrong := errors.AsType[*claim.Error](err); wrong {
		return exitUsage, err
	}
	if err == nil {
		err = o.write(result, stdout)
	}
	if err != nil {
		return exitFailed, err
	}
	if err := o.verdict(result); err != nil {
		return exitBroken, err
	}
	return exitOK, nil
}

// parse reads the command line.
func (o *options) parse(args []string) (err error) {
	if err := o.table.Read(args, nil); err != nil {
		return err
	}
	for _, path := range o.table.Args() {
		o.paths = append(o.paths, input.Trim(path))
	}
	if len(o.paths) == 0 {
		return errors.New("no summary file is given; a run writes one with --summary-file")
	}
	return o.checkPlaces()
}

// readRuns reads claims and files.
func (o *options) readRuns() (err error) {
	if o.query.Claims, err = claim.ParseAll(o.asserts.V...); err != nil {
		return err
	}
	if o.query.Runs, err = readAll(o.paths); err != nil {
		return err
	}
	o.query.Against, err = readAll(o.against.V)
	return err
}

func readAll(paths []string) (runs []compare.Run, err error) {
	for _, path := range paths {
		sum, err := read(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", redact.Value(path), err)
		}
		runs = append(runs, compare.Run{Name: path, Summary: sum})
	}
	return runs, nil
}

// read reads the Summary in a file.
func read(path string) (*report.Summary, error) {
	file, err := input.Open(path, report.LargestSummary)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return report.ReadSummary(file)
}

// checkPlaces refuses outputs that would replace each other or a run.
func (o *options) checkPlaces() error {
	if o.markdown != "" && o.json != "" && output.Same(o.markdown, o.json) {
		return fmt.Errorf("--markdown and --json would both write %q; accepted: a place for each", o.markdown)
	}
	for _, path := range slices.Concat(o.paths, o.against.V) {
		for _, place := range []string{o.markdown, o.json} {
			if place != "" && output.Same(place, path) {
				return fmt.Errorf("the output %q would replace the run %q; accepted: another file", place, path)
			}
		}
	}
	return nil
}

// write writes the forms asked for, and the text unless one of them took its
// place.
func (o *options) write(r *compare.Result, stdout io.Writer) error {
	if output.Stream(o.markdown) != 1 && output.Stream(o.json) != 1 {
		if err := r.WriteText(stdout); err != nil {
			return err
		}
	}
	return errors.Join(put(o.markdown, stdout, r.WriteMarkdown), put(o.json, stdout, r.WriteJSON))
}

// put writes one form, if it is asked for.
func put(path string, stdout io.Writer, write func(io.Writer) error) error {
	switch {
	case path == "":
		return nil
	case output.Stream(path) == 1:
		return write(stdout)
	}
	err := output.Ready(path)
	if err == nil {
		err = output.Write(context.Background(), path, write)
	}
	if err != nil {
		return fmt.Errorf("%q: %w", path, err)
	}
	return nil
}

// verdict is an error that says why the comparison fails.
func (o *options) verdict(r *compare.Result) error {
	primary := r.Effect.Primary()
	failures := r.Effect.Find(primary.Op(), effect.Failures)
	judged := len(r.Claims) == 0 && o.rule != "never"
	switch {
	case r.Broken():
		var broken []string
		for _, f := range claim.Failed(r.Claims) {
			broken = append(broken, f.Claim)
		}
		return fmt.Errorf("%s: %s", say.Unheld(len(broken), len(r.Claims)), strings.Join(broken, "; "))
	case judged && rules[o.rule](primary):
		return fmt.Errorf("%s is %s (--fail-on %s)", primary.Metric, primary.Verdict, o.rule)
	case judged && failures != nil && failures.Seen() == effect.Worse:
		return fmt.Errorf("the share of failures is worse (--fail-on %s)", o.rule)
	case judged && fellAmongFailures(primary):
		return fmt.Errorf("%s lies among the failures of the intervention alone (--fail-on %s)", primary.Metric, o.rule)
	}
	return nil
}

// fellAmongFailures says whether the metric has a value in the baseline, and lies among the failures in the
// intervention; pairs that all fell so have no baseline (nil).
func fellAmongFailures(e *effect.Effect) bool {
	return e.Intervention != nil && math.IsInf(e.Intervention.Estimate, 1) && (e.Baseline == nil || !math.IsInf(e.Baseline.Estimate, 0))
}
