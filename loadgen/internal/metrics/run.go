package metrics

import (
	"fmt"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// Run is one run. Make it with NewRun. All methods are safe for concurrent use.
type Run struct {
	about  measure.Run
	id     string
	phases map[string]string // labels by name

	reading sync.Mutex      // held throughout a reading, which takes seconds of a large run; before mu
	figs    *report.Summary // as last read
	zeroed  int             // how often the figures were seen to be zeroed
	names   *names
	others  [report.SortValue + 1]*names // by sort; nil: not used yet

	exemplars exemplars // of requests

	mu    sync.Mutex       // held for an instant: the run waits for it
	now   *report.Snapshot // of the last second
	stale bool             // a second has passed since figs were read
	ended bool             // figs are final; set with both locks
}

// NewRun returns a run that begins. id is its label.
func NewRun(about measure.Run, id string) *Run {
	r := &Run{about: about, id: id, now: &report.Snapshot{}, figs: &report.Summary{}, stale: true, names: newNames(), phases: map[string]string{}}
	for i, p := range about.Phases {
		r.phases[p.Name] = phaseLabel(i, p.Name)
	}
	if len(about.Phases) > 0 {
		r.now.Phase = about.Phases[0]
	}
	return r
}

// BeginPhase notes that a phase begins.
func (r *Run) BeginPhase(i int, info report.PhaseInfo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := *r.now
	now.Index, now.Phase = i, info
	r.now = &now
}

// Watch notes what there is in a second.
func (r *Run) Watch(s *report.Snapshot) {
	r.mu.Lock()
	r.now, r.stale = s, true
	r.mu.Unlock()
}

// End takes the final figures. What a script left behind may have been counted since
// they were made; what a reading has shown of it is not taken back.
func (r *Run) End(s *report.Summary) {
	r.reading.Lock()
	defer r.reading.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Total.Requests >= r.figs.Total.Requests || s.ResetS != r.figs.ResetS {
		own := *s // whose fields others may set: notes, exceptions
		own.Timeline, own.Intervals, own.TransactionIntervals, own.TagIntervals, own.FigureIntervals = nil, nil, nil, nil, nil
		r.take(&own)
	}
	r.about.Recorder = nil // who keeps the exporter keeps no samples
	now := *r.now
	now.Health, now.Lag = s.Health, s.LagMS
	now.Users, now.On, now.Planned = 0, 0, 0
	now.Counters.InFlight = s.Total.Counters.InFlight
	r.now, r.ended = &now, true
}

// Over reports whether the run has ended.
func (r *Run) Over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended
}

// refresh brings the figures up to date, at most once a second, and returns the levels that go with them.
// The caller holds reading.
func (r *Run) refresh() *report.Snapshot {
	r.mu.Lock()
	now, due := r.now, !r.ended && r.stale && r.about.Recorder != nil
	r.stale = false
	r.mu.Unlock()
	if due {
		r.take(r.about.Recorder.SoFar(now.At))
	}
	return now
}

// take takes figures. Those that were counted from another instant than the last are series
// of another name: a count that starts again would be taken for one that continues where the new
// one overtakes the old one between two readings.
func (r *Run) take(s *report.Summary) {
	if s.ResetS != r.figs.ResetS {
		r.zeroed++
	}
	r.figs = s
}

// label is the value of the label run.
func (r *Run) label() string {
	if r.zeroed > 0 {
		return fmt.Sprintf("%s.%d", r.id, r.zeroed)
	}
	return r.id
}

// created is when the counts began.
func (r *Run) created() time.Time {
	return r.about.Start.Add(time.Duration(r.figs.ResetS * float64(time.Second)))
}
