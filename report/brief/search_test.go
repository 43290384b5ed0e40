package brief

import (
	"bytes"
	"encoding/xml"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// searched is a search for the load at which p95 < 250 ms stops holding, which is near a load; at 0 it never holds.
func searched(t *testing.T, ends float64, claims ...string) *account.Search {
	t.Helper()
	asked := capacity.Claim{Below: 250}
	s, err := asked.Ask(capacity.Search{From: 20, To: 1000, Time: 15 * time.Minute, Hold: 15 * time.Second})
	require.NoError(t, err)
	list, err := claim.ParseAll(claims...)
	require.NoError(t, err)
	a := account.New(s, asked)
	a.Name, a.Host, a.Program, a.Seed = "shop", "http://u:secret@shop", "shop v1", 7
	var holds []capacity.Hold
	for {
		step, ok := s.Next(holds)
		if !ok {
			break
		}
		began := time.Duration(len(holds)) * step.For
		h := capacity.Hold{Load: step.Load, End: began + step.For, Rate: step.Load, Busy: step.Load / 25, Value: 200, Flooded: step.Load > 1.3*ends}
		h.Seconds = []capacity.Second{{Count: 10 * step.Load, Sum: .5 * step.Load * math.Pow(step.Load/max(1, ends), 4)}}
		holds = append(holds, h)
		a.Add(began, h, &report.Summary{Seed: uint64(len(holds))})
	}
	a.Conclude(s.Estimate(holds), list)
	return a
}

func TestASearchAsText(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, WriteSearchText(&out, searched(t, 100, "capacity > 50/s", "capacity > 500/s")))
	text := out.String()
	assert.True(t, strings.HasPrefix(text, "Capacity: p95 < 250 ms holds up to "), text)
	inOrder(t, text, "95 % interval", "Claims", "broken: capacity > 500/s", "holds: capacity > 50/s", "Curve of p95 < 250 ms", "load", "holds", "kept", "flooded", "measured", "fitted", "20/s", "5 % at most", "Scalability law")
	for line := range strings.Lines(text) {
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
	}
	out.Reset()
	require.NoError(t, WriteSearchText(&out, searched(t, 0)))
	assert.True(t, strings.HasPrefix(out.String(), "No capacity: p95 < 250 ms does not hold at 20/s, the lowest load that was tried"), out.String())
}

func TestASearchAsMarkdown(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, WriteSearchMarkdown(&out, searched(t, 100, "capacity > 500/s")))
	inOrder(t, out.String(), "# shop", "**Capacity: p95 &lt; 250 ms holds up to", "## Claims", "❌ **broken**", "## Curve of", "| load | holds | kept | flooded | measured | mean | fitted |", "| 20/s | 1 | 1 | 0 | 200 ms |", "## Scalability law", "## Search", "from 20/s to 1,000/s; seed 7.")
	assert.NotContains(t, out.String(), "secret")
}

func TestASearchAsJUnit(t *testing.T) {
	for _, c := range []struct {
		ends            float64
		claims          []string
		failed, skipped int
	}{
		{100, nil, 0, 0},
		{100, []string{"capacity > 50/s", "capacity > 500/s"}, 1, 0},
		{0, nil, 1, 0},
		{0, []string{"capacity > 50/s"}, 1, 1},
	} {
		var out bytes.Buffer
		require.NoError(t, WriteSearchJUnit(&out, searched(t, c.ends, c.claims...)))
		var all suites
		require.NoError(t, xml.Unmarshal(out.Bytes(), &all))
		require.Len(t, all.Suites, 1)
		assert.Equal(t, len(c.claims)+1, all.Tests)
		assert.Equal(t, c.failed, all.Failures, out.String())
		assert.Equal(t, c.skipped, all.Suites[0].Skipped)
		last := all.Suites[0].Cases[len(c.claims)]
		assert.Equal(t, "capacity", last.Class)
		assert.Contains(t, last.Out, "20/s: kept in ")
		assert.NotContains(t, out.String(), "secret")
	}
}
