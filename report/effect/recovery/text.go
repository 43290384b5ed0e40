package recovery

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// MarshalJSON writes null for a HighS of +Inf.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result // without this method
	out := struct {
		plain
		HighS *float64 `json:"high_s"`
	}{plain: plain(r)}
	if !math.IsInf(r.HighS, 1) {
		out.HighS = &r.HighS
	}
	return json.Marshal(out)
}

// Sentence returns the result: "p95 recovered after 24 s (95 % interval 14 s to 39 s): ...".
func (r *Result) Sentence() string {
	what := r.Metric.Label()
	if op := (report.Op{Kind: r.Kind, Method: r.Method, Name: r.Name}); op != series.All {
		what += " of " + op.String()
	}
	if r.Reason != "" {
		return fmt.Sprintf("No recovery time of %s: %s.", what, r.Reason)
	}
	band := fmt.Sprintf("the usual value is %s, and recovered means %s %s%s for %s s", r.Metric.Format(r.Baseline), r.side(), r.Metric.Format(r.Band), r.width(), say.Number(holdSeconds))
	if !r.Recovered {
		return fmt.Sprintf("%s did not recover within %s s (> %s s): %s.%s", say.Capital(what), say.Number(r.HorizonS), say.Number(r.HorizonS), band, r.excessSentence()) + r.lossSentence()
	}
	high := say.Number(r.HighS) + " s"
	if math.IsInf(r.HighS, 1) {
		high = "more than " + say.Number(r.HorizonS) + " s"
	}
	s := fmt.Sprintf("%s recovered after %s s (95 %% interval %s s to %s): %s.", say.Capital(what), say.Number(r.AfterS), say.Number(r.LowS), high, band)
	return s + r.stayedSentence() + r.excessSentence() + r.relapseSentence() + r.lossSentence()
}

// lossSentence says that load was lost; "": nothing was.
func (r *Result) lossSentence() string {
	if r.Lost == 0 {
		return ""
	}
	return fmt.Sprintf(" Workers were lost, and with them up to %s of the load of these phases.", say.Share(r.Lost))
}

// side says on which side of the band the figure has recovered.
func (r *Result) side() string {
	if r.Metric == effect.Throughput {
		return "at least"
	}
	return "at most"
}

// width says how far the band lies from the usual value; "" for a share.
func (r *Result) width() string {
	if r.Metric == effect.Failures || r.Baseline <= 0 {
		return ""
	}
	return fmt.Sprintf(" (%s)", say.Change(r.Band/r.Baseline-1))
}

// excessSentence says how large the excess was; "": there was none.
func (r *Result) excessSentence() string {
	what := "more requests than usual were slow"
	switch r.Metric {
	case effect.Failures:
		what = "more requests than usual failed"
	case effect.Throughput:
		what = "fewer requests than usual succeeded"
	}
	if r.ExcessRequests < .5 {
		return ""
	}
	return fmt.Sprintf(" In all %s %s.", say.Count(r.ExcessRequests), what)
}

// relapseSentence lists the relapses; "": there were none.
func (r *Result) relapseSentence() string {
	if len(r.Relapses) == 0 {
		return ""
	}
	parts := make([]string, len(r.Relapses))
	for i, x := range r.Relapses {
		parts[i] = fmt.Sprintf("%s to %s s (up to %s)", say.Number(x.FromS), say.Number(x.ToS), r.Metric.Format(x.Worst))
	}
	return " It relapsed: " + strings.Join(parts, ", ") + "."
}
