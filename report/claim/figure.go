package claim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// figure judges a claim about a phase, an arm or the whole run.
func (j *judgement) figure() {
	part := j.part()
	row := rowIn(part, j.claim.Op)
	if row == nil || row.Requests == 0 && (unanswered(row) > 0 || j.claim.Metric != Requests && j.claim.Metric != effect.Throughput) {
		j.result.Said = j.noAnswer(row, j.where())
		j.withoutAnswer(row)
		return
	}
	j.result.Requests = row.Requests
	if j.claim.needsSuccess() && allFailed(row) {
		j.result.Outcome, j.result.Said, j.result.Worst = Broken, j.noSuccess(row.Requests, j.where()), j.reasons()
		return
	}
	v := valueOf(row, j.claim.Metric, j.claim.Limit.Unit)
	j.compare(noLessThan(row, j.claim.Metric, v), Broken)
	j.settled()
	j.result.Said = j.sentence(row, v)
	j.result.Notes = append(j.result.Notes, slices.Concat(j.doubts(row), j.losses())...)
	j.late()
	if !j.result.Held() {
		j.result.Worst = j.blame(part.Operations)
	}
}

// unanswered is how many requests were sent that had no answer yet.
func unanswered(row *report.Operation) int64 { return row.CutOff + row.InFlight }

// noAnswer says that there was no request, or none that was answered.
func (j *judgement) noAnswer(row *report.Operation, where string) string {
	if row == nil || unanswered(row) == 0 {
		return fmt.Sprintf("There was no %s%s.", j.noun(), where)
	}
	if j.noun() == "transaction" {
		return fmt.Sprintf("No transaction%s came to its end; %s began.", where, say.Count(float64(unanswered(row))))
	}
	return fmt.Sprintf("No request%s was answered; %s were sent.", where, say.Count(float64(unanswered(row))))
}

// withoutAnswer judges a claim about the number or the rate of requests where none was answered, or sent (nil).
func (j *judgement) withoutAnswer(row *report.Operation) {
	switch {
	case j.claim.Metric != Requests && j.claim.Metric != effect.Throughput:
	case row != nil && j.claim.needsSuccess():
		j.result.Outcome = Broken
	default:
		j.compare(point(0), Broken)
	}
}

// needsSuccess reports whether the claim about a figure cannot hold where all requests
// failed: one about a time, the throughput, or a least number of requests.
func (c *Claim) needsSuccess() bool {
	if c.Metric == Requests {
		return !c.Is.isUpper() && c.Is != Equal
	}
	return c.Metric != effect.Failures
}

// allFailed reports whether there were requests and no success.
func allFailed(row *report.Operation) bool { return row.Requests > 0 && row.Successes() == 0 }

// noSuccess says that all of n requests failed.
func (j *judgement) noSuccess(n int64, where string) string {
	if n == 1 {
		return fmt.Sprintf("No success%s: the only %s failed.", where, j.noun())
	}
	return fmt.Sprintf("No success%s: all %s failed.", where, say.Plural(n, j.noun()))
}

// noLessThan is a figure as an interval. The longest success is not the longest
// request where the end of the run cut one that had taken longer already.
func noLessThan(row *report.Operation, m effect.Metric, v float64) effect.Interval {
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

// sentence states the figure.
func (j *judgement) sentence(row *report.Operation, v float64) string {
	n := say.Plural(row.Requests, j.noun())
	switch {
	case j.claim.Metric == Max && cutAfter(row) > v:
		return fmt.Sprintf("%s%s was %s over %s; a %s that was cut off had taken %s.",
			label(j.claim.Metric), j.where(), j.value(v), successes(row), j.noun(), j.value(cutAfter(row)))
	case row.Failures > 0 && j.claim.ofSuccesses():
		return fmt.Sprintf("%s%s was %s%s over %s; %s of %s failed.",
			label(j.claim.Metric), j.where(), j.value(v), j.interval(), successes(row), say.Count(row.Failures), n)
	case j.claim.Metric == Requests:
		return say.There(row.Requests, j.noun()) + j.where() + "."
	case j.claim.Metric == effect.Failures && j.claim.Limit.Unit == Number:
		return fmt.Sprintf("%s of %s%s failed.", j.value(v), n, j.where())
	case j.claim.Metric == effect.Failures:
		return fmt.Sprintf("%s of %s%s failed%s.", j.value(v), n, j.where(), j.interval())
	}
	return fmt.Sprintf("%s%s was %s%s; %s.", label(j.claim.Metric), j.where(), j.value(v), j.interval(), n)
}

// ofSuccesses reports whether the figure is about successes alone.
func (c *Claim) ofSuccesses() bool {
	return c.Metric == effect.Mean || c.Metric == Max || c.Metric == effect.Throughput
}

// successes formats how many requests did not fail.
func successes(row *report.Operation) string {
	if row.Successes() == 1 {
		return "1 success"
	}
	return say.Count(row.Successes()) + " successes"
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
func (j *judgement) settled() {
	phases := find(j.phases, j.claim.Phase)
	if j.level == 0 || len(phases) != 1 || j.claim.Metric == Max || j.claim.Metric == Requests || j.claim.Limit.Unit == Number {
		return
	}
	p := j.phase(phases[0])
	r, err := effect.Between(p, p, effect.Options{Primary: j.claim.Metric, Op: j.claim.Op, Metrics: []effect.Metric{j.claim.Metric}, Level: j.level, Raw: true})
	if err != nil || !r.Primary().Verdict.Known() {
		return
	}
	v := *r.Primary().Baseline
	if j.claim.Limit.Unit == Percent {
		v = *scaled(v, 100)
	}
	if !math.IsInf(v.Low, 0) && !math.IsInf(v.High, 0) && v.Low < v.High {
		j.result.Settled = &v
	}
}

// interval formats the interval of a figure; "" if there is none.
func (j *judgement) interval() string {
	if j.result.Settled == nil {
		return ""
	}
	return fmt.Sprintf(" (settled %s, %s interval %s to %s)", j.value(j.result.Settled.Estimate), say.Level(j.level), j.value(j.result.Settled.Low), j.value(j.result.Settled.High))
}

// value formats a figure in the unit of the limit.
func (j *judgement) value(v float64) string {
	switch {
	case math.IsInf(v, 1) && j.claim.ofSuccesses():
		return "no success"
	case math.IsInf(v, 1):
		return "among the failures"
	}
	switch j.claim.Limit.Unit {
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
func (j *judgement) where() string { return j.named(j.claim.Phase) }

// named names the operation of the claim in a phase.
func (j *judgement) named(phase string) string {
	out := ""
	if j.claim.Op != (report.Op{}) {
		out = " of " + j.claim.Op.String()
	}
	if phase != "" {
		out += " in " + phase
	}
	return out
}

// doubts are reasons to mistrust a quantile.
func (j *judgement) doubts(row *report.Operation) (out []string) {
	trust := map[effect.Metric]report.Rating{effect.P50: row.Trust.P50, effect.P95: row.Trust.P95, effect.P99: row.Trust.P99, "p999": row.Trust.P999}
	v := trust[j.claim.Metric]
	if v.Grade == report.Doubtful || v.Grade == report.NotMeasured {
		out = append(out, fmt.Sprintf("The generator was late: %s is %s.", j.claim.Metric, v.Grade))
	}
	if v.LowerBound {
		what := fmt.Sprintf("The end of the run cut %s", say.Plural(row.CutOff, j.noun()))
		if n := row.InFlight; n > 0 {
			is := map[bool]string{true: "is", false: "are"}[n == 1]
			what = fmt.Sprintf("%s %s in flight, the oldest for %s ms so far", say.Plural(n, j.noun()), is, say.Number(float64(row.WaitingMS)))
		}
		out = append(out, fmt.Sprintf("%s: %s is a lower bound.", what, j.claim.Metric))
	}
	return out
}

// losses say what was lost with workers of what the claim is about. A phase is judged all the same: its figures are
// those of the load that was there.
func (j *judgement) losses() (out []string) {
	var lost []string
	for i := range j.sum.Phases {
		if p := &j.sum.Phases[i]; p.LostShare() > 0 && (j.claim.Phase == "" || j.means(p.Name)) {
			lost = append(lost, fmt.Sprintf("%s of the load of %s", say.Share(p.LostShare()), p.Name))
		}
	}
	if lost == nil {
		return nil
	}
	if n := len(lost) - mostWorst; n > 0 {
		lost = append(lost[:mostWorst], say.Plural(n, "more phase"))
	}
	return []string{"Workers were lost, and with them " + say.And(lost) + "."}
}

// late shows no claim about a phase, if its hooks came late: for a time its target was that of the phase before.
func (j *judgement) late() {
	for i := range j.sum.Phases {
		p := &j.sum.Phases[i]
		if p.HooksLateS <= 0 || j.claim.Phase != "" && !j.means(p.Name) {
			continue
		}
		j.result.Notes = append(j.result.Notes, fmt.Sprintf("The hooks of %s were called %s late, as no master was there.", p.Name, say.Span(p.HooksLate())))
		if j.result.Held() && j.claim.Phase != "" {
			j.result.Outcome = NotShown
		}
	}
}
