package record

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// drained are all samples of a Tap that gets no more.
func drained(tap *Tap) (all []Sample) {
	tap.Close()
	for n := -1; n < len(all); {
		n = len(all)
		all = tap.Next(all)
	}
	return all
}

// TestATapHasEverySample, in the order of each shard, also what a reset forgets.
func TestATapHasEverySample(t *testing.T) {
	r := New(Config{Phases: twoPhases, Shards: 2})
	tap := r.Tap(1 << 20)
	var want [2][]Sample
	shard := map[time.Duration]int{}
	for i := range 3000 {
		x := nth(i, benchOps(7))
		if i%9 == 0 {
			x.Err = "http 503"
		}
		r.Shard(i % 2).Record(&x)
		want[i%2], shard[x.Intended] = append(want[i%2], x), i%2
		switch i {
		case 700:
			r.Snapshot(time.Second)
		case 1500:
			r.Reset(x.Intended)
		}
	}
	r.Rest()
	got := drained(tap)
	require.Len(t, got, 3000)
	for i := range want {
		assert.Equal(t, want[i], slices.DeleteFunc(slices.Clone(got), func(x Sample) bool { return shard[x.Intended] != i }))
	}
	assert.Zero(t, tap.Lost())
	assert.Empty(t, tap.Next(nil))
}

// TestATapThatIsNotRead drops what is too much and counts it; the Recorder has it all.
func TestATapThatIsNotRead(t *testing.T) {
	r := New(Config{Shards: 1})
	tap := r.Tap(1024)
	for i := range 2000 {
		at(r, time.Duration(i)*time.Millisecond, time.Millisecond)
	}
	assert.Equal(t, int64(2000), r.Summary(Meta{End: 2 * time.Second}).Total.Requests)
	assert.Equal(t, int64(2000-1024), tap.Lost())
	got := drained(tap)
	require.Len(t, got, 1024)
	assert.Equal(t, 1023*time.Millisecond, got[1023].Intended)
	other := r.Tap(0)
	at(r, time.Second, time.Millisecond)
	r.Rest()
	assert.Len(t, drained(other), 1)
}

// TestATapIsReadDuringTheRun by a goroutine that waits for samples.
func TestATapIsReadDuringTheRun(t *testing.T) {
	r := New(Config{Shards: 2})
	tap := r.Tap(1 << 20)
	got := make(chan int)
	go func() {
		n := 0
		for batch := tap.Next(nil); len(batch) > 0; batch = tap.Next(batch[:0]) {
			n += len(batch)
		}
		got <- n
	}()
	var all sync.WaitGroup
	for shard := range 4 {
		all.Go(func() {
			for i := range 5000 {
				x := nth(i, benchOps(3))
				r.Shard(shard).Record(&x)
			}
		})
	}
	all.Wait()
	r.Rest()
	tap.Close()
	assert.Equal(t, 20_000, <-got)
}

// TestSamplesAndRestAreTheWhole: they make the same Summary in another Recorder, byte for byte, whatever the order of the samples.
func TestSamplesAndRestAreTheWhole(t *testing.T) {
	for name, reset := range map[string]time.Duration{"whole": 0, "zeroed": 12 * time.Second} {
		t.Run(name, func(t *testing.T) {
			config := Config{Phases: twoPhases, Shards: 2, MaxOps: 3, MaxReasons: 1, Declared: []report.Declared{{Sort: report.SortTransaction, Name: "never"}}}
			r := New(config)
			tap := r.Tap(1 << 20)
			ops, ended, rng := benchOps(6), false, rand.New(rand.NewPCG(1, 2))
			for i := 0; i < 20_000; i += int(fewer(1, 3)) {
				x := nth(i, ops)
				x.Intended, x.Woken, x.Sent, x.Done = 7*x.Intended, 7*x.Woken, 7*x.Sent, 7*x.Done
				x.Err = []string{"", "", "", "", "http 503", "timeout", report.CutOff}[i%7]
				x.Later = i%5 == 0
				x.Timings = timings(rng, x.Done-x.Intended)
				if !ended && x.Done > 28*time.Second {
					ended = true
					r.End(28 * time.Second)
				}
				r.Shard(i).Record(&x)
				r.Shard(i).Of(report.SortTransaction).Record(&Sample{Op: report.Op{Name: "buy"}, Intended: x.Intended, Sent: x.Sent, Done: x.Done})
				r.Shard(i).Value(report.Op{Name: "basket"}, x.Intended, float64(i))
				r.Shard(i).Count(Planned, x.Intended, 2)
				r.Shard(i).Count(Started, x.Intended, 1)
				r.Shard(i).Count(Missed, x.Intended, 1)
				r.Level(int(x.Intended/time.Second), i, i/2, i/3)
				if reset > 0 && x.Intended >= reset {
					r.Reset(x.Intended)
					reset = 0
				}
			}
			r.Exception("panic", "out of range", "stack", 20*time.Second)
			r.Note("cookies not kept")
			require.True(t, ended)
			meta := Meta{Name: "run", Seed: 7, End: 28 * time.Second}
			want := asJSON(t, r.Summary(meta))
			rest, err := ParseDelta(r.Rest().Bytes())
			require.NoError(t, err)
			assert.True(t, bytes.Equal(want, asJSON(t, r.Summary(meta))), "Rest takes nothing away")
			samples := drained(tap)
			slices.Reverse(samples)
			config.Shards = 1
			again := New(config)
			require.NoError(t, again.Merge(0, rest))
			for i := range samples {
				again.Shard(0).Replay(&samples[i])
			}
			assert.True(t, bytes.Equal(want, asJSON(t, again.Summary(meta))))
		})
	}
}
