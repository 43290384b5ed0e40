package cli

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// flaky fails 7 of 10 of its requests at once; the others take 100 ms.
type flaky struct {
	n      int
	failed int // of 10
}

func (f *flaky) Tasks() []scenario.Task {
	op := report.Op{Method: "GET", Name: "/api/todos"}
	return []scenario.Task{{Name: "list", Weight: 1, Do: func(ctx context.Context) error {
		f.n++
		return measure.Do(ctx, op, func(context.Context) error {
			if f.n%10 < f.failed {
				return errors.New("http 503")
			}
			time.Sleep(100 * time.Millisecond)
			return nil
		})
	}}}
}

func flakyShop(failed int) App {
	app := market(nil)
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return &flaky{failed: failed}, nil }}, nil
	}
	return app
}

// reports are all forms of a run, by name.
func reports(t *testing.T, app App, args ...string) (outcome, map[string]string) {
	t.Helper()
	dir, files := t.TempDir(), map[string]string{}
	for _, form := range []string{"markdown", "junit", "html", "summary-file"} {
		files[form] = filepath.Join(dir, form)
		args = append(args, "--"+form, files[form])
	}
	got, _ := virtual(t, app, nil, args...)
	out := map[string]string{"terminal": got.stderr}
	for form, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		out[form] = string(text)
	}
	return got, out
}

// Requests that fail at once make no figure better, and there is one mean in all
// reports of a run.
func TestFailuresImproveNoFigure(t *testing.T) {
	long(t)
	claims := []string{
		"baseline mean < 80ms", "mean < 80ms", "GET /api/todos mean < 80ms", "baseline GET /api/todos max < 99ms",
		"throughput > 12/s", "abort unless mean < 80ms", "intervention throughput > 12/s",
	}
	args := []string{"-u", "5", "-r", "5", "-t", "5m", "--warmup-duration", "150", "--always-on", "--think", "300ms"}
	for _, c := range claims {
		got, text := reports(t, flakyShop(7), append(args, "--assert", c)...)
		assert.Equal(t, 3, got.code, "%s\n%s", c, got.stderr)
		assert.Contains(t, text["junit"], `type="broken"`, c)
		assert.Contains(t, text["terminal"], "broken: "+c)
		assert.NotRegexp(t, `(?i)mean[^.\n]{0,40}\b30 ms`, text["terminal"], c) // alone, it may be what a busy machine took
	}
	_, text := reports(t, flakyShop(7), append(args, "--assert", "baseline mean < 80ms")...)
	sum := new(report.Summary)
	require.NoError(t, json.Unmarshal([]byte(text["summary-file"]), sum))
	for _, p := range append(sum.Phases, sum.Total) {
		for _, o := range p.Operations {
			assert.Equal(t, [3]report.Millis{100, 100, 100}, [3]report.Millis{o.ResponseMS.Min, o.ResponseMS.Mean, o.ResponseMS.Max}, p.Name)
			assert.Equal(t, o.ResponseMS.Mean, o.SuccessMS.Mean, p.Name)
			assert.Equal(t, report.Millis(100), o.ServiceMS.Mean)
			assert.InDelta(t, o.RPS*float64(o.Successes())/float64(o.Requests), o.Throughput, 1e-9)
			assert.InDelta(t, .7, o.FailureShare(), .01)
		}
	}
	assert.Regexp(t, `Mean in baseline was 100 ms \(settled (99.9|100) ms, 95 % interval .* to 100 ms\) over [\d,]+ successes; [\d,]+ of [\d,]+ requests failed\.`, strings.Join(strings.Fields(text["terminal"]), " "))
	assert.Regexp(t, `\| GET /api/todos \| [\d,]+ \| [\d.]+ \| [67]\d(\.\d)? % \| [\d.]+ \| 100 \| failed \| failed \|`, text["markdown"])
	assert.Regexp(t, `Average of successes</th><td>100</td><td>100</td>`, text["html"])
}

// A target that never answers well meets no claim about a time or a rate.
func TestNoSuccessMeetsNoClaim(t *testing.T) {
	long(t)
	claims := []string{
		"mean < 1s", "mean > 0ms", "max < 1s", "max >= 0ms", "throughput > 1/s", "throughput < 1000/s", "p50 < 1s", "p50 > 1ms", "requests > 10",
		"baseline mean < 1s", "baseline GET /api/todos max < 1s", "run /api/todos mean < 1s", "intervention GET /api/todos throughput >= 0/s",
		"abort unless mean < 1s", "abort unless max > 0ms", "abort unless baseline throughput > 1/s", "abort unless p50 > 1ms",
		"intervention vs baseline p95 < +10%", "intervention vs baseline p95 > -10%", "intervention vs baseline mean < +10%",
		"intervention vs baseline throughput > -5%", "intervention vs baseline failures < +1pp", "intervention vs baseline exceedance < +1pp",
		"intervention vs baseline p95 recovery < 60s", "intervention vs baseline failures recovery < 60s", "intervention vs baseline throughput recovery < 60s",
	}
	for i, c := range claims {
		claims[i] = strings.Replace(c, "run /api/todos", "GET /api/todos", 1)
	}
	args := []string{"-u", "5", "-r", "5", "-t", "5m", "--warmup-duration", "150", "--always-on", "--think", "300ms"}
	for _, c := range claims {
		got, _ := virtual(t, flakyShop(10), nil, append(args, "--assert", c)...)
		assert.Equal(t, 3, got.code, c)
		assert.Contains(t, got.stderr, "broken: "+c)
		assert.Contains(t, got.stderr, "No success", c)
	}
	got, _ := virtual(t, flakyShop(10), nil, append(args, "--assert", "failures >= 99%", "--exit-code-on-error=0")...)
	assert.Zero(t, got.code, "a share of failures needs no success")

	_, text := reports(t, flakyShop(10), append(args, "--assert", "mean < 1s")...)
	assert.Contains(t, text["terminal"], "- no success: minimum, maximum and mean are those of successes")
	assert.Regexp(t, `\| GET /api/todos \| [\d,]+ \| [\d.]+ \| 100 % \| 0 \| no success \| failed \|`, text["markdown"])
	assert.Regexp(t, `Longest success</th><td class="bad">no success</td>`, text["html"])
	assert.Regexp(t, `"response_ms":\s*\{\s*"min":\s*null,\s*"mean":\s*null,`, text["summary-file"])
	sum := new(report.Summary)
	require.NoError(t, json.Unmarshal([]byte(text["summary-file"]), sum))
	assert.True(t, math.IsInf(float64(sum.Total.Aggregated().ResponseMS.Mean), 1))
	assert.Zero(t, sum.Total.Throughput)
}
