package loadtest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

const wins = measure.Counter("wins")

// racer claims a prize once, and then stays.
type racer struct {
	web    *httpclient.Client
	once   bool
	claims *sync.WaitGroup // of all, that have not been answered
}

func (r *racer) claim(ctx context.Context) error {
	if r.once {
		<-ctx.Done()
		return ctx.Err()
	}
	r.once = true
	defer r.claims.Done()
	answer := r.web.PostJSON(ctx, "/claim", nil, httpclient.Accept(http.StatusConflict))
	if answer.Status == http.StatusOK {
		wins.Add(ctx, 1)
	}
	return answer.Err()
}

func (r *racer) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "claim", Weight: 1, Do: r.claim}}
}

// Fifty users claim one prize at the same time: one of them has to get it.
func Example_race() {
	var prize sync.Once
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status := http.StatusConflict
		prize.Do(func() { status = http.StatusOK })
		w.WriteHeader(status)
	}))
	defer shop.Close()
	web, err := httpclient.New(httpclient.Config{Host: shop.URL})
	if err != nil {
		panic(err)
	}
	claims, err := claim.ParseAll("wins = 1", "requests = 50", "failures = 0")
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	answered := new(sync.WaitGroup)
	answered.Add(50)
	go func() { answered.Wait(); stop() }()
	r := loadgen.Runner{
		NewUser:  func(scenario.Env) (scenario.User, error) { return &racer{web: web.Session(), claims: answered}, nil },
		Schedule: phase.Schedule{{Name: "race", Users: 50}},
		Figures:  []measure.Figure{wins},
	}
	sum, err := r.Run(ctx)
	if err != nil {
		panic(err)
	}
	for _, result := range claims.Judge(sum) {
		fmt.Println(result)
	}
	// Output:
	// holds: wins = 1. Wins was 1.
	// holds: requests = 50. There were 50 requests.
	// holds: failures = 0. 0 of 50 requests failed.
}
