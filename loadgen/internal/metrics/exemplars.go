package metrics

import (
	"sort"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// How long an exemplar is not replaced by a quicker one, and how long it is shown.
const (
	exemplarKept  = 10 * time.Second
	exemplarShown = time.Minute
)

// Exemplar is a traced request of a series: the slowest of its classic bucket in the last ten seconds, not older than a
// minute.
type Exemplar struct {
	Took        time.Duration // response time
	At          time.Time     // when it was done
	Trace, Span string        // ids
}

// exemplars keeps those of a run. They are bounded: MaxRows series of a few buckets.
type exemplars struct {
	mu sync.Mutex
	of map[exemplarOf][]measure.Traced // by classic bucket; those without a Trace are missing
}

// exemplarOf is a series.
type exemplarOf struct {
	phase  string // name
	op     report.Op
	failed bool
}

// longestIDs is how long the ids of an exemplar may be together: Prometheus takes 128 characters with the names of their labels.
const longestIDs = 100

// ReadTrace implements measure.TraceReader.
func (r *Run) ReadTrace(x measure.Traced) {
	if len(x.Trace)+len(x.Span) > longestIDs || !utf8.ValidString(x.Trace) || !utf8.ValidString(x.Span) {
		return
	}
	of := exemplarOf{r.phaseAt(x.Intended), x.Op, x.Failed}
	x.Op = report.Op{} // a name is kept once, not once a bucket
	took := x.Done - x.Intended
	e := &r.exemplars
	e.mu.Lock()
	defer e.mu.Unlock()
	list := e.of[of]
	if list == nil {
		if len(e.of) >= MaxRows {
			return
		}
		list = make([]measure.Traced, len(bounds)+1)
		if e.of == nil {
			e.of = map[exemplarOf][]measure.Traced{}
		}
		e.of[of] = list
	}
	at := &list[sort.Search(len(bounds), func(i int) bool { return bounds[i] >= took })]
	if at.Trace == "" || x.Done-at.Done > exemplarKept || took >= at.Done-at.Intended {
		*at = x
	}
}

// phaseAt is the name of the phase that an offset lies in.
func (r *Run) phaseAt(at time.Duration) (name string) {
	for _, p := range r.about.Phases {
		if p.Start <= at {
			name = p.Name
		}
	}
	return name
}

// forget forgets exemplars that are too old at an offset, or older than the figures.
func (e *exemplars) forget(now, since time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for of, list := range e.of {
		some := false
		for i := range list {
			if now-list[i].Done > exemplarShown || list[i].Done < since {
				list[i] = measure.Traced{}
			}
			some = some || list[i].Trace != ""
		}
		if !some {
			delete(e.of, of)
		}
	}
}

// list are those of a series.
func (e *exemplars) list(of exemplarOf, start time.Time) (out []Exemplar) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.of[of] {
		if x.Trace != "" {
			out = append(out, Exemplar{x.Done - x.Intended, start.Add(x.Done), x.Trace, x.Span})
		}
	}
	return out
}
