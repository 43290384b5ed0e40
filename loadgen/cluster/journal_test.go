package cluster

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/leftover"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
)

// TestWhatIsLeft: where the coordinator is gone for good the workers end by themselves, and their files
// together have all that their users did.
func TestWhatIsLeft(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet")
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.Orphan = 20 * time.Second })
		f.script = long
		for i, id := range []string{"w0", "w1", "w2"} {
			f.hire(id, func(c *WorkerConfig) {
				if c.Index, c.Journal = i+1, dir; i == 0 {
					wrap := c.wrap
					c.wrap = func(conn net.Conn) net.Conn { return otherDate{wrap(conn)} }
				}
			})
		}
		require.NoError(t, f.c.Await(t.Context(), 3, time.Minute))
		time.AfterFunc(22*time.Second+300*time.Millisecond, func() {
			for _, h := range f.workers {
				h.wire.Cut()
			}
		})
		sum, err := f.run()
		require.ErrorIs(t, err, loadgen.ErrAborted)
		did := len(f.did())
		assert.Less(t, sum.Total.Requests, int64(did))
		for _, h := range f.workers {
			assert.ErrorIs(t, <-h.ended, ErrOrphaned)
			h.leave()
		}
		f.workers, f.closed = nil, f.workers
		files, err := filepath.Glob(filepath.Join(dir, "*.shard-?.lgd"))
		require.NoError(t, err)
		require.Len(t, files, 3)
		all, err := leftover.Merge(files...)
		require.NoError(t, err)
		assert.EqualValues(t, did, all.Total.Requests)
		assert.Equal(t, sum.PlanDigest, all.PlanDigest)
		assert.Equal(t, sum.Start.Add(time.Hour), all.Start, "by the coordinator's date, as that worker sees it")
		assert.InDelta(t, -time.Hour.Milliseconds(), all.Workers[0].ClockMS, 1)
		assert.InDelta(t, 0, all.Workers[1].ClockMS, 1)
		assert.Equal(t, "Merged afterwards from what workers left: 3 of 3 shares of the run. They stopped 0:40 after its start, before its end at 3:20.", all.Notes[0])
		require.Len(t, all.Workers, 3)
		assert.InDelta(t, 1, all.Workers[0].Share+all.Workers[1].Share+all.Workers[2].Share, 1e-9)
		assert.Equal(t, 12, usersAt(all, 15))
		k := all.Total.Counters
		assert.Equal(t, k.Planned, k.Started+k.Missed, "what is due between the end of the lease and the look at it is missed")
		some, err := leftover.Merge(files[0], files[2])
		require.NoError(t, err)
		assert.Contains(t, some.Notes[0], "2 of 3 shares")
		_, err = leftover.Merge(files[0], files[0])
		assert.ErrorContains(t, err, "share 0, which a file before it has")
	})
}

// otherDate lets a worker see the coordinator's wall clock an hour ahead.
type otherDate struct{ net.Conn }

func (o otherDate) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	copy(b, wallClock.ReplaceAllFunc(b[:n], func(digits []byte) []byte {
		wall, _ := strconv.ParseInt(string(bytes.TrimPrefix(digits, wallKey)), 10, 64)
		return strconv.AppendInt(slices.Clone(wallKey), wall+int64(time.Hour), 10)
	}))
	return n, err
}

var (
	wallKey   = []byte(`"wall":`)
	wallClock = regexp.MustCompile(`"wall":\d{18}`)
)

// TestRunThatDoesNotBegin: a run that is called off shortly before its start leaves no files.
func TestRunThatDoesNotBegin(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		f := newFleet(t, nil)
		for _, id := range []string{"w0", "w1"} {
			f.hire(id, func(c *WorkerConfig) { c.Journal = dir })
		}
		require.NoError(t, f.c.Await(t.Context(), 2, time.Minute))
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(armTime+goTime+cancelTime+commit/2, func() { cancel(loadgen.ErrAborted) })
		_, err := f.runner().Run(ctx)
		require.ErrorIs(t, err, loadgen.ErrAborted)
		f.close()
		assert.Empty(t, f.did())
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		assert.Empty(t, files)
	})
}

// TestNoPlaceForWhatIsLeft: a worker says before the run that its folder takes nothing, and at the end that its figures are
// lost, as an error, even where it was told to end.
func TestNoPlaceForWhatIsLeft(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	bubble(t, func(t *testing.T) {
		f := newFleet(t, func(c *Config) { c.Orphan = 20 * time.Second })
		f.script = long
		var log strings.Builder // of the worker alone
		w := f.hire("w0", func(c *WorkerConfig) { c.Journal, c.Log = file, slog.New(slog.NewTextHandler(&log, nil)) })
		require.NoError(t, f.c.Await(t.Context(), 1, time.Minute))
		assert.Contains(t, log.String(), "figures would be lost with the master: "+file+" takes no file")
		time.AfterFunc(22*time.Second, w.wire.Cut)
		time.AfterFunc(30*time.Second, w.leave)
		_, err := f.run()
		require.Error(t, err)
		err = <-w.ended
		f.workers = nil
		assert.ErrorIs(t, err, ErrNotLeft)
		assert.ErrorContains(t, err, "not a directory")
		assert.Equal(t, 1, strings.Count(log.String(), ErrNotLeft.Error()), "%s", log.String())
	})
}

// TestACoordinatorIsKilledAtAnySecond: once they are let go the workers make the run to its end, and what they leave is
// together the Summary of a single process.
func TestACoordinatorIsKilledAtAnySecond(t *testing.T) {
	lengthy(t)
	short := func(to *actions) loadgen.Runner {
		r := script(to)
		r.Schedule = phase.Schedule{
			{Name: "closed", For: 4 * time.Second, Users: 23, SpawnRate: 20},
			{Name: "open", For: 4 * time.Second, Arrivals: &phase.Arrivals{Rate: 17}},
		}
		return r
	}
	var alone actions
	var want *report.Summary
	bubble(t, func(t *testing.T) {
		var err error
		want, err = short(&alone).Run(t.Context())
		require.NoError(t, err)
	})
	require.Positive(t, want.Total.Requests)
	for second := -2; second <= 8; second++ {
		at := time.Duration(second)*time.Second + 500*time.Millisecond
		dir := t.TempDir()
		bubble(t, func(t *testing.T) {
			f := newFleet(t, func(c *Config) { c.Orphan = 20 * time.Second })
			f.script = short
			for i := range 3 {
				f.hire(fmt.Sprint("w", i), func(c *WorkerConfig) { c.Index, c.Journal = i+1, dir })
			}
			require.NoError(t, f.c.Await(t.Context(), 3, time.Minute))
			time.AfterFunc(2*time.Second+at, func() { // the run begins at 2 s
				for _, h := range f.workers {
					h.wire.Cut()
				}
			})
			sum, err := f.run()
			for _, h := range f.workers {
				assert.ErrorIs(t, <-h.ended, ErrOrphaned)
				h.leave()
			}
			f.workers, f.closed = nil, f.workers
			files, globErr := filepath.Glob(filepath.Join(dir, "*.lgd"))
			require.NoError(t, globErr)
			if at > 8*time.Second {
				assert.Empty(t, files, "the master had all figures")
			} else {
				require.Len(t, files, 3, at)
				sum, err = leftover.Merge(files...)
			}
			require.NoError(t, err)
			assert.Equal(t, alone.sorted(), f.did(), at)
			sum.Start, sum.Notes, sum.Health, sum.Workers = want.Start, want.Notes, want.Health, nil
			assert.JSONEq(t, written(t, want), written(t, sum), at)
		})
	}
}

// written is a Summary as a file has it.
func written(t *testing.T, sum *report.Summary) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, sum.WriteJSON(&b))
	return b.String()
}
