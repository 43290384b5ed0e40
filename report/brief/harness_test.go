package brief

import (
	"encoding/xml"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/record"
)

// part is a phase of a made-up run.
type part struct {
	name, arm string
	seconds   int
	slower    float64
	failing   float64
}

// ops are the operations of recorded runs.
var ops = []report.Op{{Method: "GET", Name: "/a"}, {Method: "POST", Name: "/b|<script>"}}

// recorded makes a run of 40 requests a second and operation up.
func recorded(parts ...part) *report.Summary {
	var phases []report.PhaseInfo
	var at time.Duration
	for _, p := range parts {
		end := at + time.Duration(p.seconds)*time.Second
		phases = append(phases, report.PhaseInfo{
			Name: p.name, Arm: p.arm, Start: at, End: end, RampEnd: at, Settle: 10 * time.Second, Model: "closed", Users: 50,
			Pace: "think 2s", Predicted: &report.Load{Rate: 80},
		})
		at = end
	}
	r := record.New(record.Config{Phases: phases, Shards: 1})
	random := rand.New(rand.NewPCG(1, 3))
	for i, p := range parts {
		for n := range p.seconds * 40 {
			at := phases[i].Start + time.Duration(n)*25*time.Millisecond
			for _, op := range ops {
				took := time.Duration(20e6 * p.slower * math.Exp(.3*random.NormFloat64()))
				x := record.Sample{Op: op, Intended: at, Woken: at, Sent: at, Done: at + took}
				if random.Float64() < p.failing {
					x.Err = "http 503"
				}
				r.Shard(0).Record(&x)
			}
		}
	}
	return r.Summary(record.Meta{Name: "shop", Seed: 7, PlanDigest: "3fa9c0d1", Streams: 1, End: at, Start: time.Unix(1e9, 0)})
}

// briefOf makes the brief of a run with claims as text.
func briefOf(t *testing.T, sum *report.Summary, claims ...string) *Brief {
	t.Helper()
	list, err := claim.ParseAll(claims...)
	require.NoError(t, err)
	return New(sum, list, effect.Options{})
}

// written writes the brief in all forms and checks what must hold for each.
func written(t *testing.T, b *Brief) (md, text string, all suites) {
	t.Helper()
	var m, j, x strings.Builder
	require.NoError(t, b.WriteMarkdown(&m))
	require.NoError(t, b.WriteJUnit(&j))
	require.NoError(t, b.WriteText(&x))
	for _, s := range []string{m.String(), j.String(), x.String()} {
		assert.NotContains(t, s, "NaN")
		assert.NotContains(t, s, "%!")
		assert.NotContains(t, s, "Inf")
	}
	assert.NotContains(t, m.String()+j.String(), "<script>")
	require.NoError(t, xml.Unmarshal([]byte(j.String()), &all))
	failures := 0
	for _, c := range all.Suites[0].Cases {
		if c.Failure != nil {
			failures++
		}
	}
	assert.Equal(t, len(all.Suites[0].Cases), all.Tests)
	assert.Equal(t, failures, all.Failures)
	return m.String(), x.String(), all
}

// chaos is a disturbance with a phase after it.
func chaos() *report.Summary {
	return recorded(part{"baseline", "A", 140, 1, 0}, part{"chaos", "B", 90, 2, .02}, part{"after", "A", 90, 1, 0})
}

// inOrder checks that the parts stand in the text, one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		require.Truef(t, ok, "%q is missing or in the wrong place in:\n%s", part, text)
		rest = after
	}
}
