package todo_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/todo"
)

// A user against a backend in the same process. In a run the engine makes the
// users: Runner{NewUser: todo.Users(web), Pace: todo.Rhythm(), ...}.
func Example() {
	backend, err := todo.NewBackend(todo.BackendConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	web, err := httpclient.New(httpclient.Config{Host: "http://todo-backend:8081", Base: backend.RoundTripper()})
	if err != nil {
		fmt.Println(err)
		return
	}
	user := todo.NewUser(web, scenario.Env{User: 1})
	for _, task := range user.Tasks() {
		fmt.Println(task.Name, task.Weight, task.Do(context.Background()))
	}
	fmt.Println(backend.Len(), "todos left")
	// Output:
	// list_todos 40 <nil>
	// create_todo 30 <nil>
	// update_todo 15 <nil>
	// complete_todo 10 <nil>
	// delete_todo 5 <nil>
	// 0 todos left
}

// reader is a user of someone else's.
type reader struct{ web *httpclient.Client }

func (r reader) read(ctx context.Context) error { return r.web.Get(ctx, "/api/todos").Err() }
func (r reader) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "read", Weight: 1, Do: r.read}}
}

// One in four users is of the scenario; the plan shows the mix before anything is sent.
func ExampleKind() {
	web, err := httpclient.New(httpclient.Config{Host: "http://todo-backend:8081"})
	if err != nil {
		fmt.Println(err)
		return
	}
	readers := scenario.Kind{Name: "reader", Weight: 3, Pace: todo.Steady(), NewUser: func(scenario.Env) (scenario.User, error) {
		return reader{web.Session()}, nil
	}}
	plan, err := loadgen.Runner{
		Kinds:    []scenario.Kind{todo.Kind(web), readers},
		Schedule: phase.Schedule{{Name: "day", For: time.Hour, Users: 40, SpawnRate: 1}},
	}.Plan()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, k := range plan.Phases()[0].Kinds {
		fmt.Println(k.Users, k.Name)
	}
	// Output:
	// 10 todo
	// 30 reader
}

func ExampleBackend_Behave() {
	backend, _ := todo.NewBackend(todo.BackendConfig{})
	fmt.Println(backend.Behave(todo.Behaviour{Latency: dist.Gamma{Mean: 20e6, CV: 0.5}, ErrorRate: 0.02}))
	fmt.Println(backend.Behave(todo.Behaviour{ErrorRate: 2}))
	// Output:
	// <nil>
	// todo: error rate is 2: want a share from 0 to 1
}
