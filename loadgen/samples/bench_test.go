package samples

import (
	"io"
	"testing"
	"time"

	"github.com/gensim/load-generator/loadgen/internal/machine"
	"github.com/gensim/load-generator/loadgen/internal/sampling"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/samplefile"
)

// BenchmarkSamples is all CPU time (on Linux) of a request that is recorded, and taken to a file in the same goroutine.
func BenchmarkSamples(b *testing.B) {
	ops := []report.Op{{Method: "GET", Name: "/api/todos"}, {Method: "POST", Name: "/api/todos"}, {Method: "PUT", Name: "/api/todos/{id}"}, {Method: "DELETE", Name: "/api/todos/{id}"}}
	for _, x := range []struct {
		name, file string
		share      float64
	}{
		{"off", "", 1}, {"csv", "x.csv", 1}, {"jsonl", "x.jsonl", 1}, {"csv.gz", "x.csv.gz", 1}, {"jsonl.gz", "x.jsonl.gz", 1}, {"jsonl.zst", "x.jsonl.zst", 1}, {"jsonl.gz 1%", "x.jsonl.gz", 0.01},
	} {
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			phases := []report.PhaseInfo{{Name: "all"}}
			r := record.New(record.Config{Phases: phases, Shards: 1})
			var by *sampling.Sampler
			if x.share < 1 {
				by = sampling.New(7, x.share)
			}
			var tap *record.Tap
			var w *samplefile.Writer
			if x.file != "" {
				format, err := samplefile.FormatOf(x.file)
				if err != nil {
					b.Fatal(err)
				}
				tap = r.Tap(waiting)
				if w, err = samplefile.NewWriter(io.Discard, format, samplefile.Header{Run: "r", Phases: phases}); err != nil {
					b.Fatal(err)
				}
			}
			var batch []record.Sample
			i, began := 0, machine.CPUTime()
			for b.Loop() {
				at := time.Duration(i) * 97_003
				took := 5*time.Millisecond + time.Duration((uint32(i)*2654435761)>>8)*9/2
				r.Shard(0).Record(&record.Sample{Op: ops[uint32(i)*2654435761>>30], Intended: at, Woken: at + 50_011, Sent: at + 60_017, Done: at + took, Bytes: 300})
				if i++; tap != nil && i%512 == 0 {
					batch = tap.Next(batch[:0])
					if err := w.Write(keep(by, batch)); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(machine.CPUTime()-began)/float64(i), "cpu-ns/op")
			if w != nil {
				b.ReportMetric(float64(w.Bytes())/float64(i), "file-B/op")
			}
		})
	}
}
