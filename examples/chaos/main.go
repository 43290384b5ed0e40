// Chaos puts Toxiproxy between the to-do user and its backend: the intervention
// adds 100 ms of latency to every answer, the phase after it takes them away
// again. The report says what the latency did and how long the recovery took.
//
//	go run ./examples/chaos --headless --html chaos.html
//	go run ./examples/chaos --headless --markdown chaos.md \
//	    --assert "intervention vs baseline p95 < +50ms" \
//	    --assert "baseline-2 vs baseline p95 recovery < 30s"
//
// Backend, proxy and its HTTP API run in this process. The hooks at the borders
// of the intervention speak to that API as they would to a Toxiproxy elsewhere.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/phase/hook"
	"github.com/gensim/load-generator/todo"
)

func main() { cli.Main(app()) }

func app() cli.App {
	latency := 100 * time.Millisecond
	return cli.App{
		Name: "chaos", User: "TodoUser", HostOptional: true,
		Defaults: map[string]string{
			"design": "aba", "warmup-duration": "150", "run-time": "450", // a recovery needs 120 s of baseline after settling
			"baseline-users": "20", "intervention-users": "20", "baseline-spawn-rate": "20", "intervention-spawn-rate": "20",
			"always-on": "true", "think": "gamma 500ms cv 0.3", "stop-timeout": "2",
		},
		Options: []setting.Option{{Flag: "chaos-latency", Takes: "TIME", Env: []string{"LOAD_CHAOS_LATENCY"}, Default: "100ms",
			Help: "what the proxy adds to every answer during the intervention", Set: setting.Var(&latency, setting.Duration)}},
		New: func(_ context.Context, s cli.Settings) (*cli.Job, error) { return newJob(s, &latency) },
	}
}

// newJob starts backend and proxy. A host that is given takes the place of the
// backend.
func newJob(s cli.Settings, latency *time.Duration) (*cli.Job, error) {
	target, stop := s.Host, func() error { return nil }
	if target == "" {
		backend, err := serve(s.Seed)
		if err != nil {
			return nil, err
		}
		target, stop = backend.URL, func() error { return backend.Close(context.Background()) }
	}
	p, err := newProxy(target)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	s.Log.Info(fmt.Sprintf("Toxiproxy listens on %s before %s, its API is on %s", p.url, p.one.Upstream, p.api))
	s.Host = p.url
	web, err := httpclient.New(s.Client())
	if err != nil {
		return nil, errors.Join(err, p.close(), stop())
	}
	return &cli.Job{
		Host: p.url, Client: web, NewUser: todo.Users(web),
		Schedule: func(plan phase.Schedule) phase.Schedule { return disturbed(plan, p.toxics(), *latency) },
		Close:    func() error { web.Close(); return errors.Join(p.close(), stop()) },
	}, nil
}

// serve starts a backend that answers in about 20 ms.
func serve(seed uint64) (*todo.Server, error) {
	backend, err := todo.NewBackend(todo.BackendConfig{
		Seed: seed, Behaviour: todo.Behaviour{Latency: dist.Lognormal{Mean: 20 * time.Millisecond, CV: 0.5}},
	})
	if err != nil {
		return nil, err
	}
	return backend.Listen("")
}

// disturbed switches the latency on where an intervention begins, and off
// where it ends. A run whose chaos cannot be switched is worth nothing, so it
// ends.
func disturbed(plan phase.Schedule, toxics string, latency time.Duration) phase.Schedule {
	slow := fmt.Sprintf(`{"name": "slow", "type": "latency", "attributes": {"latency": %d}}`, latency.Milliseconds())
	for i := range plan {
		if plan[i].Arm == "B" {
			plan[i].Enter, plan[i].Exit = hook.Post(toxics, slow), hook.Delete(toxics+"/slow")
			plan[i].AbortOnHook, plan[i].HookTimeout = true, 5*time.Second
		}
	}
	return plan
}
