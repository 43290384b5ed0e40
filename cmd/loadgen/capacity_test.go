package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// searched writes a made-up search for the load at which a p95 stops being under a limit.
func searched(t *testing.T, seed uint64, ends, limit float64) string {
	t.Helper()
	asked := capacity.Claim{Below: limit}
	s, err := asked.Ask(capacity.Search{From: 20, To: 1000, Time: 15 * time.Minute, Hold: 15 * time.Second})
	require.NoError(t, err)
	a, random := account.New(s, asked), rand.New(rand.NewPCG(seed, 1))
	a.Seed = seed
	var holds []capacity.Hold
	for {
		step, ok := s.Next(holds)
		if !ok {
			break
		}
		began := time.Duration(len(holds)) * step.For
		share := .05 * math.Pow(step.Load/ends, 4) * math.Exp(.2*random.NormFloat64())
		h := capacity.Hold{Load: step.Load, End: began + step.For, Seconds: []capacity.Second{{Count: 10 * step.Load, Sum: 10 * step.Load * share}}}
		holds = append(holds, h)
		a.Add(began, h, new(report.Summary))
	}
	a.Conclude(s.Estimate(holds), nil)
	path := filepath.Join(t.TempDir(), fmt.Sprintf("search%d.json", seed))
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, a.WriteJSON(file))
	require.NoError(t, file.Close())
	return path
}

func TestSearchesAreCompared(t *testing.T) {
	slow, fast, same := searched(t, 1, 100, 250), searched(t, 2, 140, 250), searched(t, 3, 100, 250)
	asJSON := filepath.Join(t.TempDir(), "c.json")
	var out, log strings.Builder
	require.Zero(t, run([]string{"compare", slow, fast, "--json", asJSON}, &out, &log), log.String())
	assert.Regexp(t, `^Better: the capacity for p95 < 250 ms changed by \+\d+`, out.String())
	assert.Contains(t, strings.ReplaceAll(out.String(), "\n  ", " "), "search1.json (seed 1): Capacity: p95 < 250 ms")
	for line := range strings.Lines(out.String()) {
		assert.LessOrEqual(t, len(line), 81)
	}
	content, err := os.ReadFile(asJSON)
	require.NoError(t, err)
	var doc struct {
		Kind   string
		Change struct {
			Ratio struct{ Estimate, Low, High float64 }
		}
	}
	require.NoError(t, json.Unmarshal(content, &doc))
	assert.Equal(t, "capacity comparison", doc.Kind)
	r := doc.Change.Ratio
	assert.True(t, r.Low < 1.4 && 1.4 < r.High && r.Low > 1, r)

	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{fast, slow}, exitBroken, "loadgen compare: the capacity is worse (--fail-on worse)\n"},
		{[]string{slow, "--against", fast}, exitBroken, "the capacity is worse"},
		{[]string{fast, slow, "--fail-on", "never"}, exitOK, ""},
		{[]string{slow, same}, exitOK, ""},
		{[]string{slow, same, "--fail-on", "unproven"}, exitBroken, "no change of the capacity is seen (--fail-on unproven)"},
		{[]string{slow}, exitUsage, "1 file of a search for a capacity; want two, the one before and the one after"},
		{[]string{slow, fast, same}, exitUsage, "3 files of a search"},
		{[]string{slow, fast, "--metric", "p99"}, exitUsage, "--metric is about runs, and these are searches for a capacity"},
		{[]string{slow, fast, "--assert", "p95 < 1s"}, exitUsage, "--assert is about runs"},
		{[]string{slow, file(t, 1, .1, "baseline", "intervention")}, exitUsage, `not a search for a capacity that this version can read: its kind is ""`},
		{[]string{slow, searched(t, 4, 100, 300)}, exitFailed, "the claims differ: p95 < 250 ms, and p95 < 300 ms"},
		{[]string{slow, searched(t, 5, 1, 250)}, exitFailed, "the second search has no capacity: No capacity: p95 < 250 ms does not hold at 20/s"},
		{[]string{slow, fast, "--json", slow}, exitUsage, "would replace the run"},
	} {
		var out, log strings.Builder
		assert.Equal(t, c.code, run(append([]string{"compare"}, c.args...), &out, &log), log.String())
		assert.Contains(t, log.String(), c.says)
	}
	out.Reset()
	require.Zero(t, run([]string{"compare", slow, fast, "--markdown", "-"}, &out, &log))
	assert.True(t, strings.HasPrefix(out.String(), "# Capacities compared\n\n**Better: "), out.String())
}
