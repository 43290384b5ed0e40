package leftover_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gensim/load-generator/loadgen/cluster/leftover"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func Example() {
	dir, _ := os.MkdirTemp("", "leftover")
	defer os.RemoveAll(dir)
	phases := []report.PhaseInfo{{Name: "all"}}
	var files []string
	for i := range 2 {
		r := record.New(record.Config{Phases: phases})
		r.Shard(0).Record(&record.Sample{Op: report.Op{Name: "look"}, Done: time.Millisecond})
		files = append(files, filepath.Join(dir, fmt.Sprint(i)))
		s := leftover.Share{Run: "r", Of: 3, Worker: report.Worker{ID: fmt.Sprint("w", i), Index: i, LagMS: report.LagOf(nil)}, End: time.Second, Phases: phases}
		if err := leftover.Write(context.Background(), files[i], s, r.All()); err != nil {
			panic(err)
		}
	}
	sum, err := leftover.Merge(files...)
	if err != nil {
		panic(err)
	}
	fmt.Println(sum.Total.Requests, "requests.", sum.Notes[0])
	// Output: 2 requests. Merged afterwards from what workers left: 2 of 3 shares of the run.
}
