package work

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// target answers requests on a loopback port, which it prints at once, and
// notes when each arrives. When its input ends it prints how far the arrivals
// were from even ones.
func target(j Job) (Outcome, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Outcome{}, err
	}
	if err := json.NewEncoder(os.Stdout).Encode(Outcome{URL: "http://" + l.Addr().String()}); err != nil {
		return Outcome{}, err
	}
	log := arrivalLog{began: time.Now(), at: make([]time.Duration, 0, 1<<20)}
	server := &http.Server{Handler: &log}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the parent is done or gone
		_ = server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return Outcome{}, err
	}
	return log.outcome(j), nil
}

// arrivalLog is a handler that notes when requests arrive.
type arrivalLog struct {
	began time.Time
	mu    sync.Mutex
	at    []time.Duration
}

func (l *arrivalLog) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	now := time.Since(l.began)
	l.mu.Lock()
	l.at = append(l.at, now)
	l.mu.Unlock()
	_, _ = io.WriteString(w, "ok\n") // the client may be gone
}

// outcome leaves the ramp out, in which connections are opened.
func (l *arrivalLog) outcome(j Job) Outcome {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.Sort(l.at)
	o := Outcome{Requests: int64(len(l.at))}
	at := l.at[min(len(l.at), int(j.Rate*j.Ramp.Seconds())):]
	if len(at) < 2 {
		return o
	}
	o.Rate = float64(len(at)-1) / (at[len(at)-1] - at[0]).Seconds()
	o.Error = pacingError(at, j.Rate)
	return o
}

// pacingError compares sorted arrivals with the even ones that fit them best:
// p50, p99 and maximum of the absolute difference, in ms. The even ones may
// begin at any time (a constant delay is not an error), but keep the planned rate.
func pacingError(at []time.Duration, rate float64) [3]float64 {
	off := make([]float64, len(at))
	for i, t := range at {
		off[i] = t.Seconds() - float64(i)/rate
	}
	slices.Sort(off)
	middle := off[len(off)/2]
	for i := range off {
		off[i] = math.Abs(off[i]-middle) * 1000
	}
	slices.Sort(off)
	last := len(off) - 1
	return [3]float64{off[last/2], off[last*99/100], off[last]}
}
