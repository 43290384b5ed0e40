package prometheus

import (
	"encoding/binary"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/stretchr/testify/assert"

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

// ends are the first and the last point of a series, and how many there are.
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
