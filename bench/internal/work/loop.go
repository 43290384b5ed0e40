package work

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/gensim/load-generator/dist"
	"github.com/gensim/load-generator/report/hist"
)

// loop sends requests from bare goroutines: what is left when everything that
// a load generator adds is taken away.
func loop(j Job) (Outcome, error) {
	var t tally
	connect := j.connector()
	if j.Rate > 0 {
		t.arrivals(j, connect())
	} else {
		t.users(j, connect)
	}
	return t.outcome(j), nil
}

// tally counts.
type tally struct {
	requests, failures, done atomic.Int64
	mu                       sync.Mutex
	late                     hist.Sketch // guarded by mu
	all                      sync.WaitGroup
}

func (t *tally) outcome(j Job) Outcome {
	return Outcome{
		Requests: t.requests.Load(), Failures: t.failures.Load(),
		Rate: float64(t.done.Load()) / j.Hold.Seconds(), Late: lateMS(&t.late),
	}
}

func (t *tally) count(err error, measured bool) {
	t.requests.Add(1)
	if err != nil {
		t.failures.Add(1)
	}
	if measured {
		t.done.Add(1)
	}
}

func (t *tally) lag(d time.Duration) {
	t.mu.Lock()
	t.late.Add(d)
	t.mu.Unlock()
}

// users runs closed loops.
func (t *tally) users(j Job, connect func() func() error) {
	began := time.Now()
	hold, end := began.Add(j.Ramp), began.Add(j.Ramp+j.Hold)
	for u := range j.Users {
		do, src := connect(), rand.NewPCG(1, uint64(u))
		t.all.Go(func() {
			if j.Max == 0 {
				for now := began; now.Before(end); now = time.Now() {
					t.count(do(), now.After(hold))
				}
				return
			}
			think := dist.Uniform{Min: j.Min, Max: j.Max}
			_, wait := dist.Equilibrium(think, src)
			for due := time.Now().Add(wait); due.Before(end); due = time.Now().Add(think.Sample(src)) {
				time.Sleep(time.Until(due))
				if due.After(hold) {
					t.lag(time.Since(due))
				}
				t.count(do(), due.After(hold))
			}
		})
	}
	t.all.Wait()
}

// arrivals runs an open loop: a goroutine for each request.
func (t *tally) arrivals(j Job, do func() error) {
	began := time.Now()
	for i := 0; ; i++ {
		at := time.Duration(float64(i) / j.Rate * float64(time.Second))
		if at >= j.Ramp+j.Hold {
			break
		}
		time.Sleep(time.Until(began.Add(at)))
		measured := at >= j.Ramp
		if measured {
			t.lag(time.Since(began) - at)
		}
		t.all.Go(func() { t.count(do(), measured) })
	}
	t.all.Wait()
}

// sleepers is a loop whose requests do nothing.
func sleepers(j Job) (Outcome, error) {
	var t tally
	before := cpu()
	t.users(j, func() func() error { return func() error { return nil } })
	o := t.outcome(j)
	o.CPU = time.Duration(float64(cpu()-before) * float64(j.Hold) / float64(j.Hold+j.Ramp))
	return o, nil
}

// connector returns what makes the request function of a user: all share the
// connections, unless the job wants one each.
func (j Job) connector() func() func() error {
	connect := j.netHTTP
	if j.Wire == FastHTTP {
		connect = j.fastHTTP
	}
	if j.Each {
		return func() func() error { return connect(1)() }
	}
	return connect(max(j.Users, 1000))
}

func (j Job) netHTTP(conns int) func() func() error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: conns, DisableCompression: true}}
	url := j.URL + "/todos"
	get := func() error {
		resp, err := client.Get(url)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		return nil
	}
	return func() func() error { return get }
}

func (j Job) fastHTTP(conns int) func() func() error {
	client := &fasthttp.HostClient{Addr: strings.TrimPrefix(j.URL, "http://"), MaxConns: conns, MaxIdleConnDuration: time.Minute}
	url := j.URL + "/todos"
	return func() func() error {
		return func() error {
			request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(request)
			defer fasthttp.ReleaseResponse(response)
			request.SetRequestURI(url)
			if err := client.Do(request, response); err != nil {
				return err
			}
			if response.StatusCode() != fasthttp.StatusOK {
				return fmt.Errorf("status %d", response.StatusCode())
			}
			return nil
		}
	}
}
