package httpclient_test

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/internal/porttest"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
)

// visitor is a user with one task.
type visitor func(context.Context) error

func (v visitor) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "visit", Weight: 1, Do: v}}
}

// visit runs users until one of them calls end. Until the run has heard of it, users continue: on a busy machine more than one
// request each, which are in no figure.
func visit(t *testing.T, users int, newUser func(user int, end func()) visitor) *report.Summary {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	sum, err := loadgen.Runner{
		NewUser:  func(env scenario.Env) (scenario.User, error) { return newUser(env.User, end), nil },
		Pace:     scenario.Between(20*time.Millisecond, 100*time.Millisecond),
		Schedule: phase.Schedule{{Name: "all", Users: users}},
	}.Run(ctx)
	require.NoError(t, err)
	balance(t, sum, users)
	return sum
}

// balance holds the figures of a run of some users against each other.
func balance(t *testing.T, sum *report.Summary, users int) {
	t.Helper()
	n, all := sum.Total.Counters, sum.Total.Aggregated()
	assert.Equal(t, n.Planned, n.Started+n.Missed+n.Dropped)
	assert.Equal(t, n.Started, n.Finished+n.Unfinished)
	assert.Equal(t, n.CutOff, all.CutOff)
	assert.LessOrEqual(t, all.Requests+all.CutOff, n.Started, "a request a task")
	var late int64
	for _, note := range sum.Notes {
		if _, times, ok := strings.Cut(note, "in no figure ("); ok {
			times, _, _ = strings.Cut(times, " ")
			k, err := strconv.ParseInt(strings.ReplaceAll(times, ",", ""), 10, 64)
			require.NoError(t, err, note)
			late += k
		}
	}
	assert.GreaterOrEqual(t, all.Requests+all.CutOff+late, n.Started-int64(users), "except for those that the end met before they asked")
	var failures int64
	for _, f := range sum.Failures {
		failures += f.Occurrences
	}
	assert.Equal(t, failures, all.Failures)
}

// TestFaultsDoNotReachOthers runs every fault at once, and users who hang for as
// long as the run lasts, next to users of a target that works.
func TestFaultsDoNotReachOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testFaultsDoNotReachOthers)
}

func testFaultsDoNotReachOthers(t *testing.T, newClient maker) {
	const hung, well, enough = 50, 20, 300
	all := faults()
	var served, failed, waiting, done, asked, timely atomic.Int64
	var ended atomic.Bool
	failed.Store(int64(len(all)))
	good := newClient(t, serve(t, func(http.ResponseWriter, *http.Request) { served.Add(1) }), httpclient.Config{})
	deaf := newClient(t, rawServer(t, thenHang(func(*net.TCPConn) { waiting.Add(1) })), httpclient.Config{Timeout: -1})
	clients := make([]*httpclient.Client, len(all))
	for i, f := range all {
		clients[i] = newClient(t, f.target(t), f.config)
	}
	sum := visit(t, hung+len(all)+well, func(user int, end func()) visitor {
		if i := user - 1; i < hung {
			return func(ctx context.Context) error { return deaf.Get(ctx, "/deaf").Err() }
		} else if i -= hung; i < len(all) {
			first := true
			return func(ctx context.Context) error {
				err := clients[i].Get(ctx, "/", httpclient.Name(all[i].name)).Err()
				if first {
					first = false
					failed.Add(-1)
				}
				return err
			}
		}
		return func(ctx context.Context) error {
			if asked.Add(1); !ended.Load() {
				timely.Add(1)
			}
			err := good.Get(ctx, "/good").Err()
			if err == nil && done.Add(1) >= enough && failed.Load() <= 0 && waiting.Load() == hung {
				ended.Store(true)
				end()
			}
			return err
		}
	})

	rows := map[string]report.Operation{}
	for _, o := range sum.Total.Operations {
		rows[o.Name] = o
	}
	assert.EqualValues(t, hung, rows["/deaf"].CutOff)
	assert.Zero(t, rows["/deaf"].Requests)
	assert.Zero(t, rows["/good"].Failures)
	assert.GreaterOrEqual(t, rows["/good"].Requests, int64(enough))
	assert.GreaterOrEqual(t, served.Load(), rows["/good"].Requests)
	assert.LessOrEqual(t, served.Load(), asked.Load(), "each is sent once")
	assert.GreaterOrEqual(t, rows["/good"].Requests+rows["/good"].CutOff, timely.Load()-well, "all but those that the end met before they began")
	for _, f := range all {
		row := rows[f.name]
		assert.Positive(t, row.Requests, f.name)
		assert.Equal(t, row.Requests, row.Failures, f.name)
	}
	wants := map[string]string{}
	for _, f := range all {
		wants[f.name] = f.want
	}
	for _, f := range sum.Failures {
		assert.Equal(t, wants[f.Name], f.Reason, f.Name)
	}
	assert.Len(t, sum.Failures, len(all))
}

// restartable is a target that can be ended and started again on its port.
type restartable struct {
	t       *testing.T
	address string
	served  atomic.Int64
	timely  atomic.Int64 // served while over was not set
	over    atomic.Bool
	server  *http.Server
	ended   chan struct{}
}

func (r *restartable) start() {
	listener, err := net.Listen("tcp", r.address)
	if !assert.NoError(r.t, err) {
		return
	}
	r.server = &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if r.served.Add(1); !r.over.Load() {
			r.timely.Add(1)
		}
	})}
	r.ended = make(chan struct{})
	go func() {
		defer close(r.ended)
		r.server.Serve(listener)
	}()
}

// stop tears down all connections.
func (r *restartable) stop() {
	r.server.Close()
	<-r.ended
}

// TestTargetRestarts in the middle of a phase.
func TestTargetRestarts(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testTargetRestarts)
}

func testTargetRestarts(t *testing.T, newClient maker) {
	const users, each = 10, 100
	target := &restartable{t: t, address: porttest.Reserved(t)}
	target.start()
	web := newClient(t, "http://"+target.address, httpclient.Config{})
	var good, bad atomic.Int64
	sum := visit(t, users, func(_ int, end func()) visitor {
		return func(ctx context.Context) error {
			err := web.Get(ctx, "/").Err()
			switch {
			case ctx.Err() != nil:
			case err != nil:
				if bad.Add(1) == each {
					target.start()
				}
			default:
				switch good.Add(1) {
				case each:
					target.stop()
				case 2 * each:
					target.over.Store(true)
					end()
				}
			}
			return err
		}
	})
	target.stop()

	all := sum.Total.Aggregated()
	assert.GreaterOrEqual(t, all.Failures, int64(each))
	assert.GreaterOrEqual(t, all.Requests-all.Failures, int64(2*each))
	for _, f := range sum.Failures {
		assert.Contains(t, []string{"connect: refused", "connect: reset", "connect: closed"}, f.Reason)
	}
	assert.GreaterOrEqual(t, target.served.Load(), all.Requests-all.Failures)
	assert.LessOrEqual(t, target.timely.Load(), all.Requests-all.Failures+2*users, "what was on its way when it ended, and at the end of the run")
}
