// Embed is a server of your own that also makes load: the page of its runs is below /load/, and starts and stops them.
//
//	go run ./examples/todo backend --port 8081 &
//	go run ./examples/embed http://localhost:8081
//	curl -X POST http://localhost:8090/start
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/scenario"
)

type reader struct{ client *httpclient.Client }

func (r reader) list(ctx context.Context) error { return r.client.Get(ctx, "/api/todos").Err() }

func (r reader) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "list", Weight: 1, Do: r.list}}
}

// plan is ten users for a minute, or those that the page asks for, as long as it wants.
func plan(asked loadgen.StartRequest) phase.Schedule {
	if asked.Planned {
		return phase.Schedule{{Name: "ten users", For: time.Minute, Users: 10, SpawnRate: 5}}
	}
	return phase.Schedule{{Name: "by hand", Users: asked.Users, SpawnRate: asked.SpawnRate}}
}

// runs makes a run for each start.
func runs(client *httpclient.Client) *loadgen.Controller {
	return loadgen.NewController(func(asked loadgen.StartRequest) (loadgen.Runner, error) {
		return loadgen.Runner{
			NewUser:  func(scenario.Env) (scenario.User, error) { return reader{client.Session()}, nil },
			Pace:     scenario.Around(time.Second, 0.3),
			Schedule: plan(asked),
		}, nil
	})
}

// control passes the page's commands on. Without one in its Options the page only shows the runs.
type control struct{ runs *loadgen.Controller }

func (c control) Start(o web.Order) error {
	if o.Stages != "" {
		return errors.New("stages: this program has none; give users and a spawn rate")
	}
	return c.runs.Start(loadgen.StartRequest{Users: o.Users, SpawnRate: o.SpawnRate, RunTime: o.RunTime})
}

func (c control) Stop() error {
	c.runs.Stop()
	return nil
}

func (c control) Reset() error {
	c.runs.Reset()
	return nil
}

// server has an address that starts a run, and the page below /load/.
func server(controller *loadgen.Controller) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /start", func(w http.ResponseWriter, _ *http.Request) {
		if err := controller.Start(loadgen.StartRequest{Planned: true}); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
		}
	})
	page, err := web.New(controller, web.Options{Title: "Ten users", Control: control{controller}})
	if err != nil {
		return nil, err
	}
	controller.Ended = func(loadgen.Ending) { page.Keep() } // the list of runs has it, whether a page is open or not
	mux.Handle("/load/", http.StripPrefix("/load", page))
	return mux, nil
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: embed URL, for example embed http://localhost:8081")
	}
	client, err := httpclient.New(httpclient.Config{Host: os.Args[1]})
	if err != nil {
		log.Fatal(err)
	}
	all, err := server(runs(client))
	if err != nil {
		log.Fatal(err)
	}
	log.Print("The page is at http://localhost:8090/load/")
	log.Fatal(http.ListenAndServe("localhost:8090", all))
}
