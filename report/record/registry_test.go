package record

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
)

// heap is the memory in use after a collection, in MB.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// A million names of operations (fewer under the race detector), long reasons that are all different and panics
// that are all different take the memory of the first ones; nothing is lost.
func TestFloodOfNames(t *testing.T) {
	names, texts := fewer(unlessRaced(1_000_000, 50_000), 50_000), int64(300)
	before := heap()
	rec := New(Config{})
	s := rec.Shard(0)
	for i := range names {
		s.Record(&Sample{Op: report.Op{Name: fmt.Sprint("/item/", i)}, Done: time.Millisecond})
	}
	long := strings.Repeat("x", int(fewer(1<<20, 1<<15)))
	for i := range texts {
		text := fmt.Sprint(i) + long
		s.Record(&Sample{Op: report.Op{Name: text}, Done: time.Millisecond, Err: text})
		rec.Exception("panic", text, text, time.Second)
	}
	sum := rec.Summary(Meta{End: time.Second})
	assert.Less(t, heap()-before, 40.0, "MB")
	assert.EqualValues(t, names+texts, sum.Total.Requests)
	assert.EqualValues(t, texts, sum.Total.Failures)
	assert.Len(t, sum.Total.Operations, 1002, "a thousand, all others, and their sum")
	assert.EqualValues(t, names+texts-1000, sum.Total.Counters.OtherOperations)
	var failures, exceptions int64
	for _, f := range sum.Failures {
		failures += f.Occurrences
		assert.LessOrEqual(t, len(f.Reason), 256)
	}
	for _, e := range sum.Exceptions {
		exceptions += e.Occurrences
		assert.LessOrEqual(t, len(e.Message)+len(e.Stack), 10<<10)
	}
	assert.EqualValues(t, texts, failures)
	assert.EqualValues(t, texts, exceptions)
	assert.Len(t, sum.Exceptions, 101)
	runtime.KeepAlive(rec)
}
