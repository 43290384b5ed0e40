package samples

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/samplefile"
	"github.com/gensim/load-generator/scenario"
)

// TestTheSummaryOfAFileIsTheRunsOwn, byte for byte, in all formats: with failures, requests cut off, exceptions, levels,
// transactions, figures, set-up and tear-down.
func TestTheSummaryOfAFileIsTheRunsOwn(t *testing.T) {
	for _, name := range []string{"run.jsonl", "run.csv", "run.jsonl.gz", "run.csv.zst"} {
		t.Run(name, func(t *testing.T) {
			e, path, log := made(t, name, Config{})
			want := ran(t, shop(e))
			require.Positive(t, want.Total.Failures)
			require.Positive(t, want.Total.Counters.CutOff)
			require.NotEmpty(t, want.Exceptions)
			require.NotEmpty(t, want.TransactionIntervals)
			require.NotEmpty(t, want.FigureIntervals)
			require.NotNil(t, want.SetUp)
			require.NotNil(t, want.TearDown)
			got, err := samplefile.Summary(path)
			require.NoError(t, err)
			assert.Equal(t, asJSON(t, want), asJSON(t, got))
			assert.Empty(t, log.warnings())
			assert.Empty(t, e.Losses())
		})
	}
}

// TestEachRunHasAFile: the second does not replace the first.
func TestEachRunHasAFile(t *testing.T) {
	e, path, _ := made(t, "run.v1.jsonl.gz", Config{})
	for i, file := range []string{path, strings.Replace(path, "run.v1", "run-2.v1", 1)} {
		run, r := begin(e)
		recorded(r, 10*(i+1))
		sum := r.Summary(record.Meta{End: time.Second})
		run.EndRun(sum)
		assert.Empty(t, sum.Notes)
		got, err := samplefile.Summary(file)
		require.NoError(t, err)
		assert.EqualValues(t, 10*(i+1), got.Total.Requests)
	}
}

// TestAShareOfTheRequests is chosen by the seed, and does not make a summary.
func TestAShareOfTheRequests(t *testing.T) {
	var kept []string
	for range 2 {
		e, path, _ := made(t, "run.csv", Config{Share: 0.1})
		run, r := begin(e)
		recorded(r, 20_000)
		sum := r.Summary(record.Meta{End: time.Minute})
		run.EndRun(sum)
		assert.Empty(t, sum.Notes, "nothing is missing")
		_, err := samplefile.Summary(path)
		require.ErrorContains(t, err, "it has 10 % of the requests, and a summary needs all of them")
		in, err := samplefile.Open(path)
		require.NoError(t, err)
		defer in.Close()
		assert.InDelta(t, 0.1, in.Header().Share, 0)
		var rows []string
		for x, err := range in.All() {
			require.NoError(t, err)
			rows = append(rows, x.Intended.String())
		}
		assert.EqualValues(t, 20_000, in.End().LeftOut+in.End().Written)
		assert.InDelta(t, 2000, in.End().Written, 200)
		kept = append(kept, strings.Join(rows, " "))
	}
	assert.Equal(t, kept[0], kept[1])
}

// TestALimit: what is beyond is counted, in the file, in the summary and in the log.
func TestALimit(t *testing.T) {
	e, path, log := made(t, "run.jsonl", Config{Limit: leastLimit})
	run, r := begin(e)
	recorded(r, 60_000)
	sum := r.Summary(record.Meta{End: time.Minute})
	run.EndRun(sum)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(leastLimit))
	require.Len(t, sum.Notes, 1)
	assert.Regexp(t, `lacks \d\d,\d{3} requests: it has reached its limit of 2`, sum.Notes[0])
	assert.Len(t, log.warnings(), 1)
	got, err := samplefile.Summary(path)
	require.NoError(t, err)
	assert.Less(t, got.Total.Requests, int64(60_000))
	assert.EqualValues(t, 60_000, got.Total.Counters.Sent, "the counts are whole")
	require.Len(t, got.Notes, 2)
	assert.Contains(t, got.Notes[0], "Made of a file of samples that lacks ")
	assert.Equal(t, sum.Notes[0], got.Notes[1])
	assert.Equal(t, say.Plural(60_000-got.Total.Requests, "request"), e.Losses())
}

// TestWhatIsNotObserved: a worker's share has no file.
func TestWhatIsNotObserved(t *testing.T) {
	e, path, log := made(t, "run.csv", Config{})
	assert.Nil(t, e.BeginRun(measure.Run{Worker: "w1"}))
	assert.Len(t, log.warnings(), 1)
	assert.NoFileExists(t, path)
	none, err := New(Config{})
	require.NoError(t, err)
	assert.Nil(t, none.BeginRun(measure.Run{}))
}

func TestConfigThatIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "x.csv"), 0o700))
	for says, c := range map[string]Config{
		"Share is 2; give one above 0":         {Share: 2},
		"Limit is -1; give 2000000 bytes or ":  {Limit: -1},
		"Limit is 1000; give 2000000 bytes":    {Limit: 1000},
		"accepted: a name that ends in .jsonl": {File: filepath.Join(dir, "x.json")},
		"is a folder":                          {File: filepath.Join(dir, "x.csv")},
	} {
		_, err := New(c)
		require.ErrorContains(t, err, says)
	}
}

// shop is a run of two phases.
func shop(o measure.Observer) loadgen.Runner {
	chore := func(ctx context.Context) error {
		return measure.Do(ctx, report.Op{Name: "chore"}, func(context.Context) error { time.Sleep(time.Second); return nil })
	}
	return loadgen.Runner{
		Name: "shop", Seed: 7, Observer: o, StopTimeout: time.Second,
		NewUser: func(e scenario.Env) (scenario.User, error) { return shopper{e.Rand}, nil },
		Figures: []measure.Figure{checkout, basket, measure.Transaction("never")},
		Pace:    scenario.Think{Time: dist.Constant{Value: time.Second}},
		Schedule: phase.Schedule{
			{Name: "baseline", For: 30 * time.Second, Users: 10, SpawnRate: 2, Arm: "A"},
			{Name: "intervention", For: 30 * time.Second, Users: 20, SpawnRate: 5, Arm: "B"},
		},
		SetUp:    func(ctx context.Context) (any, error) { return nil, chore(ctx) },
		TearDown: func(ctx context.Context, _ scenario.Data) error { return chore(ctx) },
	}
}

// ran makes a run in virtual time.
func ran(t *testing.T, r loadgen.Runner) (sum *report.Summary) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the race detector crashes where two timers of a bubble run at once
	synctest.Test(t, func(t *testing.T) {
		var err error
		sum, err = r.Run(t.Context())
		require.NoError(t, err)
	})
	return sum
}

// asJSON returns the JSON form of a summary.
func asJSON(t *testing.T, s *report.Summary) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, s.WriteJSON(&b))
	return b.String()
}

// shopper looks, and buys in a transaction that now and then fails, panics or hangs until the run ends.
type shopper struct{ rng interface{ IntN(int) int } }

func (s shopper) Tasks() []scenario.Task {
	do := func(ctx context.Context, op report.Op, took time.Duration, err error) error {
		return measure.Do(ctx, op, func(ctx context.Context) error {
			select {
			case <-time.After(took):
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}
	return []scenario.Task{
		{Name: "look", Weight: 5, Do: func(ctx context.Context) error {
			return do(ctx, report.Op{Method: "GET", Name: "/things, \"all\""}, time.Duration(s.rng.IntN(2e8)), nil)
		}},
		{Name: "buy", Weight: 3, Do: func(ctx context.Context) error {
			return checkout.Do(ctx, func(ctx context.Context) error {
				basket.Add(ctx, float64(s.rng.IntN(100)))
				_ = do(ctx, report.Op{Method: "POST", Name: "/basket"}, time.Duration(s.rng.IntN(3e8)), nil)
				var err error
				if s.rng.IntN(5) == 0 {
					err = errors.New("sold out")
				}
				return do(ctx, report.Op{Method: "POST", Name: "/order"}, time.Duration(s.rng.IntN(1e9)), err)
			})
		}},
		{Name: "break", Weight: 1, Do: func(ctx context.Context) error {
			if s.rng.IntN(3) == 0 {
				panic("out of range")
			}
			return do(ctx, report.Op{Name: "hang"}, time.Hour, nil)
		}},
	}
}

const (
	checkout = measure.Transaction("checkout")
	basket   = measure.Value("basket [EUR]")
)
