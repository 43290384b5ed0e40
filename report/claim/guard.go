package claim

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// Guard returns a function that ends a run in which a claim with Abort is
// certainly broken; nil if no claim has Abort. It is for loadgen.Runner.Guard, for one run at a time.
//
// A claim is judged every second on the phase in progress as far as it has come;
// one of the whole run in every phase. To end the run it must be broken in
// each of 10 s in a row, from the end of the phase's ramp on, or where its stages move
// to its end from its start on, with at least 20
// requests, and, for quantiles and failures, by more than three standard
// deviations of as many independent requests. A slow second or a few bad requests
// end nothing; a bad start that lasts for 10 s after the ramp does.
func (l List) Guard() func(*report.Snapshot, *report.PhaseSummary) error {
	g := &guard{}
	for _, c := range l {
		if c.Abort {
			g.claims = append(g.claims, watched{Claim: c})
		}
	}
	if g.claims == nil {
		return nil
	}
	return g.look
}

// What it takes to end a run.
const (
	patience      = 10 // s in a row
	fewRequests   = 20
	steadySeconds = 10 // after the ramp, for a rate
	surely        = 3. // standard deviations
)

type guard struct {
	claims []watched
	at     time.Duration
}

// watched is a claim and how long it has been broken.
type watched struct {
	Claim
	phase  string
	broken int
}

func (g *guard) look(s *report.Snapshot, p *report.PhaseSummary) error {
	again := s.At < g.at // the next run of the same Runner
	g.at = s.At
	for i := range g.claims {
		w := &g.claims[i]
		if w.phase != p.Name || again {
			w.phase, w.broken = p.Name, 0
		}
		why := w.trouble(s, p)
		if why == "" {
			w.broken = 0
			continue
		}
		if w.broken++; w.broken >= patience {
			return fmt.Errorf("broken beyond hope: %s: %s", w.String(), why)
		}
	}
	return nil
}

// trouble returns how the claim is certainly broken; "": it is not.
func (w *watched) trouble(s *report.Snapshot, p *report.PhaseSummary) string {
	if w.Metric == Generator {
		return s.JudgedHealth().Bottleneck
	}
	from := time.Duration(p.RampEndS * float64(time.Second))
	if s.Phase.Moves() != "" { // which has no ramp to wait for
		from = s.Phase.Start
	}
	phases := []report.PhaseInfo{{Name: p.Name, Arm: p.Arm, Load: p.Load, Kinds: p.Kinds}}
	kinds := w.resolved(phases)
	exact := kinds.withRow(func(name string) bool { return find(phases, name) != nil }, func(name string) bool { return rowIn(p, ParseOp(name)) != nil })
	c, here := &exact, find(phases, w.Phase) != nil
	row := rowIn(p, c.Op)
	if c.Phase != "" && !here || row == nil || s.At < from {
		return ""
	}
	j := judgement{claim: c, so: p}
	switch {
	case w.needsSuccess() && allFailed(row) && row.Requests >= fewRequests:
		return strings.TrimSuffix(j.noSuccess(row.Requests, j.where()), ".")
	case w.Metric == effect.Throughput:
		return j.rate(row, s.At-from)
	case row.Requests < fewRequests || w.Metric == effect.Mean && row.Successes() < fewRequests:
		return ""
	}
	v := valueOf(row, w.Metric, w.Limit.Unit)
	if w.Is.holds(w.Limit.Value, v, v) || !w.sure(row) {
		return ""
	}
	return j.said(row, v)
}

// said states the figure so far.
func (j *judgement) said(row *report.Operation, v float64) string {
	return strings.TrimSuffix(j.sentence(row, v), ".")
}

// rate says that the rate so far breaks the claim.
func (j *judgement) rate(row *report.Operation, steady time.Duration) string {
	if steady < steadySeconds*time.Second || j.claim.Is.holds(j.claim.Limit.Value, row.Throughput, row.Throughput) {
		return ""
	}
	return j.said(row, row.Throughput)
}

// sure reports whether a share of requests is off by more than chance: those that
// failed, or those slower than the limit of a quantile.
func (w *watched) sure(row *report.Operation) bool {
	n, bad, allowed := float64(row.Requests), float64(row.Failures), w.Limit.Value/100
	if p, ok := w.Metric.Quantile(); ok {
		n += float64(row.CutOff) + row.Waiting.CountAbove(report.Millis(w.Limit.Value).Duration())
		bad, allowed = row.CountAbove(report.Millis(w.Limit.Value)), 1-p
	} else if w.Metric != effect.Failures || w.Limit.Unit == Number {
		return true
	}
	off := bad - allowed*n
	if !w.Is.isUpper() {
		off = -off
	}
	return off > surely*math.Sqrt(n*allowed*(1-min(1, allowed)))
}
