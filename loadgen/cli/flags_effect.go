package cli

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
)

// effectValues say how the phases are laid out and what is judged.
type effectValues struct {
	design     setting.Value[design]
	matched    setting.Value[bool]
	settle     setting.Value[time.Duration]
	primary    setting.Value[effect.Metric]
	margin     setting.Value[float64]
	confidence setting.Value[float64]
	claims     setting.Value[claim.List]
}

const (
	acceptsDesign     = "ab, aba, pairs=10, aa or aa=3"
	acceptsMargin     = "a share such as 5% or 0.05"
	acceptsConfidence = "more than 50% and less than 100%, such as 99%"
)

// effectOptions are about what the run is to show.
func effectOptions(v *effectValues) []setting.Option {
	return []setting.Option{
		{Flag: "design", Env: []string{"LOAD_DESIGN"}, Default: "ab", Bearing: setting.Load, Accepts: acceptsDesign,
			Help: "phases: baseline and intervention; and back; in pairs of random order; or baseline only", Set: setting.Into(&v.design, parseDesign)},
		{Flag: "matched", Env: []string{"LOAD_MATCHED"}, Switch: true,
			Help: "replay the same user scripts in baseline and intervention", Set: setting.Into(&v.matched, setting.Bool)},
		{Flag: "settle", Env: []string{"LOAD_SETTLE"}, Default: "0", Accepts: acceptsTimespan,
			Help: "time after each ramp that effects leave out; 0 is a tenth of the phase, at least 15 s", Set: setting.Into(&v.settle, timespan)},
		{Flag: "primary", Env: []string{"LOAD_PRIMARY"}, Accepts: "p50, p95, p99, mean, failures, throughput or exceedance",
			Help: "metric that the verdict is about; p95 unless a claim is about an effect on another", Set: setting.Into(&v.primary, parsePrimary)},
		{Flag: "margin", Env: []string{"LOAD_MARGIN"}, Accepts: acceptsMargin,
			Help: "change of it that does not matter; only then equivalence can be shown", Set: setting.Into(&v.margin, parseMargin)},
		{Flag: "level", Env: []string{"LOAD_LEVEL"}, Default: "95%", Accepts: acceptsConfidence,
			Help: "confidence of its interval; the others err a fifth as often, and claims keep 95%", Set: setting.Into(&v.confidence, parseConfidence)},
		{Flag: "assert", Env: []string{"LOAD_ASSERT"}, Many: true, Split: claims,
			Help: `claim that must hold, such as "intervention p95 < 250ms"; repeatable; exit code 3 if one does not`, Set: setting.Append(&v.claims, parseClaim)},
	}
}

// parseClaim reads a claim. The message about one names it already.
func parseClaim(text string) (claim.Claim, error) {
	c, err := claim.Parse(text)
	if wrong, ok := errors.AsType[*claim.Error](err); ok {
		err = errors.New(wrong.Problem)
	}
	return c, err
}

// claims splits a variable at semicolons and ends of lines.
func claims(text string) (out []string) {
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

// design is how baseline and intervention are laid out in time.
type design struct {
	kind string // ab, aba, pairs, aa
	n    int    // pairs, or phases of aa
}

func parseDesign(text string) (design, error) {
	kind, number, counted := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "=")
	n := 2
	if counted {
		n, _ = strconv.Atoi(number) // 0 is refused
	}
	known := kind == "pairs" && counted || kind == "aa" || (kind == "ab" || kind == "aba") && !counted
	return setting.Accepted(design{kind, n}, known && n >= 2 && n <= 1000)
}

func parsePrimary(text string) (effect.Metric, error) {
	m, err := effect.ParseMetric(text)
	return setting.Accepted(m, err == nil)
}

func parseMargin(text string) (float64, error) {
	return setting.Accepted(input.Share(text))
}

func parseConfidence(text string) (float64, error) {
	v, ok := input.Share(text)
	return setting.Accepted(v, ok && v > .5)
}
