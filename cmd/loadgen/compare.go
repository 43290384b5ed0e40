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

	"github.com/spf13/pflag"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/compare"
	"github.com/gensim/load-generator/report/effect"
)

// rules say which verdicts on the primary metric break a comparison. Whatever that is, failures that became more do
// too, unless the rule is never: they can take the primary metric's value with them.
var rules = map[string]func(*effect.Effect) bool{
	"never":    func(*effect.Effect) bool { return false },
	"worse":    func(e *effect.Effect) bool { return e.Verdict == effect.Worse },
	"unproven": func(e *effect.Effect) bool { return e.Verdict != effect.Better && e.Verdict != effect.Equivalent },
}

// options are those of the command line.
type options struct {
	flags *pflag.FlagSet

	against, asserts         []string
	phase, metric, operation string
	rule, markdown, json     string
	margin, level            string
	settle                   time.Duration
}

func newOptions(help io.Writer) *options {
	o := &options{flags: pflag.NewFlagSet("loadgen compare", pflag.ContinueOnError)}
	f := o.flags
	f.SetOutput(help)
	f.SortFlags = false
	f.Usage = func() { fmt.Fprintf(help, "%s\n%s", usage, f.FlagUsagesWrapped(80)) }
	f.StringArrayVar(&o.against, "against", nil, "summary file of a baseline run; as often as there are runs")
	f.StringVar(&o.phase, "phase", "", "phase that --against compares (default intervention, or the only one)")
	f.StringVar(&o.metric, "metric", "p95", "primary metric: p50, p95, p99, mean, failures, throughput or exceedance")
	f.StringVar(&o.operation, "operation", "", `operation that the verdict is about, such as "GET /api/todos" (default all together)`)
	f.StringVar(&o.level, "level", "95%", "confidence of the primary interval")
	f.DurationVar(&o.settle, "settle", 0, "time left out after each ramp (default the plan's; below 0 none)")
	f.StringVar(&o.margin, "margin", "", "change that does not matter, such as 5%, set before the runs; only then equivalence can be shown")
	f.StringVar(&o.rule, "fail-on", "worse", "verdict that makes the exit code 3: worse, unproven (neither better nor equivalent) or never; but for never, more failures do so too")
	f.StringArrayVar(&o.asserts, "assert", nil, `claim that must hold, such as "intervention vs baseline p95 < +10%"; replaces --fail-on; repeatable`)
	f.StringVar(&o.markdown, "markdown", "", "write Markdown to this file; - is standard output, in place of the text")
	f.StringVar(&o.json, "json", "", "write JSON to this file; - is standard output, in place of the text")
	return o
}

func compareCommand(args []string, stdout, stderr io.Writer) int {
	o := newOptions(stdout)
	q, err := o.parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(stderr, "loadgen compare: %s\n", say.OneLine(err.Error()))
		return exitUsage
	}
	if err := o.read(&q); err != nil {
		fmt.Fprintf(stderr, "loadgen compare: %s\n", say.OneLine(err.Error()))
		return exitUsage
	}
	result, err := compare.Runs(q)
	if err == nil {
		err = o.write(result, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "loadgen compare: %s\n", say.OneLine(err.Error()))
		if wrong := (*claim.Error)(nil); errors.As(err, &wrong) {
			return exitUsage
		}
		return exitFailed
	}
	return o.verdict(result, stderr)
}

// parse reads all but the files.
func (o *options) parse(args []string) (q compare.Query, err error) {
	if err := o.flags.Parse(trimmed(args)); err != nil {
		return q, err
	}
	if len(o.flags.Args()) == 0 {
		return q, errors.New("no summary file is given; a run writes one with --summary-file")
	}
	if rules[o.rule] == nil {
		return q, fmt.Errorf("--fail-on=%q; accepted: worse, unproven or never", o.rule)
	}
	if err := o.checkPlaces(); err != nil {
		return q, err
	}
	q.Phase, q.Options = o.phase, effect.Options{Settle: o.settle}
	if q.Options.Primary, err = effect.ParseMetric(o.metric); err != nil {
		return q, fmt.Errorf("--metric: %w", err)
	}
	ok := false
	if q.Options.Level, ok = input.Share(o.level); !ok || q.Options.Level <= .5 {
		return q, fmt.Errorf("--level=%q; accepted: more than 50%% and less than 100%%, such as 99%%", o.level)
	}
	if o.margin != "" {
		if q.Options.Margin, ok = input.Share(o.margin); !ok {
			return q, fmt.Errorf("--margin=%q; accepted: a share such as 5%%", o.margin)
		}
	}
	if o.operation != "" {
		q.Options.Op = claim.ParseOp(o.operation)
	}
	q.Claims, err = claim.ParseAll(o.asserts...)
	return q, err
}

// trimmed are arguments without what stands around them and around the values of flags.
func trimmed(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		if out[i] = input.Trim(arg); joined && strings.HasPrefix(arg, "-") {
			out[i] = name + "=" + input.Trim(value)
		}
	}
	return out
}

// read reads the files.
func (o *options) read(q *compare.Query) (err error) {
	if q.Runs, err = readAll(o.flags.Args()); err == nil {
		q.Against, err = readAll(o.against)
	}
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
	for _, path := range slices.Concat(o.flags.Args(), o.against) {
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
	for _, form := range []struct {
		path  string
		write func(io.Writer) error
	}{{o.markdown, r.WriteMarkdown}, {o.json, r.WriteJSON}} {
		var err error
		switch {
		case form.path == "":
		case output.Stream(form.path) == 1:
			err = form.write(stdout)
		default:
			if err = output.Ready(form.path); err == nil {
				err = output.Write(context.Background(), form.path, form.write)
			}
			if err != nil {
				err = fmt.Errorf("%q: %w", form.path, err)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// verdict is the exit code, with a line that says why it is not 0.
func (o *options) verdict(r *compare.Result, stderr io.Writer) int {
	primary := r.Effect.Primary()
	failures := r.Effect.Find(primary.Op(), effect.Failures)
	judged := len(r.Claims) == 0 && o.rule != "never"
	switch {
	case r.Broken():
		failed := claim.Failed(r.Claims)
		fmt.Fprintf(stderr, "loadgen compare: %d of %d claims do not hold, first %s\n", len(failed), len(r.Claims), failed[0].Claim)
	case len(r.Claims) == 0 && rules[o.rule](primary):
		fmt.Fprintf(stderr, "loadgen compare: %s is %s (--fail-on %s)\n", primary.Metric, primary.Verdict, o.rule)
	case judged && failures != nil && failures.Verdict == effect.Worse:
		fmt.Fprintf(stderr, "loadgen compare: the share of failures is worse (--fail-on %s)\n", o.rule)
	case judged && fellAmongFailures(primary):
		fmt.Fprintf(stderr, "loadgen compare: %s lies among the failures of the intervention alone (--fail-on %s)\n", primary.Metric, o.rule)
	default:
		return exitOK
	}
	return exitBroken
}

// fellAmongFailures says whether the metric has a value in the baseline, and lies among the failures in the
// intervention; pairs that all fell so have no baseline (nil).
func fellAmongFailures(e *effect.Effect) bool {
	return e.Intervention != nil && math.IsInf(e.Intervention.Estimate, 1) && (e.Baseline == nil || !math.IsInf(e.Baseline.Estimate, 0))
}
