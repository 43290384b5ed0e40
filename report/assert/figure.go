package assert

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// mostWorst is how many of the worst operations a result names.
const mostWorst = 3

// rowOf returns the row of an operation, that of all of them for the zero Op;
// nil if there is none.
func rowOf(rows []report.Operation, op report.Op) *report.Operation {
	if op == (report.Op{}) {
		op.Name = report.Aggregated
	}
	for i := range rows {
		if rows[i].Op().String() == op.String() {
			return &rows[i]
		}
	}
	return nil
}

// figure judges a claim about a phase, an arm or the whole run.
func (c *trial) figure() {
	rows := c.rows()
	row := rowOf(rows, c.Op)
	if row == nil || row.Requests == 0 && (unanswered(row) > 0 || c.Metric != Requests && c.Metric != effect.Throughput) {
		c.Said = noAnswer(row, c.where())
		c.withoutAnswer(row)
		return
	}
	c.Requests = row.Requests
	if c.needsSuccess() && allFailed(row) {
		c.Outcome, c.Said, c.Worst = Broken, noSuccess(row.Requests, c.where()), c.reasons()
		return
	}
	v := valueOf(row, c.Metric, c.Limit.Unit)
	c.compare(atLeast(row, c.Metric, v), Broken)
	c.settled()
	c.Said = c.sentence(row, v)
	c.Notes = append(c.Notes, c.doubts(row)...)
	if !c.Held() {
		c.Worst = c.blame(rows)
	}
}

// unanswered is how many requests were sent that had no answer yet.
func unanswered(row *report.Operation) int64 { return row.CutOff + row.InFlight }

// noAnswer says that there was no request, or none that was answered.
func noAnswer(row *report.Operation, where string) string {
	if row == nil || unanswered(row) == 0 {
		return fmt.Sprintf("There was no request%s.", where)
	}
	return fmt.Sprintf("No request%s was answered; %s were sent.", where, say.Count(float64(unanswered(row))))
}

// withoutAnswer judges a claim about the number or the rate of requests where none was answered, or sent (nil).
func (c *trial) withoutAnswer(row *report.Operation) {
	switch {
	case c.Metric != Requests && c.Metric != effect.Throughput:
	case row != nil && c.needsSuccess():
		c.Outcome = Broken
	default:
		c.compare(point(0), Broken)
	}
}

// needsSuccess says whether the claim about a figure cannot hold where all requests
// failed: one about a time, the throughput, or a least number of requests.
func (a *Assertion) needsSuccess() bool {
	if a.Metric == Requests {
		return !a.Is.isUpper() && a.Is != Equal
	}
	return a.Metric != effect.Failures
}

// allFailed says whether there were requests and no success.
func allFailed(row *report.Operation) bool { return row.Requests > 0 && row.Successes() == 0 }

// noSuccess says that all of n requests failed.
func noSuccess(n int64, where string) string {
	if n == 1 {
		return fmt.Sprintf("No success%s: the only request failed.", where)
	}
	return fmt.Sprintf("No success%s: all %s requests failed.", where, say.Count(n))
}

// atLeast is a figure as an interval. The longest success is not the longest
// request where the end of the run cut one that had taken longer already.
func atLeast(row *report.Operation, m effect.Metric, v float64) effect.Interval {
	out := point(v)
	if m == Max {
		out.High = max(v, cutAfter(row))
	}
	return out
}

// cutAfter is how long the oldest request had taken that the end of the run cut, ms.
func cutAfter(row *report.Operation) float64 {
	return float64(row.Cut.Max()) / float64(time.Millisecond)
}

// sentence tells the figure.
func (c *trial) sentence(row *report.Operation, v float64) string {
	n := say.Count(row.Requests)
	switch {
	case c.Metric == Max && cutAfter(row) > v:
		return fmt.Sprintf("%s%s was %s over %s; a request that was cut off had taken %s.",
			label(c.Metric), c.where(), c.value(v), successes(row), c.value(cutAfter(row)))
	case row.Failures > 0 && c.ofSuccesses():
		return fmt.Sprintf("%s%s was %s%s over %s; %s of %s requests failed.",
			label(c.Metric), c.where(), c.value(v), c.interval(), successes(row), say.Count(row.Failures), n)
	case c.Metric == Requests:
		return fmt.Sprintf("There were %s requests%s.", n, c.where())
	case c.Metric == effect.Failures && c.Limit.Unit == Number:
		return fmt.Sprintf("%s of %s requests%s failed.", c.value(v), n, c.where())
	case c.Metric == effect.Failures:
		return fmt.Sprintf("%s of %s requests%s failed%s.", c.value(v), n, c.where(), c.interval())
	}
	return fmt.Sprintf("%s%s was %s%s; %s requests.", label(c.Metric), c.where(), c.value(v), c.interval(), n)
}

// ofSuccesses says whether the figure is about successes alone.
func (a *Assertion) ofSuccesses() bool {
	return a.Metric == effect.Mean || a.Metric == Max || a.Metric == effect.Throughput
}

// successes words how many requests did not fail.
func successes(row *report.Operation) string {
	if row.Successes() == 1 {
		return "1 success"
	}
	return say.Count(row.Successes()) + " successes"
}

// rows are the operations of what the claim is about.
func (c *trial) rows() []report.Operation {
	if c.Phase == "" {
		return c.sum.Total.Operations
	}
	phases := find(c.in, c.Phase)
	if len(phases) == 1 {
		return c.sum.Phases[phases[0]].Operations
	}
	return c.pooled(phases)
}

// pooled sums up the rows of all phases of an arm.
func (c *trial) pooled(phases []int) (out []report.Operation) {
	seconds := 0.0
	for _, i := range phases {
		seconds += c.sum.Phases[i].EndS - c.sum.Phases[i].StartS
	}
	for i := range c.sum.Total.Operations {
		op, same := c.sum.Total.Operations[i].Op(), []report.Operation{}
		for _, i := range phases {
			if row := rowOf(c.sum.Phases[i].Operations, op); row != nil {
				same = append(same, *row)
			}
		}
		if len(same) > 0 {
			out = append(out, report.Pool(op, seconds, same...))
		}
	}
	return out
}

// valueOf is a figure of a row in the unit of the limit.
func valueOf(row *report.Operation, m effect.Metric, unit Unit) float64 {
	switch f := row.ResponseMS; m {
	case effect.P50:
		return float64(f.P50)
	case effect.P95:
		return float64(f.P95)
	case effect.P99:
		return float64(f.P99)
	case effect.Mean:
		return float64(f.Mean)
	case Max:
		return float64(f.Max)
	case effect.Throughput:
		return row.Throughput
	case Requests:
		return float64(row.Requests)
	case effect.Failures:
		if unit == Number {
			return float64(row.Failures)
		}
		return 100 * row.FailureShare()
	}
	p, _ := m.Quantile()
	return float64(row.Quantile(p))
}

// settled looks for the interval of the figure over the part of a single phase
// that counts.
func (c *trial) settled() {
	phases := find(c.in, c.Phase)
	if c.level == 0 || len(phases) != 1 || c.Metric == Max || c.Metric == Requests || c.Limit.Unit == Number {
		return
	}
	p := c.phase(phases[0])
	r, err := effect.Between(p, p, effect.Options{Primary: c.Metric, Op: c.Op, Metrics: []effect.Metric{c.Metric}, Level: c.level})
	if err != nil || !r.Primary().Verdict.Known() {
		return
	}
	v := *r.Primary().Baseline
	if c.Limit.Unit == Percent {
		v = *scaled(v, 100)
	}
	if !math.IsInf(v.Low, 0) && !math.IsInf(v.High, 0) && v.Low < v.High {
		c.Settled = &v
	}
}

// interval words the interval of a figure; "" if there is none.
func (c *trial) interval() string {
	if c.Settled == nil {
		return ""
	}
	return fmt.Sprintf(" (settled %s, %s interval %s to %s)", c.value(c.Settled.Estimate), say.Level(c.level), c.value(c.Settled.Low), c.value(c.Settled.High))
}

// value words a figure in the unit of the limit.
func (c *trial) value(v float64) string {
	switch {
	case math.IsInf(v, 1) && c.ofSuccesses():
		return "no success"
	case math.IsInf(v, 1):
		return "among the failures"
	}
	switch c.Limit.Unit {
	case Milliseconds:
		return say.Number(v) + " ms"
	case Percent:
		return say.Number(v) + " %"
	case PerSecond:
		return say.Number(v) + "/s"
	}
	return say.Count(v)
}

// where names phase and operation.
func (c *trial) where() string { return c.named(c.Phase) }

// named names the operation of the claim in a phase.
func (c *trial) named(phase string) string {
	out := ""
	if c.Op != (report.Op{}) {
		out = " of " + c.Op.String()
	}
	if phase != "" {
		out += " in " + phase
	}
	return out
}

// doubts are reasons to mistrust a quantile.
func (c *trial) doubts(row *report.Operation) (out []string) {
	trust := map[effect.Metric]report.Verdict{effect.P50: row.Trust.P50, effect.P95: row.Trust.P95, effect.P99: row.Trust.P99, "p999": row.Trust.P999}
	v := trust[c.Metric]
	if v.Verdict == report.Doubtful || v.Verdict == report.NotMeasured {
		out = append(out, fmt.Sprintf("The generator was late: %s is %s.", c.Metric, v.Verdict))
	}
	if v.LowerBound {
		what := fmt.Sprintf("The end of the run cut %s requests", say.Count(row.CutOff))
		if row.InFlight > 0 {
			what = fmt.Sprintf("%s requests are in flight, the oldest for %s ms so far", say.Count(row.InFlight), say.Number(float64(row.WaitingMS)))
		}
		out = append(out, fmt.Sprintf("%s: %s is a lower bound.", what, c.Metric))
	}
	return out
}

// blame names the operations that are worst by the metric.
func (c *trial) blame(rows []report.Operation) []string {
	if c.Metric == effect.Failures {
		return c.reasons()
	}
	if c.Op != (report.Op{}) || !isTime(c.Metric) {
		return nil
	}
	var total int64
	worst := slices.Clone(rows)
	for i := range rows {
		if rows[i].Name == report.Aggregated && rows[i].Method == "" {
			total = rows[i].Requests
		}
	}
	worst = slices.DeleteFunc(worst, func(o report.Operation) bool {
		return o.Requests == 0 || o.Name == report.Aggregated && o.Method == ""
	})
	slices.SortStableFunc(worst, func(a, b report.Operation) int {
		return cmp.Compare(valueOf(&b, c.Metric, c.Limit.Unit), valueOf(&a, c.Metric, c.Limit.Unit))
	})
	var out []string
	for _, o := range worst[:min(len(worst), mostWorst)] {
		out = append(out, fmt.Sprintf("%s %s (%s of the requests)", o.Op(), c.value(valueOf(&o, c.Metric, c.Limit.Unit)), say.Part(o.Requests, total)))
	}
	return out
}

// reasons names the most frequent failures of what the claim is about.
func (c *trial) reasons() (out []string) {
	for _, f := range c.sum.Failures {
		op := report.Op{Method: f.Method, Name: f.Name}
		if c.Op != (report.Op{}) && op.String() != c.Op.String() || c.Phase != "" && !c.means(f.Phase) || len(out) == mostWorst {
			continue
		}
		out = append(out, fmt.Sprintf("%s %s (%s)", op, f.Reason, say.Count(f.Occurrences)))
	}
	return out
}

// means says whether the claim's phase is, or includes, a phase.
func (c *trial) means(phase string) bool {
	return slices.ContainsFunc(find(c.in, c.Phase), func(i int) bool { return c.in[i].name == phase })
}

// changes names the operations whose change is worst.
func (c *trial) changes(r *effect.Report) (out []string) {
	if c.Op != (report.Op{}) {
		return nil
	}
	known := slices.DeleteFunc(slices.Clone(r.Effects), func(e effect.Effect) bool {
		return e.Name == report.Aggregated || c.inUnit(&e) == nil
	})
	slices.SortStableFunc(known, func(a, b effect.Effect) int {
		x, y := c.inUnit(&a).Estimate, c.inUnit(&b).Estimate
		if !c.Is.isUpper() {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(y, x)
	})
	for _, e := range known[:min(len(known), mostWorst)] {
		out = append(out, fmt.Sprintf("%s %s", e.Op(), c.Limit.Unit.change(c.inUnit(&e).Estimate)))
	}
	return out
}
