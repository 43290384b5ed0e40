// Shop is a load of browsers and buyers: go run ./examples/todo backend --port 8081 & go run ./examples/shop http://localhost:8081
package main

import (
	"context"
	_ "embed"
	"log"
	"os"
	"strings"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/scenario/feed"
)

//go:embed customers.csv
var customers string

var claims = []string{"buyer GET /api/todos p95 < 1s", "browser failures < 1%", "shopping failures < 1%", "sale checkout p95 < 1s"}

const checkout = measure.Transaction("checkout") // two requests as one row

type browser struct{ web *httpclient.Client }

func (b browser) list(ctx context.Context) error { return b.web.Get(ctx, "/api/todos").Err() }
func (b browser) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "list", Weight: 1, Do: b.list}}
}

type buyer struct {
	web  *httpclient.Client
	name string
}

func (b buyer) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "list", Weight: 3, Do: browser{b.web}.list}, {Name: "shopping", Weight: 1, Steps: []scenario.Step{
		{Name: "look", Do: browser{b.web}.list}, {Name: "buy", Do: b.buy, Think: dist.Gamma{Mean: 400 * time.Millisecond, CV: 0.3}}}}}
}
func (b buyer) buy(ctx context.Context) error {
	return checkout.Do(ctx, func(ctx context.Context) error {
		var order struct{ ID int }
		if err := b.web.PostJSON(ctx, "/api/todos", map[string]string{"title": "milk for " + b.name}).JSON(&order); err != nil {
			return err
		}
		return b.web.Get(ctx, "/api/todos/{id}", order.ID).Err()
	})
}

// shop is the load: 80 buyers to 20 browsers, 95 to 5 in the sale.
func shop(web *httpclient.Client, rows *feed.Feed, each time.Duration) loadgen.Runner {
	browse := func(scenario.Env) (scenario.User, error) { return browser{web.Session()}, nil }
	buy := func(env scenario.Env) (scenario.User, error) {
		row, err := rows.Row(env)
		return buyer{web.Session(), row.Get("name")}, err
	}
	return loadgen.Runner{
		Kinds: []scenario.Kind{
			{Name: "buyer", Weight: 80, NewUser: buy, Pace: scenario.Between(100*time.Millisecond, 300*time.Millisecond)},
			{Name: "browser", Weight: 20, NewUser: browse, Pace: scenario.Between(200*time.Millisecond, 900*time.Millisecond)},
		},
		Figures: []measure.Figure{checkout},
		Schedule: phase.Schedule{
			{Name: "usual", For: each, Users: 20, SpawnRate: 20},
			{Name: "sale", For: each, Users: 20, SpawnRate: 20, Kinds: phase.Shares{"buyer": 95, "browser": 5}},
		},
	}
}

func main() {
	web := must(httpclient.New(httpclient.Config{Host: strings.Join(os.Args[1:], " ")}))
	rows := must(feed.ReadCSV("customers.csv", strings.NewReader(customers), feed.Once))
	sum := must(shop(web, rows, 5*time.Second).Run(context.Background()))
	must(0, sum.WriteText(os.Stdout))
	for _, r := range claim.Failed(must(claim.ParseAll(claims...)).Judge(sum)) {
		log.Fatalf("%s: %s", r.Outcome, r.Said)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
