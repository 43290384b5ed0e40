package todo

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/scenario"
)

// Remembered is how many of its todos a user works on. When it creates one
// more it forgets the oldest, which stays in the service.
const Remembered = 20

var (
	_ scenario.User     = (*User)(nil)
	_ scenario.Starter  = (*User)(nil)
	_ scenario.Stopper  = (*User)(nil)
	_ scenario.Operator = (*User)(nil)
)

// User is one virtual user of a to-do service. Create it with [NewUser]. Its
// methods are tasks and may be used in the tasks of another user; they must not
// run at the same time.
type User struct {
	web  *httpclient.Client
	rand *rand.Rand
	mine []item // nil until the first create
}

// item is a todo that a user created.
type item struct {
	id, title string
	completed bool
}

// body is a todo as it is sent.
type body struct {
	Title     string `json:"title"`
	Completed bool   `json:"completed"`
}

// NewUser returns the user that env describes, with a session of its own on web. It sends nothing.
func NewUser(web *httpclient.Client, env scenario.Env) *User {
	if env.Rand == nil { // outside a run
		source := dist.Key{Purpose: dist.Script, User: uint64(env.User)}.Source()
		env.Rand = rand.New(&source)
	}
	return &User{web: web.Session(env), rand: env.Rand}
}

// Users makes the users of a run: it is what Runner.NewUser wants.
func Users(web *httpclient.Client) func(scenario.Env) (scenario.User, error) {
	return func(env scenario.Env) (scenario.User, error) { return NewUser(web, env), nil }
}

// Rhythm is when a user of the scenario acts: think times of 2 s (gamma, CV 0.3, 91 % between
// 1 and 3 s) in ON periods of 30 s on average, then OFF periods of 30 s (both gamma, CV 1).
func Rhythm() scenario.OnOff {
	half := dist.Gamma{Mean: 30 * time.Second, CV: 1}
	return scenario.OnOff{On: half, Off: half, Think: think()}
}

// Steady is the rhythm without rest: Locust's users, with the think time of [Rhythm].
func Steady() scenario.Think { return scenario.Think{Time: think()} }

func think() dist.Distribution { return dist.Gamma{Mean: 2 * time.Second, CV: 0.3} }

// Tasks returns the five tasks and their weights.
func (u *User) Tasks() []scenario.Task {
	return []scenario.Task{
		{Name: "list_todos", Weight: 40, Do: u.List},
		{Name: "create_todo", Weight: 30, Do: u.Create},
		{Name: "update_todo", Weight: 15, Do: u.Update},
		{Name: "complete_todo", Weight: 10, Do: u.Complete},
		{Name: "delete_todo", Weight: 5, Do: u.Delete},
	}
}

// Operations lists the five requests that the tasks and the health check make.
func (u *User) Operations() []string {
	return []string{"GET /health", "GET /api/todos", "POST /api/todos", "PUT /api/todos/{id}", "DELETE /api/todos/{id}"}
}

// Start checks the health of the service. A failure is counted and does not
// keep the user from acting.
func (u *User) Start(ctx context.Context) error {
	u.web.Get(ctx, "/health")
	return nil
}

// Stop closes the connections that are the user's own.
func (u *User) Stop(context.Context) error {
	u.web.Close()
	return nil
}

// List gets the list of todos.
func (u *User) List(ctx context.Context) error {
	u.draw() // every task draws once
	return u.web.Get(ctx, "/api/todos", httpclient.Check(holdsList)).Err()
}

// Create adds a todo with a made-up title.
func (u *User) Create(ctx context.Context) error { return u.create(ctx, u.draw()) }

// Update gives one of the user's todos another title.
func (u *User) Update(ctx context.Context) error {
	r := u.draw()
	return u.change(ctx, r, all, func(x *item) { x.title = title(r) })
}

// Complete marks one of the user's open todos as completed.
func (u *User) Complete(ctx context.Context) error {
	return u.change(ctx, u.draw(), open, func(x *item) { x.completed = true })
}

// Delete deletes one of the user's todos.
func (u *User) Delete(ctx context.Context) error {
	i, err := u.pick(ctx, u.draw(), all)
	if err != nil {
		return err
	}
	if err := u.web.Delete(ctx, "/api/todos/{id}", u.mine[i].id, goneIsFine).Err(); err != nil {
		return err
	}
	u.forget(i)
	return nil
}

// goneIsFine accepts the answers for a todo that someone else has deleted.
var goneIsFine = httpclient.Accept(http.StatusNotFound, http.StatusGone)

// draw starts the randomness of one task with one number of the script stream. However much the
// task uses of it, which may depend on the target, the next task begins from the same place.
func (u *User) draw() *rand.Rand { return rand.New(rand.NewPCG(u.rand.Uint64(), 0)) }

func (u *User) create(ctx context.Context, r *rand.Rand) error {
	made := item{title: title(r)}
	keep := httpclient.Check(func(r *httpclient.Response) (err error) {
		made.id, err = createdID(r)
		return err
	})
	if err := u.web.PostJSON(ctx, "/api/todos", body{Title: made.title}, keep).Err(); err != nil {
		return err
	}
	if len(u.mine) == Remembered {
		u.forget(0)
	}
	u.mine = append(u.mine, made)
	return nil
}

func (u *User) change(ctx context.Context, r *rand.Rand, which func(item) bool, edit func(*item)) error {
	i, err := u.pick(ctx, r, which)
	if err != nil {
		return err
	}
	changed := u.mine[i]
	edit(&changed)
	resp := u.web.PutJSON(ctx, "/api/todos/{id}", body{changed.title, changed.completed}, changed.id, goneIsFine)
	switch {
	case resp.Err() != nil:
		return resp.Err()
	case resp.Status >= 400: // accepted: it is gone
		u.forget(i)
	default:
		u.mine[i] = changed
	}
	return nil
}

func all(item) bool    { return true }
func open(x item) bool { return !x.completed }

// pick chooses one of the user's todos evenly among those that will do, and creates
// one when none does.
func (u *User) pick(ctx context.Context, r *rand.Rand, which func(item) bool) (int, error) {
	n := 0
	for _, x := range u.mine {
		if which(x) {
			n++
		}
	}
	if n == 0 {
		err := u.create(ctx, r)
		return len(u.mine) - 1, err // the new one, unless there is an error
	}
	n = r.IntN(n)
	return slices.IndexFunc(u.mine, func(x item) bool {
		if which(x) {
			n--
		}
		return n < 0
	}), nil
}

func (u *User) forget(i int) { u.mine = slices.Delete(u.mine, i, i+1) }
