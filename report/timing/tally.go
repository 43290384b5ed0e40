package timing

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gensim/load-generator/report/hist"
)

// Tally is made of the Times of many requests, successes and failures. The zero value is empty and ready, and methods
// that only read work on nil, which is empty too. It is not safe for concurrent use.
type Tally struct {
	requests uint64
	parts    [Parts]*hist.Sketch // of the times that are not 0; nil: none
}

// Add takes those of a request, unless nothing of it was measured.
func (t *Tally) Add(p Packed) {
	if p == (Packed{}) {
		return
	}
	t.requests++
	for i, code := range p {
		if code > 0 {
			t.Sketch(Part(i)).Add(unpack(code))
		}
	}
}

// Sketch returns the histogram of a part, to which times of requests that Grow counts may be added.
func (t *Tally) Sketch(p Part) *hist.Sketch {
	if t.parts[p] == nil {
		t.parts[p] = new(hist.Sketch)
	}
	return t.parts[p]
}

// Merge adds all of o, which may be nil, and leaves it as it is.
func (t *Tally) Merge(o *Tally) {
	if o == nil {
		return
	}
	t.requests += o.requests
	for p, s := range o.parts {
		if s.Count() > 0 {
			t.Sketch(Part(p)).Merge(s)
		}
	}
}

// Reset empties t, which may be nil, and keeps its memory.
func (t *Tally) Reset() {
	if t == nil {
		return
	}
	t.requests = 0
	for _, s := range t.parts {
		if s != nil {
			s.Reset()
		}
	}
}

// Requests returns how many requests were measured.
func (t *Tally) Requests() uint64 {
	if t == nil {
		return 0
	}
	return t.requests
}

// Part returns the histogram of a part, of the times that are not 0, or nil. It is t's own.
func (t *Tally) Part(p Part) *hist.Sketch {
	if t == nil {
		return nil
	}
	return t.parts[p]
}

// Grow adds n requests, of which no part took time yet. Times that are then added to a Sketch are of some of them.
func (t *Tally) Grow(n uint64) { t.requests += n }

// Figure is what a part came to, in milliseconds and over all requests that were measured: the time of those without
// the part is 0. Quantiles and Max are to 0.8 %.
type Figure struct {
	Part Part    `json:"part"`
	Mean float64 `json:"mean_ms"`
	P50  float64 `json:"p50_ms"`
	P95  float64 `json:"p95_ms"`
	P99  float64 `json:"p99_ms"`
	Max  float64 `json:"max_ms"`
}

// Figures returns those of the parts that took time, in their order.
func (t *Tally) Figures() (out []Figure) {
	for p := range Parts {
		s := t.Part(p)
		if s.Count() == 0 {
			continue
		}
		out = append(out, Figure{
			Part: p, Mean: s.Sum() * 1e3 / float64(t.requests),
			P50: t.quantile(s, 0.5), P95: t.quantile(s, 0.95), P99: t.quantile(s, 0.99), Max: ms(s.Max()),
		})
	}
	return out
}

// quantile returns the p-quantile of a part over all requests, ms.
func (t *Tally) quantile(s *hist.Sketch, p float64) float64 {
	n := float64(s.Count())
	among := (p*float64(t.requests) - (float64(t.requests) - n)) / n
	if among <= 0 {
		return 0
	}
	return ms(s.Quantile(among))
}

// ms converts to milliseconds.
func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// tallyJSON is a Tally in JSON.
type tallyJSON struct {
	Requests uint64     `json:"requests"`
	Parts    []partJSON `json:"parts"`
}

type partJSON struct {
	Figure
	Sketch *hist.Sketch `json:"sketch"`
}

// MarshalJSON writes the Figures with the histograms that they are of.
func (t *Tally) MarshalJSON() ([]byte, error) {
	out := tallyJSON{t.Requests(), []partJSON{}}
	for _, f := range t.Figures() {
		out.Parts = append(out.Parts, partJSON{f, t.parts[f.Part]})
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the histograms that MarshalJSON wrote, and skips those of parts that it does not know.
func (t *Tally) UnmarshalJSON(data []byte) error {
	var in struct {
		Requests uint64
		Parts    []struct {
			Part   string
			Sketch *hist.Sketch
		}
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("timings: %w", err)
	}
	var out Tally
	out.Grow(in.Requests)
	for _, x := range in.Parts {
		p, known := Of(x.Part)
		switch {
		case !known:
		case out.parts[p] != nil:
			return errors.New("timings: " + x.Part + " stands there twice")
		case x.Sketch.Count() > in.Requests:
			return fmt.Errorf("timings: %d times of %s in %d requests", x.Sketch.Count(), p, in.Requests)
		default:
			out.parts[p] = x.Sketch
		}
	}
	*t = out
	return nil
}
