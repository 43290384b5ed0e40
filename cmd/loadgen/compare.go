package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/redact"
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

// order is what the command line asks for.
type order struct {
	flags *pflag.FlagSet

	against, asserts         []string
	phase, metric, operation string
	rule, markdown, json     string
	margin, level            string
	settle                   time.Duration
}

func newOrder(help io.Writer) *order {
	o := &order{flags: pflag.NewFlagSet("loadgen compare", pflag.ContinueOnError)}
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
	o := newOrder(stdout)
	q, err := o.parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(stderr, "loadgen compare: %s\n", oneLine(err))
		return exitUsage
	}
	if err := o.read(&q); err != nil {
		fmt.Fprintf(stderr, "loadgen compare: %s\n", oneLine(err))
		return exitUsage
	}
	answer, err := compare.Runs(q)
	if err == nil {
		err = o.write(answer, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "loadgen compare: %s\n", oneLine(err))
		if wrong := (*claim.Error)(nil); errors.As(err, &wrong) {
			return exitUsage
		}
		return exitFailed
	}
	return o.verdict(answer, stderr)
}

// parse reads all but the files.
func (o *order) parse(args []string) (q compare.Query, err error) {
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
	if q.Options.Level, err = share(o.level); err != nil || q.Options.Level <= .5 {
		return q, fmt.Errorf("--level=%q; accepted: more than 50%% and less than 100%%, such as 99%%", o.level)
	}
	if o.margin != "" {
		if q.Options.Margin, err = share(o.margin); err != nil {
			return q, fmt.Errorf("--margin=%q; accepted: a share such as 5%%", o.margin)
		}
	}
	if o.operation != "" {
		q.Options.Op = operation(o.operation)
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

// share reads "5%" or ".05".
func share(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v > 0 && v < 1) {
		return 0, errors.New("no share")
	}
	return v, nil
}

// operation reads "GET /api/todos", or a name alone.
func operation(text string) report.Op {
	if method, name, ok := strings.Cut(text, " "); ok && strings.ToUpper(method) == method {
		return report.Op{Method: method, Name: name}
	}
	return report.Op{Name: text}
}

// read reads the files.
func (o *order) read(q *compare.Query) (err error) {
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

// read reads a file that holds one Summary and nothing behind it, as
// report.ReadSummary does.
func read(path string) (*report.Summary, error) {
	file, err := input.Open(path, report.LargestSummary)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	sum, decoder := new(report.Summary), json.NewDecoder(file)
	err = decoder.Decode(sum)
	if _, more := decoder.Token(); err == nil && more != io.EOF {
		err = errors.New("there is more behind it")
	}
	switch {
	case err == nil:
		return sum, nil
	case errors.Is(err, io.EOF):
		err = errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it is cut off")
	}
	return nil, fmt.Errorf("no summary of a run, as --summary-file writes it: %w", err)
}

// checkPlaces refuses outputs that would replace each other or a run.
func (o *order) checkPlaces() error {
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
func (o *order) write(a *compare.Result, stdout io.Writer) error {
	if output.Stream(o.markdown) != 1 && output.Stream(o.json) != 1 {
		if err := a.WriteText(stdout); err != nil {
			return err
		}
	}
	for _, form := range []struct {
		path  string
		write func(io.Writer) error
	}{{o.markdown, a.WriteMarkdown}, {o.json, a.WriteJSON}} {
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
func (o *order) verdict(a *compare.Result, stderr io.Writer) int {
	primary := a.Effect.Primary()
	failures := a.Effect.Find(primary.Op(), effect.Failures)
	judged := len(a.Claims) == 0 && o.rule != "never"
	switch {
	case a.Broken():
		failed := claim.Failed(a.Claims)
		fmt.Fprintf(stderr, "loadgen compare: %d of %d claims do not hold, first %s\n", len(failed), len(a.Claims), failed[0].Claim)
	case len(a.Claims) == 0 && rules[o.rule](primary):
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

func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
