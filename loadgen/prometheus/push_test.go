package prometheus

import (
	"encoding/binary"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/internal/porttest"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// receiver takes remote write, and answers what the test wants.
type receiver struct {
	*httptest.Server
	answer func(w http.ResponseWriter, r *http.Request, all []series) int

	mu       sync.Mutex
	requests int
	taken    []series
}

// series is a series of one request: its labels but job, instance, run; values and counts of histograms by
// timestamp.
type series struct {
	labels     map[string]string
	values     []point
	histograms []point // count
	exemplars  []point
}

type point struct {
	ms int64
	v  float64
}

func receive(t *testing.T, answer func(http.ResponseWriter, *http.Request, []series) int) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		assert.NoError(t, err)
		body, err = s2.Decode(nil, body)
		assert.NoError(t, err)
		all := request(t, body)
		r.mu.Lock()
		r.requests++
		r.mu.Unlock()
		code := r.answer(w, req, all)
		if code/100 == 2 {
			r.mu.Lock()
			r.taken = append(r.taken, all...)
			r.mu.Unlock()
		}
		if code > 0 {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "because\nof me")
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func accept(http.ResponseWriter, *http.Request, []series) int { return http.StatusNoContent }

// last is the last point of a series, and first the first one.
func (r *receiver) ends(name string, labels ...string) (first, last point, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.taken {
		if s.labels["__name__"] != name || !has(s.labels, labels) {
			continue
		}
		for _, p := range append(s.values, s.histograms...) {
			if n++; n == 1 {
				first = p
			}
			last = p
		}
	}
	return first, last, n
}

func has(labels map[string]string, pairs []string) bool {
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		if labels[name] != value {
			return false
		}
	}
	return true
}

// fields walks a protobuf message.
func fields(t *testing.T, data []byte, do func(field int, n uint64, text []byte)) {
	for len(data) > 0 {
		tag, k := binary.Uvarint(data)
		if !assert.Positive(t, k) {
			return
		}
		data = data[k:]
		switch tag & 7 {
		case 0:
			n, k := binary.Uvarint(data)
			do(int(tag>>3), n, nil)
			data = data[k:]
		case 1:
			do(int(tag>>3), binary.LittleEndian.Uint64(data), nil)
			data = data[8:]
		case 2:
			n, k := binary.Uvarint(data)
			do(int(tag>>3), 0, data[k:k+int(n)])
			data = data[k+int(n):]
		default:
			assert.Fail(t, "wire type", "%d", tag&7)
			return
		}
	}
}

func request(t *testing.T, body []byte) (all []series) {
	fields(t, body, func(_ int, _ uint64, data []byte) {
		s := series{labels: map[string]string{}}
		last := ""
		fields(t, data, func(field int, _ uint64, part []byte) {
			var texts [3]string
			var numbers [16]uint64
			fields(t, part, func(f int, n uint64, text []byte) {
				numbers[f] = n
				if f < 3 {
					texts[f] = string(text)
				}
			})
			switch field {
			case 1:
				assert.Less(t, last, texts[1], "labels are sorted")
				last = texts[1]
				s.labels[last] = texts[2]
			case 2:
				s.values = append(s.values, point{int64(numbers[2]), math.Float64frombits(numbers[1])})
			case 3:
				s.exemplars = append(s.exemplars, point{int64(numbers[3]), math.Float64frombits(numbers[2])})
			case 4:
				s.histograms = append(s.histograms, point{int64(numbers[15]), float64(numbers[1])})
			}
		})
		all = append(all, s)
	})
	return all
}

// pushing begins a run that is pushed to a receiver.
func pushing(t *testing.T, to string, log *journal) (*Exporter, func(at time.Duration, n int), func(at time.Duration)) {
	c := Config{Push: to, PushEvery: 2 * time.Second, Instance: "here"}
	if log != nil {
		c.Logger = log.logger()
	}
	e := newExporter(t, c)
	e.endLimit = time.Minute // the limit is for receivers that hang, not for machines that are busy
	run, r := begin(e, twoPhases, start)
	op := report.Op{Method: "GET", Name: "/a"}
	add := func(at time.Duration, n int) {
		for range n {
			recordAt(r, at, 30*time.Millisecond, op, "")
		}
		run.Watch(r.Snapshot(at))
	}
	return e, add, func(at time.Duration) { run.EndRun(r.Summary(record.Meta{End: at})) }
}

// TestPushHoldsTheEnd: a run that is over before the first scrape is there as a whole, and begins with
// zeros, so that increase counts its first requests.
func TestPushHoldsTheEnd(t *testing.T) {
	r := receive(t, accept)
	e, add, end := pushing(t, r.URL, nil)
	add(500*time.Millisecond, 3)
	end(900 * time.Millisecond)
	assert.Empty(t, e.Losses().String())
	for _, name := range []string{"loadgen_requests_total", "loadgen_request_duration_seconds", "loadgen_request_duration_seconds_count"} {
		first, last, _ := r.ends(name, "outcome=ok", "phase=baseline", "operation=GET /a", "run=r-1", "job=load-generator", "instance=here")
		assert.Equal(t, point{start.UnixMilli(), 0}, first, name)
		assert.Equal(t, point{start.UnixMilli() + 900, 3}, last, name)
	}
	_, last, _ := r.ends("loadgen_request_duration_seconds_bucket", "le=0.05")
	assert.EqualValues(t, 3, last.v)
	_, last, _ = r.ends("loadgen_request_duration_seconds_bucket", "le=0.025")
	assert.EqualValues(t, 0, last.v)
	_, last, _ = r.ends("loadgen_request_duration_seconds_sum", "outcome=ok")
	assert.InDelta(t, .09, last.v, 1e-9)
	_, _, n := r.ends("loadgen_run_end_timestamp_seconds")
	assert.Equal(t, 1, n)
}

// TestPushesDuringTheRun: later pushes continue the series and begin no new ones.
func TestPushesDuringTheRun(t *testing.T) {
	arrived := make(chan struct{}, 10)
	r := receive(t, func(http.ResponseWriter, *http.Request, []series) int { arrived <- struct{}{}; return 204 })
	_, add, end := pushing(t, r.URL, nil)
	add(1*time.Second, 1)
	<-arrived
	add(2*time.Second, 1) // not due yet
	add(3*time.Second, 1)
	<-arrived
	end(3 * time.Second) // of the instant of the one before
	assert.Equal(t, 3, r.requests)
	_, last, n := r.ends("loadgen_requests_total", "outcome=ok")
	assert.Equal(t, 4, n, "a zero and three values")
	assert.Equal(t, point{start.UnixMilli() + 3001, 3}, last)
}

// TestRunsShareNoSeries: a receiver refuses a whole request for one value that is older than what it has
// from another run, in this process or in another one of the same host.
func TestRunsShareNoSeries(t *testing.T) {
	var of []map[string]bool
	r := receive(t, func(_ http.ResponseWriter, _ *http.Request, all []series) int {
		runs := map[string]bool{}
		for _, s := range all {
			runs[s.labels["run"]] = true
		}
		of = append(of, runs)
		return 204
	})
	e, _, end := pushing(t, r.URL, nil)
	second, rec := begin(e, twoPhases, start)
	end(2 * time.Second)
	second.EndRun(rec.Summary(record.Meta{End: time.Second}))
	assert.Equal(t, []map[string]bool{{"r-1": true}, {"r-1-2": true}}, of)
	_, _, n := r.ends("loadgen_build_info", "run=r-1")
	assert.Equal(t, 1, n)
}

// TestLossesArePushed: who is not scraped learns of them by the next push that arrives.
func TestLossesArePushed(t *testing.T) {
	asked := make(chan struct{}, 10)
	r := receive(t, func(http.ResponseWriter, *http.Request, []series) int {
		asked <- struct{}{}
		if len(asked) == 1 {
			return http.StatusForbidden
		}
		return 204
	})
	e, add, end := pushing(t, r.URL, nil)
	add(time.Second, 1)
	require.Eventually(t, func() bool { return e.Losses().Pushes == 1 }, time.Minute, time.Millisecond)
	end(2 * time.Second)
	first, last, _ := r.ends("loadgen_export_lost_total", "what=push", "run=r-1")
	assert.Zero(t, first.v)
	assert.EqualValues(t, 1, last.v)
}

// TestSeriesThatEndAreForgotten: each zeroing of the statistics begins new ones.
func TestSeriesThatEndAreForgotten(t *testing.T) {
	r := receive(t, accept)
	e := newExporter(t, Config{Push: r.URL})
	observed, rec := begin(e, twoPhases, start)
	p := observed.(*run).push
	most := 0
	for i := range 5 {
		at := time.Duration(i+1) * time.Second
		recordAt(rec, at, time.Millisecond, report.Op{Name: "x"}, "")
		observed.(*run).figures.Watch(rec.Snapshot(at))
		require.NoError(t, p.send(t.Context(), at))
		if i == 0 {
			most = len(p.series.known)
		}
		assert.LessOrEqual(t, len(p.series.known), most)
		rec.Reset(at + time.Millisecond)
	}
	_, _, n := r.ends("loadgen_requests_total", "run=r-1.4", "outcome=ok")
	assert.Equal(t, 2, n, "a zero and a value")
	observed.EndRun(rec.Summary(record.Meta{End: 6 * time.Second}))
}

func TestReceiversThatTakeLess(t *testing.T) {
	for name, x := range map[string]struct{ native, zeros bool }{"no native histograms": {false, true}, "no zeros": {true, false}, "neither": {}} {
		t.Run(name, func(t *testing.T) {
			r := receive(t, func(_ http.ResponseWriter, _ *http.Request, all []series) int {
				for _, s := range all {
					if len(s.histograms) > 0 && !x.native {
						return http.StatusInternalServerError // of Prometheus without the feature
					}
					if len(s.values) > 1 && !x.zeros {
						return http.StatusBadRequest // out of order: they arrived before, and the answer did not
					}
				}
				return http.StatusOK
			})
			e, add, end := pushing(t, r.URL, nil)
			add(time.Second, 3)
			end(2 * time.Second)
			assert.Empty(t, e.Losses().String())
			for name, there := range map[string]bool{"loadgen_request_duration_seconds": x.native, "loadgen_request_duration_seconds_count": true, "loadgen_requests_total": true} {
				first, last, n := r.ends(name, "outcome=ok")
				if assert.Equal(t, there, n > 0, name) && there {
					assert.Equal(t, x.zeros, first.v == 0, name)
					assert.EqualValues(t, 3, last.v, name)
				}
			}
		})
	}
}

func TestReceiversThatRefuse(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a time limit")
	}
	for name, x := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request, all []series) int
		says   string
		lost   Losses
	}{
		"not found": {func(http.ResponseWriter, *http.Request, []series) int { return 404 }, "it answers 404: because of me (Prometheus receives remote write with --web.enable-remote-write-receiver)", Losses{Ends: 1}},
		"forbidden": {func(http.ResponseWriter, *http.Request, []series) int { return 403 }, "it answers 403: because of me", Losses{Ends: 1}},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request, _ []series) int {
			w.Header().Set("Location", r.URL.String())
			return 307
		}, "it answers 307", Losses{Ends: 1}},
		"busy": {func(w http.ResponseWriter, _ *http.Request, _ []series) int {
			w.Header().Set("Retry-After", "3600")
			return 429
		}, "it answers 429", Losses{Ends: 1}},
		"silent": {func(_ http.ResponseWriter, r *http.Request, _ []series) int { <-r.Context().Done(); return 0 }, "context deadline exceeded", Losses{Ends: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			log := new(journal)
			r := receive(t, x.answer)
			e, add, end := pushing(t, strings.Replace(r.URL, "http://", "http://ann:open-sesame@", 1)+"/write?key=hidden", log)
			if name == "silent" {
				e.endLimit = endLimit
			}
			add(time.Second, 1)
			end(2 * time.Second)
			lost := e.Losses()
			assert.Equal(t, x.lost.Ends, lost.Ends)
			assert.GreaterOrEqual(t, lost.Pushes, int64(1))
			assert.Contains(t, log.String(), x.says)
			assert.Equal(t, 1, strings.Count(log.String(), "level=WARN"), "said once")
			assert.NotContains(t, log.String(), "sesame")
			assert.NotContains(t, log.String(), "hidden")
			assert.EqualValues(t, lost.Pushes, gather(t, e).value(`loadgen_export_lost_total{what="push"}`))
		})
	}
}

// TestABusyReceiverGetsTheEndLater: within the second that is left.
func TestABusyReceiverGetsTheEndLater(t *testing.T) {
	n := 0
	r := receive(t, func(http.ResponseWriter, *http.Request, []series) int {
		if n++; n < 3 {
			return 503
		}
		return 204
	})
	e, _, end := pushing(t, r.URL, nil)
	end(time.Second)
	assert.Empty(t, e.Losses().String())
	assert.Equal(t, 3, r.requests)
}

func TestNoReceiver(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a time limit")
	}
	log := new(journal)
	e, add, end := pushing(t, "http://"+porttest.Refusing(t), log)
	e.endLimit = endLimit
	add(time.Second, 1)
	end(2 * time.Second)
	assert.EqualValues(t, 1, e.Losses().Ends)
	assert.Contains(t, e.Losses().String(), "the end of 1 run among them")
	assert.Contains(t, log.String(), "refused")
}

// TestAReceiverWithAWrongCertificate: nothing is sent to it.
func TestAReceiverWithAWrongCertificate(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a time limit")
	}
	asked := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	log := new(journal)
	e, _, end := pushing(t, server.URL, log)
	e.endLimit = endLimit
	end(time.Second)
	server.Close()
	assert.EqualValues(t, 1, e.Losses().Ends)
	assert.Contains(t, log.String(), "certificate")
	assert.False(t, asked)
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "x": 0, "-5": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "999999": time.Hour, "Mon, 02 Jan 2006 15:04:05 GMT": 0,
	} {
		assert.Equal(t, want, retryAfter(text), text)
	}
	assert.Equal(t, time.Hour, retryAfter(time.Now().Add(48*time.Hour).UTC().Format(http.TimeFormat)))
	require.Positive(t, retryAfter(time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)))
}
