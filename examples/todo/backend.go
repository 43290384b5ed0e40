package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/todo"
)

// usualLatency is the latency of the backend unless an option sets another.
const usualLatency = "lognormal 20ms cv 0.5"

const (
	acceptsShare   = "a share from 0 to 1"
	acceptsFactors = "GET, POST, PUT or DELETE, each with a factor above 0, such as DELETE 4, GET 0.5"
	acceptsWorkers = "a whole number of at least 0"
)

// backend is the embedded backend and how it behaves before and during the
// intervention.
type backend struct {
	before, after todo.Behaviour
	changed       bool // after is set
	workers       int  // that answer at a time; 0: no limit
	*todo.Backend
}

func (b *backend) options() []setting.Option {
	const during = ", during the intervention"
	return []setting.Option{
		{Flag: "backend-latency", Takes: "DIST", Env: []string{"LOAD_BACKEND_LATENCY"}, Default: usualLatency,
			Help: "latency of the embedded backend", Accepts: setting.AcceptsDistribution, Set: setting.Var(&b.before.Latency, setting.Distribution)},
		{Flag: "backend-error-rate", Takes: "SHARE", Env: []string{"LOAD_BACKEND_ERROR_RATE"}, Default: "0", Accepts: acceptsShare,
			Help: "share of requests that the embedded backend fails", Set: setting.Var(&b.before.ErrorRate, setting.Share)},
		{Flag: "backend-factors", Takes: "FACTORS", Env: []string{"LOAD_BACKEND_FACTORS"},
			Help: "factors on that latency by the method of a request, before and during the intervention", Accepts: acceptsFactors, Set: setting.Var(&b.before.Factors, factors)},
		{Flag: "backend-workers", Takes: "N", Env: []string{"LOAD_BACKEND_WORKERS"}, Default: "0", Accepts: acceptsWorkers,
			Help: "requests that the embedded backend works on at a time, while others wait; 0: no limit", Set: setting.Var(&b.workers, setting.AtLeast(0))},
		{Flag: "intervention-backend-latency", Takes: "DIST", Env: []string{"LOAD_INTERVENTION_BACKEND_LATENCY"},
			Help: "latency of the embedded backend" + during, Accepts: setting.AcceptsDistribution, Set: b.change(setting.Var(&b.after.Latency, setting.Distribution))},
		{Flag: "intervention-backend-error-rate", Takes: "SHARE", Env: []string{"LOAD_INTERVENTION_BACKEND_ERROR_RATE"}, Accepts: acceptsShare,
			Help: "share of requests that the embedded backend fails" + during, Set: b.change(setting.Var(&b.after.ErrorRate, setting.Share))},
	}
}

// change wraps the setter of an option that is about the intervention and notes
// that it was used. What the intervention does not set stays as before.
func (b *backend) change(set setting.Setter) setting.Func {
	return func(text string) error {
		if !b.changed {
			b.after, b.changed = b.before, true
		}
		return set.Set(text)
	}
}

// start serves the backend on a free port, traced if the run is.
func (b *backend) start(seed uint64, traced bool) (*todo.Server, error) {
	var err error
	b.Backend, err = todo.NewBackend(todo.BackendConfig{Seed: seed, Behaviour: b.before, Workers: b.workers, Middleware: tracing(traced)})
	if err != nil {
		return nil, err
	}
	return b.Listen("")
}

// tracedService is the backend's name in Datadog.
const tracedService = "todo-backend"

// tracing puts spans around the backend's requests; nil if on is false.
func tracing(on bool) func(http.Handler) http.Handler {
	if !on {
		return nil
	}
	return func(h http.Handler) http.Handler { return datadog.Middleware(h, tracedService, nil) }
}

// intervene gives every phase a hook that sets its behaviour, so that each of
// several runs starts like the first.
func (b *backend) intervene(plan phase.Schedule, log *slog.Logger) phase.Schedule {
	if !b.changed {
		return plan
	}
	for i := range plan {
		how := b.before
		if treated(plan[i]) {
			how = b.after
		}
		next := plan[i].Enter
		plan[i].Enter = phase.HookFunc(func(ctx context.Context) error {
			log.Info("The embedded backend changes", "latency", how.Latency, "error_rate", how.ErrorRate)
			if err := b.Behave(how); err != nil || next == nil {
				return err
			}
			return next.Call(ctx)
		})
	}
	return plan
}

// treated reports whether a phase belongs to the intervention.
func treated(p phase.Phase) bool {
	return p.Arm == "B" || p.Arm == "" && p.Name == "intervention"
}

// served is the backend as a separate command.
type served struct {
	host string
	port int
	work int // Workers
	how  todo.Behaviour
}

func (s *served) command() cli.Command {
	return cli.Command{
		Name: "backend", Help: "serve only the to-do backend", Run: s.run,
		Options: []setting.Option{
			{Flag: "host", Short: "H", Takes: "ADDRESS", Default: "127.0.0.1", Help: "address to listen on; 0.0.0.0 for every interface", Set: setting.Var(&s.host, setting.Text)},
			{Flag: "port", Short: "p", Takes: "PORT", Default: "8081", Accepts: "a port from 1 to 65535, or 0 for any free one", Help: "port to listen on", Set: setting.Var(&s.port, port)},
			{Flag: "latency", Takes: "DIST", Env: []string{"LOAD_BACKEND_LATENCY"}, Default: usualLatency,
				Help: "latency of every answer except that of /health, such as 20ms or lognormal 20ms cv 0.5", Accepts: setting.AcceptsDistribution, Set: setting.Var(&s.how.Latency, setting.Distribution)},
			{Flag: "factors", Takes: "FACTORS", Env: []string{"LOAD_BACKEND_FACTORS"},
				Help: "factors on that latency by the method of a request", Accepts: acceptsFactors, Set: setting.Var(&s.how.Factors, factors)},
			{Flag: "error-rate", Takes: "SHARE", Env: []string{"LOAD_BACKEND_ERROR_RATE"}, Default: "0", Accepts: acceptsShare,
				Help: "share of requests that fail, those of /health never", Set: setting.Var(&s.how.ErrorRate, setting.Share)},
			{Flag: "workers", Takes: "N", Env: []string{"LOAD_BACKEND_WORKERS"}, Default: "0", Accepts: acceptsWorkers,
				Help: "requests that are worked on at a time, while others wait, those of /health never; 0: no limit", Set: setting.Var(&s.work, setting.AtLeast(0))},
		},
	}
}

func port(text string) (int, error) {
	n, err := setting.Int(text)
	if err == nil && (n < 0 || n > 65535) {
		err = errors.New("out of range")
	}
	return n, err
}

// factors reads what multiplies the latency, by method: "DELETE 4, GET 0.5".
func factors(text string) (map[string]float64, error) {
	out := map[string]float64{}
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) != 2 {
			return nil, setting.ErrNotAccepted
		}
		factor, err := setting.Float(words[1])
		if _, twice := out[strings.ToUpper(words[0])]; twice || err != nil {
			return nil, setting.ErrNotAccepted
		}
		out[strings.ToUpper(words[0])] = factor
	}
	_, err := todo.NewBackend(todo.BackendConfig{Behaviour: todo.Behaviour{Factors: out}})
	return setting.Accepted(out, err == nil)
}

func (s *served) run(ctx context.Context, log *slog.Logger) error {
	traced := datadog.Wanted(false)
	b, err := todo.NewBackend(todo.BackendConfig{Seed: 1, Behaviour: s.how, Workers: s.work, Middleware: tracing(traced)})
	if err != nil {
		return err
	}
	server, err := b.Listen(net.JoinHostPort(s.host, strconv.Itoa(s.port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return &setting.Error{Where: fmt.Sprintf(`--port="%d"`, s.port), Problem: fmt.Sprintf("port %d is busy", s.port),
			Accepts: "a free port, or 0 for any", Code: 1}
	}
	if err != nil {
		return &setting.Error{Where: fmt.Sprintf("--host=%q --port=\"%d\"", s.host, s.port), Problem: err.Error(), Code: 1}
	}
	if traced {
		defer trace(log)()
	}
	log.Info(fmt.Sprintf("Serving the to-do API on %s, use CTRL+C to stop", server.URL))
	<-ctx.Done()
	return stop(server)
}

// trace starts a tracer for the backend only; the function it returns sends what
// is left.
func trace(log *slog.Logger) func() {
	exporter, err := datadog.Start(datadog.Config{Logger: log})
	if err != nil {
		log.Warn(fmt.Sprintf("nothing is sent to Datadog: %v", err))
		return func() {}
	}
	return func() { exporter.Stop() }
}

// stop waits for requests in progress, two seconds at most.
func stop(server *todo.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
