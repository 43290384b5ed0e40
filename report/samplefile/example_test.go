package samplefile_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/samplefile"
)

// The slowest request of a file, which Open reads in the same way.
func ExampleReader_All() {
	var file bytes.Buffer
	w, _ := samplefile.NewWriter(&file, samplefile.Format{Compression: ".gz"}, samplefile.Header{Run: "r", Phases: []report.PhaseInfo{{Name: "all"}}})
	_ = w.Write([]record.Sample{
		{Op: report.Op{Method: "GET", Name: "/things"}, Done: 20 * time.Millisecond},
		{Op: report.Op{Method: "POST", Name: "/things"}, Intended: time.Second, Sent: time.Second, Done: 1100 * time.Millisecond, Err: "http 503"},
	})
	_ = w.End(samplefile.End{End: 2 * time.Second, Written: 2})

	r, err := samplefile.NewReader(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	var slowest record.Sample
	for x, err := range r.All() {
		if err != nil { // samplefile.ErrNoEnd: the run was killed, and this is what there is
			fmt.Println(err)
			break
		}
		if x.Done-x.Intended > slowest.Done-slowest.Intended {
			slowest = x
		}
	}
	fmt.Println(slowest.Op.Method, slowest.Op.Name, slowest.Done-slowest.Intended, slowest.Err, r.End().Written)
	// Output: POST /things 100ms http 503 2
}
