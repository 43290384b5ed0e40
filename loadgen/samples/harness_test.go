package samples

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// journal is a log that tests can read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func (j *journal) warnings() (list []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, "level=WARN") {
			list = append(list, line)
		}
	}
	return list
}

const (
	checkout = measure.Transaction("checkout")
	basket   = measure.Value("basket [EUR]")
)

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

// begin begins a run whose requests the test records.
func begin(e *Exporter) (*run, *record.Recorder) {
	r := record.New(record.Config{Shards: 1, Phases: []report.PhaseInfo{{Name: "all", End: time.Hour}}})
	return e.BeginRun(measure.Run{Name: "r", Seed: 7, Phases: []report.PhaseInfo{{Name: "all", End: time.Hour}}, Recorder: r, Start: time.Unix(1e9, 0)}).(*run), r
}

// recorded records n requests, one a millisecond.
func recorded(r *record.Recorder, n int) {
	for i := range n {
		at := time.Duration(i) * time.Millisecond
		r.Shard(0).Record(&record.Sample{Op: report.Op{Method: "GET", Name: "/things"}, Intended: at, Woken: at, Sent: at, Done: at + time.Duration(i)*37%1e6})
	}
}
