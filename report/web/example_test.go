package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/scenario"
)

// idler is a user whose only task does nothing.
type idler struct{}

func (idler) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "idle", Weight: 1, Do: func(context.Context) error { return nil }}}
}

// A program mounts the page of its Controller in its own server. Without a Control
// the page only shows the runs.
func ExampleNew() {
	controller := loadgen.NewController(func(loadgen.StartRequest) (loadgen.Runner, error) {
		return loadgen.Runner{
			NewUser:  func(scenario.Env) (scenario.User, error) { return idler{}, nil },
			Pace:     scenario.Around(time.Second, 0.3),
			Schedule: phase.Schedule{{Name: "load", For: time.Minute, Users: 5}},
		}, nil
	})
	defer controller.Close()
	mux := http.NewServeMux()

	page, err := web.New(controller, web.Options{Title: "checkout"})
	if err != nil {
		panic(err)
	}
	mux.Handle("/load/", http.StripPrefix("/load", page))

	if err := controller.Start(loadgen.StartRequest{Planned: true}); err != nil {
		panic(err)
	}
	for _, path := range []string{"/load/", "/load/stats/requests", "/load/stop"} {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		fmt.Println(path, answer.Code)
	}
	// Output:
	// /load/ 200
	// /load/stats/requests 200
	// /load/stop 403
}
