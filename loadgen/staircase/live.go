package staircase

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// ErrStopped is the error of a search that Live.Stop has ended.
var ErrStopped = errors.New("stopped by command")

// Live is a search that others follow while it is made, and may end. A page of package report/web shows it:
//
//	live, err := staircase.NewLive(search, nil)
//	page, err := web.New(live.Runs, web.Options{Search: live})
//	result, err := live.Make(ctx)
//
// All methods but Make are safe for concurrent use.
type Live struct {
	// Runs has the run of each hold. Only the search starts and ends them: call no Start, Reset, Stop or Close of it.
	Runs *loadgen.Controller

	search  Search
	asked   capacity.Search
	claims  claim.List
	next    loadgen.Runner // of the hold that Runs is to start
	account account.Search // changed by Make alone

	mu     sync.Mutex
	shown  *account.Search // as account was after the last hold
	load   float64
	begun  time.Time     // zero: it has not begun
	took   time.Duration // of a search that is over
	over   bool
	cancel context.CancelCauseFunc // nil: it is not being made
	done   chan struct{}           // closed when it is over
}

// NewLive prepares a search, which is then held to claims on its result.
func NewLive(s Search, claims claim.List) (*Live, error) {
	asked, err := s.Claim.Ask(s.Range)
	if err == nil {
		err = s.check(asked)
	}
	for _, c := range claims {
		err = errors.Join(err, account.CheckClaim(c, asked.Users))
	}
	if err != nil {
		return nil, err
	}
	l := &Live{search: s, asked: asked, claims: claims, account: *account.New(asked, s.Claim), done: make(chan struct{})}
	l.Runs = loadgen.NewController(func(loadgen.StartRequest) (loadgen.Runner, error) { return l.next, nil })
	l.account.Name, l.account.Seed, l.account.Ended = s.Runner.Name, s.Runner.Seed, account.Unfinished
	l.show()
	return l, nil
}

// Describe sets account.Search.Name, Program and Host of the search. Call it before Make.
func (l *Live) Describe(name, program, host string) {
	l.account.Name, l.account.Program, l.account.Host = name, program, host
	l.show()
}

// Make makes the search, once, as Search.Run does.
func (l *Live) Make(ctx context.Context) (*capacity.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer close(l.done)
	l.begin(cancel)
	s := l.search
	var began time.Duration
	var sum *report.Summary
	s.run = l.run
	s.Holding = func(step capacity.Step) {
		l.holding(step.Load)
		if l.search.Holding != nil {
			l.search.Holding(step)
		}
	}
	s.Summed = func(at time.Duration, of *report.Summary) {
		began, sum = at, of
		if l.search.Summed != nil {
			l.search.Summed(at, of)
		}
	}
	s.Held = func(holds []capacity.Hold) {
		l.account.Add(began, holds[len(holds)-1], sum)
		l.account.Conclude(l.asked.Estimate(holds), l.claims)
		l.show()
		if l.search.Held != nil {
			l.search.Held(holds)
		}
	}
	result, err := s.Run(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	l.end(result, err)
	return result, err
}

// run makes the run of a hold.
func (l *Live) run(ctx context.Context, r loadgen.Runner) (*report.Summary, error) {
	if ctx.Err() != nil { // since the last one
		return nil, context.Cause(ctx)
	}
	l.next = r
	if err := l.Runs.Start(loadgen.StartRequest{Planned: true}); err != nil {
		return nil, err
	}
	sum, err := l.Runs.Wait(ctx)
	if ctx.Err() == nil {
		return sum, err
	}
	l.Runs.Stop()
	return l.Runs.Summary(), context.Cause(ctx)
}

func (l *Live) begin(cancel context.CancelCauseFunc) {
	now := time.Now()
	l.account.Start = now.Round(0).UTC()
	l.show()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancel, l.begun = cancel, now
}

// holding says which load is being tried.
func (l *Live) holding(load float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.load = load
}

// show lets others see the account as it stands. What it refers to is replaced or added to, never overwritten.
func (l *Live) show() {
	now := l.account
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown = &now
}

// end concludes the account. From then on Progress says that the search is over.
func (l *Live) end(result *capacity.Result, err error) {
	l.account.Ended = ""
	if err != nil {
		l.account.Ended = err.Error()
	}
	if result != nil {
		l.account.Conclude(result, l.claims)
	}
	now := l.account
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown, l.load, l.took, l.over = &now, 0, time.Since(l.begun), true
}

// Progress is how far the search is.
func (l *Live) Progress() account.Progress {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := account.Progress{Search: l.shown, Load: l.load, At: l.took, Over: l.over}
	if !p.Over && !l.begun.IsZero() {
		p.At = time.Since(l.begun)
	}
	return p
}

// Stop ends the search with what it came to until now, and blocks until it is over. It does nothing before Make.
func (l *Live) Stop() {
	l.mu.Lock()
	cancel := l.cancel
	l.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel(ErrStopped)
	<-l.done
}
