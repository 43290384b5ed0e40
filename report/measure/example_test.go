package measure_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
)

func ExampleDo() {
	r := record.New(record.Config{})
	ctx, scope := measure.WithScope(context.Background(), measure.Task{Shard: r.Shard(0), Epoch: time.Now()})
	_ = measure.Do(ctx, report.Op{Name: "enqueue"}, func(context.Context) error { return fmt.Errorf("queue full") })
	fmt.Println(scope.Failed(), r.Snapshot(time.Second).Failures[0].Reason)
	// Output: true queue full
}
