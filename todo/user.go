package todo

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/gensim/load-generator/dist/stream"
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

// NewUser returns the user that env describes, with its own session on web. It sends nothing.
func NewUser(web *httpclient.Client, env scenario.Env) *User {
	if env.Rand == nil { // outside a run
		env.Rand = stream.Key{Purpose: stream.Script, User: uint64(env.User)}.Rand()
	}
	return &User{web: web.Session(), rand: env.Rand}
}

// Users makes the users of a run: it is what Runner.NewUser wants.
func Users(web *httpclient.Client) func(scenario.Env) (scenario.User, error) {
	return func(env scenario.Env) (scenario.User, error) { return NewUser(web, env), nil }
}

// Kind is the scenario as a kind of users, named "todo", with a weight of 1 and the pace [Rhythm]; a run may mix
// it with others, and change all three.
func Kind(web *httpclient.Client) scenario.Kind {
	return scenario.Kind{Name: "todo", Weight: 1, NewUser: Users(web), Pace: Rhythm()}
}

// Rhythm is when a user of the scenario acts: think times of 2 s (gamma, CV 0.3, 91 % between
// 1 and 3 s) in ON periods of 30 s on average, then OFF periods of 30 s (both gamma, CV 1).
func Rhythm() scenario.OnOff {
	return scenario.Bursty(30*time.Second, 30*time.Second, Steady())
}

// Steady is the rhythm without rest: Locust's users, with the think time of [Rhythm].
func Steady() scenario.Think { return scenario.Around(2*time.Second, 0.3) }

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

// one is the path of a todo; gone ends the name of the row that counts the requests which did not find
// one that somebody else may have deleted.
const (
	one  = "/api/todos/{id}"
	gone = " (gone)"
)

// Operations lists the requests that the tasks and the health check make, and the rows of those that did
// not find their todo.
func (u *User) Operations() []string {
	return []string{"GET /health", "GET /api/todos", "POST /api/todos", "PUT " + one, "DELETE " + one, "PUT " + one + gone, "DELETE " + one + gone}
}

// Start checks the health of the service. A failure is counted and does not
// keep the user from acting.
func (u *User) Start(ctx context.Context) error {
	u.web.Get(ctx, "/health", httpclient.Check(isWell))
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
func (u *User) Create(ctx context.Context) error { return u.createWith(ctx, u.draw()) }

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
	return u.act(ctx, u.draw(), all, func(i int, options ...any) *httpclient.Response {
		resp := u.web.Delete(ctx, one, append(options, u.mine[i].id)...)
		if resp.Err() == nil && !isGone(resp) {
			u.forget(i)
		}
		return resp
	})
}

// draw starts the randomness of one task with one number of the script stream. However much the
// task uses of it, which may depend on the target, the next task begins from the same place.
func (u *User) draw() *rand.Rand { return rand.New(rand.NewPCG(u.rand.Uint64(), 0)) }

func (u *User) createWith(ctx context.Context, r *rand.Rand) error {
	made := item{title: title(r)}
	if err := u.web.PostJSON(ctx, "/api/todos", body{Title: made.title}, created(&made.id)).Err(); err != nil {
		return err
	}
	if len(u.mine) == Remembered {
		u.forget(0)
	}
	u.mine = append(u.mine, made)
	return nil
}

func (u *User) change(ctx context.Context, r *rand.Rand, which func(item) bool, edit func(*item)) error {
	return u.act(ctx, r, which, func(i int, options ...any) *httpclient.Response {
		changed := u.mine[i]
		edit(&changed)
		resp := u.web.PutJSON(ctx, one, body{changed.title, changed.completed}, append(options, changed.id)...)
		if resp.Err() == nil && !isGone(resp) {
			u.mine[i] = changed
		}
		return resp
	})
}

// act sends a request for one of the user's todos. Somebody else may have deleted it: then, as when no
// todo will do, the user creates another one and sends the request for that. If that is not found
// either, no one has deleted it: the service loses todos, or it has no such request.
func (u *User) act(ctx context.Context, r *rand.Rand, which func(item) bool, send func(i int, options ...any) *httpclient.Response) error {
	if i := u.pick(r, which); i >= 0 {
		resp := send(i, mayBeGone()...)
		if !isGone(resp) {
			return resp.Err()
		}
		u.forget(i)
	}
	if err := u.createWith(ctx, r); err != nil {
		return err
	}
	newest := len(u.mine) - 1
	resp := send(newest, httpclient.Check(answered))
	if isGone(resp) {
		u.forget(newest)
	}
	return resp.Err()
}

// mayBeGone are the options of a request for a todo that somebody else may have deleted: that is not a
// failure, and counted in its own row.
func mayBeGone() []any {
	return []any{
		httpclient.Accept(http.StatusNotFound, http.StatusGone), httpclient.Check(answeredOrGone),
		httpclient.Rename(func(r *httpclient.Response) string {
			if isGone(r) {
				return one + gone
			}
			return ""
		}),
	}
}

func all(item) bool    { return true }
func open(x item) bool { return !x.completed }

// pick chooses one of the user's todos evenly among those that will do; -1 when none does.
func (u *User) pick(r *rand.Rand, which func(item) bool) int {
	fit := make([]int, 0, Remembered)
	for i, x := range u.mine {
		if which(x) {
			fit = append(fit, i)
		}
	}
	if len(fit) == 0 {
		return -1
	}
	return fit[r.IntN(len(fit))]
}

func (u *User) forget(i int) { u.mine = slices.Delete(u.mine, i, i+1) }
