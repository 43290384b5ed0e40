package effect

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// MarshalJSON writes null for a HighS of +Inf.
func (r Recovery) MarshalJSON() ([]byte, error) {
	type plain Recovery // without this method
	out := struct {
		plain
		HighS *float64 `json:"high_s"`
	}{plain(r), finite(r.HighS)}
	return json.Marshal(out)
}

// Sentence says what came out: "p95 recovered after 24 s (95 % interval 14 s to 39 s): ...".
func (r *Recovery) Sentence() string {
	what := r.Metric.label()
	if op := (Effect{Method: r.Method, Name: r.Name}); op.Op() != all {
		what += " of " + op.Op().String()
	}
	if r.Reason != "" {
		return fmt.Sprintf("No recovery time of %s: %s.", what, r.Reason)
	}
	band := fmt.Sprintf("usual are %s, back is %s %s for %.0f s", r.amount(r.Baseline), r.side(), r.amount(r.Band), holdSeconds)
	if !r.Recovered {
		return fmt.Sprintf("%s did not recover within %s s (> %s s): %s.%s", say.Capital(what), say.Number(r.HorizonS), say.Number(r.HorizonS), band, r.excess())
	}
	high := say.Number(r.HighS) + " s"
	if math.IsInf(r.HighS, 1) {
		high = "more than " + say.Number(r.HorizonS) + " s"
	}
	s := fmt.Sprintf("%s recovered after %s s (95 %% interval %s s to %s): %s.", say.Capital(what), say.Number(r.AfterS), say.Number(r.LowS), high, band)
	return s + r.excess() + r.relapsed()
}

// side is where the band's good side is.
func (r *Recovery) side() string {
	if r.Metric == Throughput {
		return "at least"
	}
	return "at most"
}

// amount words a value.
func (r *Recovery) amount(v float64) string {
	e := Effect{Metric: r.Metric}
	return e.value(&Interval{Estimate: v})
}

// excess words the excess area.
func (r *Recovery) excess() string {
	what := "more requests than usual were slow"
	switch r.Metric {
	case Failures:
		what = "more requests than usual failed"
	case Throughput:
		what = "fewer requests than usual succeeded"
	}
	if r.ExcessRequests < .5 {
		return ""
	}
	return fmt.Sprintf(" In all %s %s.", say.Count(r.ExcessRequests), what)
}

// relapsed words the relapses.
func (r *Recovery) relapsed() string {
	if len(r.Relapses) == 0 {
		return ""
	}
	parts := make([]string, len(r.Relapses))
	for i, x := range r.Relapses {
		parts[i] = fmt.Sprintf("%s to %s s (up to %s)", say.Number(x.FromS), say.Number(x.ToS), r.amount(x.Worst))
	}
	return " It relapsed: " + strings.Join(parts, ", ") + "."
}
