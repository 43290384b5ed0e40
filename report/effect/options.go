package effect

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/report"
)

// Options set what is judged and how strictly. The zero value judges p95 of all operations
// together at 95 % and everything else at 99 %.
type Options struct {
	// Primary is the one metric that the verdict is about; "": P95. Name it before the run.
	Primary Metric
	// Op is the operation that the verdict is about; zero: all of them together.
	Op report.Op
	// Metrics are judged for each operation, in addition to the primary one; nil: p50, p95, p99, mean, failures,
	// throughput, exceedance; empty but not nil: none.
	Metrics []Metric
	// Level is the confidence of the primary interval, .5 < Level < 1; 0: .95. Secondary intervals
	// have 1 - (1-Level)/5, 99 % for 95 %: Bonferroni over five metrics.
	Level float64
	// Settle replaces the settling time of the plan, after the ramp; 0: the plan's; < 0: none.
	Settle time.Duration
	// Margin is the relative change of the primary metric that does not matter (a change in the share
	// itself for failures and exceedance), e.g. .05. Only with a margin that was set before
	// the run can the verdict be Equivalent; 0: none.
	Margin float64
	// Raw judges the requests as they came, and does not weight operations to one mix in all phases.
	Raw bool
}

// fill checks the options and returns them with the defaults in place.
func (o Options) fill() (Options, error) {
	if o.Primary == "" {
		o.Primary = P95
	}
	if o.Metrics == nil {
		o.Metrics = standard
	}
	if o.Level == 0 {
		o.Level = .95
	}
	if o.Op == (report.Op{}) {
		o.Op.Name = report.Aggregated
	}
	if !(o.Level > .5 && o.Level < 1) {
		return o, fmt.Errorf("level %g; want more than 0.5 and less than 1", o.Level)
	}
	if !(o.Margin >= 0 && o.Margin < 1) {
		return o, fmt.Errorf("margin %g; want 0 (none) up to 1 (100 %%)", o.Margin)
	}
	var err error
	if o.Primary, err = ParseMetric(string(o.Primary)); err != nil {
		return o, err
	}
	return o, o.parseMetrics()
}

// parseMetrics checks the metrics and puts their canonical names in place.
func (o *Options) parseMetrics() error {
	parsed := make([]Metric, 0, len(o.Metrics)+1)
	seen := map[Metric]bool{}
	for _, name := range append([]Metric{o.Primary}, o.Metrics...) {
		m, err := ParseMetric(string(name))
		if err != nil {
			return err
		}
		if !seen[m] {
			seen[m], parsed = true, append(parsed, m)
		}
	}
	o.Metrics = parsed
	return nil
}

// secondary is the level of what is not primary.
func (o *Options) secondary() float64 { return 1 - (1-o.Level)/5 }

// threshold is the quantile whose baseline value Exceedance counts against.
func (o *Options) threshold() float64 {
	if p, ok := o.Primary.Quantile(); ok {
		return p
	}
	return .95
}
