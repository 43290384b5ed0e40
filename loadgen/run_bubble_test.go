package loadgen_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// poster uploads nearly without a pause, so that a request is in flight when the run ends.
type poster struct {
	web  *httpclient.Client
	body []byte
}

func (p poster) post(ctx context.Context) error { return p.web.Post(ctx, "/", p.body).Err() }

func (p poster) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "post", Weight: 1, Do: p.post}}
}

// slowHandlers take longer than what a run leaves them.
func slowHandlers() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"sleeps":                func(http.ResponseWriter, *http.Request) { time.Sleep(20 * time.Millisecond) },
		"sleeps for hours":      func(http.ResponseWriter, *http.Request) { time.Sleep(5 * time.Hour) },
		"waits for its context": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"sleeps after its context": func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			time.Sleep(time.Hour)
		},
		"panics late": func(http.ResponseWriter, *http.Request) {
			time.Sleep(20 * time.Millisecond)
			panic(http.ErrAbortHandler)
		},
		"hijacks": func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				c.Close()
			}
			time.Sleep(time.Hour)
		},
		"hijacks and reads": func(w http.ResponseWriter, r *http.Request) {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				io.Copy(io.Discard, c)
				c.Close()
			}
		},
		"writes late": func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(20 * time.Millisecond)
			for range 100 {
				w.Write(make([]byte, 10_000))
			}
		},
		"writes slowly": func(w http.ResponseWriter, r *http.Request) {
			for range 1000 {
				time.Sleep(time.Second)
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
			}
		},
		"reads slowly": func(w http.ResponseWriter, r *http.Request) {
			for p := make([]byte, 100); ; {
				time.Sleep(time.Millisecond)
				if _, err := r.Body.Read(p); err != nil {
					return
				}
			}
		},
		"does not read": func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(20 * time.Millisecond)
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		},
		"has a deadline": func(w http.ResponseWriter, r *http.Request) {
			http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Minute))
			io.Copy(io.Discard, r.Body)
			time.Sleep(time.Hour)
		},
		"is given up by http.TimeoutHandler": http.TimeoutHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			time.Sleep(10 * time.Minute)
		}), 30*time.Millisecond, "busy").ServeHTTP,
		"asks others at the same time": func(_ http.ResponseWriter, r *http.Request) {
			first := make(chan bool, 5)
			for i := range cap(first) {
				go func() {
					time.Sleep(time.Duration(1+i) * time.Minute / 1000)
					first <- true
				}()
			}
			<-first
		},
		"leaves work behind": func(http.ResponseWriter, *http.Request) { go time.Sleep(time.Minute) },
		"is a proxy":         proxyTo(func(http.ResponseWriter, *http.Request) { time.Sleep(10 * time.Minute) }),
	}
}

// proxyTo hands requests on to a handler that is a separate server.
func proxyTo(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "behind"})
		p.Transport, p.ErrorLog = httpclient.Handler(h), log.New(io.Discard, "", 0)
		p.ServeHTTP(w, r)
	}
}

// TestABubbleEnds: whatever handler is at work when a run in virtual time ends,
// the run ends, what is in flight is cut off, and no goroutine is left, for which
// synctest would end the test binary. With and without Close, timeouts and
// StopTimeout.
func TestABubbleEnds(t *testing.T) {
	for name, handler := range slowHandlers() {
		for _, x := range []struct {
			body          int
			timeout, stop time.Duration
		}{{0, 0, 0}, {1 << 20, 0, 0}, {0, 50 * time.Millisecond, 0}, {1 << 20, 50 * time.Millisecond, time.Minute}} {
			if testing.Short() && (x.body+int(x.timeout) > 0 || !slices.Contains([]string{"sleeps for hours", "panics late", "hijacks and reads", "writes late"}, name)) {
				continue
			}
			t.Run(fmt.Sprintf("%s, %v", name, x), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					web, err := httpclient.New(httpclient.Config{Host: "http://target", Base: httpclient.Handler(handler), Timeout: x.timeout})
					require.NoError(t, err)
					if x.stop > 0 {
						defer web.Close()
					}
					run := loadgen.Runner{
						NewUser: func(env scenario.Env) (scenario.User, error) {
							return poster{web.Session(), make([]byte, x.body)}, nil
						},
						Pace:        scenario.Between(time.Millisecond, 5*time.Millisecond),
						Schedule:    phase.Schedule{{Name: "all", For: 310 * time.Millisecond, Users: 2}},
						StopTimeout: x.stop,
					}
					sum, err := run.Run(t.Context())
					require.NoError(t, err)
					if x.stop == 0 && strings.HasPrefix(name, "sleeps") {
						assert.Positive(t, sum.Total.Counters.CutOff)
					}
				})
			})
		}
	}
}

// TestAHandlerThatHangsDoesNotHoldUpTheRun: it is for the test to let it go.
func TestAHandlerThatHangsDoesNotHoldUpTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		web, err := httpclient.New(httpclient.Config{Host: "http://target", Base: httpclient.Handler(http.HandlerFunc(
			func(http.ResponseWriter, *http.Request) { <-release }))})
		require.NoError(t, err)
		sum, err := loadgen.Runner{
			NewUser:  func(scenario.Env) (scenario.User, error) { return poster{web: web.Session()}, nil },
			Pace:     scenario.Between(time.Millisecond, 5*time.Millisecond),
			Schedule: phase.Schedule{{Name: "all", For: time.Minute, Users: 2}},
		}.Run(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, 2, sum.Total.Counters.CutOff)
		close(release)
		web.Close()
	})
}
