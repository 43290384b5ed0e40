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

func ExampleTransaction() {
	const (
		checkout = measure.Transaction("checkout")
		basket   = measure.Value("basket [EUR]")
	)
	r := record.New(record.Config{})
	ctx, scope := measure.WithScope(context.Background(), measure.Task{Shard: r.Shard(0), Epoch: time.Now()})
	_ = checkout.Do(ctx, func(ctx context.Context) error {
		basket.Add(ctx, 42.5)
		_ = measure.Do(ctx, report.Op{Name: "cart"}, func(context.Context) error { return nil })
		return measure.Do(ctx, report.Op{Name: "order"}, func(context.Context) error { return fmt.Errorf("sold out") })
	})
	scope.End(nil, false)
	sum := r.Summary(record.Meta{End: time.Second})
	fmt.Println(sum.Total.Requests, "requests,", sum.Total.Transactions[0].Requests, "transaction:", sum.TransactionFailures[0].Reason)
	fmt.Println(sum.Total.Figures[0].Name, sum.Total.Figures[0].Values.Max, sum.Total.Figures[0].Unit)
	// Output:
	// 2 requests, 1 transaction: order: sold out
	// basket 42.5 EUR
}

func ExampleCounter() {
	const wins = measure.Counter("wins")
	r := record.New(record.Config{Declared: []report.Declared{wins.Declare()}})
	ctx, _ := measure.WithScope(context.Background(), measure.Task{Shard: r.Shard(0), Epoch: time.Now()})
	wins.Add(ctx, 1)
	wins.Add(ctx, 2)
	fmt.Println(r.Summary(record.Meta{End: time.Second}).Total.Figures[0].N)
	// Output: 3
}
