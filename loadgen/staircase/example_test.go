package staircase_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"time"

	"github.com/gensim/load-generator/loadgen/staircase"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/web"
)

// A search that would be too short is refused before anything is sent.
func ExampleSearch_Run() {
	result, err := staircase.Search{
		Runner: newCounter(8).runner(),
		Claim:  capacity.Claim{Metric: effect.P95, Below: 250},
		Range:  capacity.Search{From: 20, To: 1000, Time: time.Minute},
	}.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Sentence())
	// Output:
	// capacity: Time is 1m0s; want at least 3m45s, for 15 holds of 15s
}

// A page shows a search while it is made, and may stop it.
func ExampleLive() {
	search := staircase.Search{
		Runner: newCounter(8).runner(),
		Claim:  capacity.Claim{Metric: effect.P95, Below: 250},
		Range:  capacity.Search{From: 20, To: 1000, Time: 15 * time.Minute},
	}
	live, err := staircase.NewLive(search, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	live.Describe("counter", "counter v1", "")
	page, err := web.New(live.Runs, web.Options{Title: "counter", Search: live})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(page) // a program mounts it on its own: web.NewServer(page, mux)
	defer server.Close()
	done := make(chan error)
	go func() {
		_, err := live.Make(context.Background())
		done <- err
	}()
	for live.Progress().Load == 0 { // until the first hold
		runtime.Gosched()
	}
	answer, err := http.Get(server.URL + "/stop") // as the button of the page does
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = answer.Body.Close()
	fmt.Println(<-done)
	fmt.Println(live.Progress().Search.Ended)
	// Output:
	// stopped by command
	// stopped by command
}
