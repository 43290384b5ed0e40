package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
)

// Worker is one process of a run that several made together, as its coordinator saw it.
type Worker struct {
	ID    string      `json:"id"`    // stable over restarts
	Index int         `json:"index"` // of its share of the users, from 0 on
	State WorkerState `json:"state"`
	Users int         `json:"users"` // running now

	Requests int64   `json:"requests"` // completed
	Failures int64   `json:"failures"` // of Requests
	RPS      float64 `json:"rps"`      // requests per second in the last 5 s; in a Summary, of its part of the run
	Share    float64 `json:"share"`    // of the Requests of all workers, 0..1; of a lost one until then
	LagMS    Lag     `json:"late_ms"`
	Health   Health  `json:"health"` // of its process

	ClockMS      float64 `json:"clock_ms"`       // its clock minus the coordinator's
	ClockBoundMS float64 `json:"clock_bound_ms"` // the error of ClockMS is at most this
	StartSkewMS  float64 `json:"start_skew_ms"`  // how much later than the coordinator's offset 0 it began

	SilentS float64 `json:"silent_s,omitempty"` // since the last report that came from it
	LostS   float64 `json:"lost_s,omitempty"`   // offset from which on it is lost; 0: it is not
	Why     string  `json:"why,omitempty"`      // it was lost, as far as known
}

// WorkerState is where a worker is in its life cycle, in Locust's words and one more.
type WorkerState string

// The states of a worker.
const (
	WorkerReady    WorkerState = "ready"    // waits for a run
	WorkerSpawning WorkerState = "spawning" // its users come or go
	WorkerRunning  WorkerState = "running"  // its users are there
	WorkerMissing  WorkerState = "missing"  // silent for more than 3 s; it may come back
	WorkerLost     WorkerState = "lost"     // given up: its users make no load since, or the run was stopped without it
	WorkerStopped  WorkerState = "stopped"  // its part of the run is over, and all of its figures are in
)

// Loss is the part of a phase that no worker made, because one was lost.
type Loss struct {
	UserSeconds float64 `json:"user_seconds"`       // that the plan called for and no worker spent
	Arrivals    int64   `json:"arrivals,omitempty"` // that the plan called for; in Counters.Lost too
	Share       float64 `json:"share"`              // of the phase's user-seconds, or of its arrivals; 0..1
}

// LostShare is the part of the planned load of the phase that no worker made, 0..1.
func (p *PhaseSummary) LostShare() float64 {
	if p.Lost == nil {
		return 0
	}
	return p.Lost.Share
}

// LostShare is the part of the planned load of the run that no worker made, 0..1: the mean of those of its
// phases, each weighted by its length.
func (s *Summary) LostShare() float64 {
	lost, length := 0.0, 0.0
	for i := range s.Phases {
		p := &s.Phases[i]
		lost, length = lost+p.LostShare()*(p.EndS-p.StartS), length+p.EndS-p.StartS
	}
	if length == 0 {
		return 0
	}
	return lost / length
}

// SetWorkers makes workers, by index, those of the run: to be called once, when the Lost and the Counters of its
// phases are known. It sums up what was lost, judges each worker and all together, which becomes the Health of
// the run, and puts first among the Notes which worker was lost or too late, and what that has cost.
func (s *Summary) SetWorkers(workers []Worker) {
	s.Workers = slices.Clone(workers)
	for i := range s.Phases {
		if p := &s.Phases[i]; p.Lost != nil && *p.Lost == (Loss{}) {
			p.Lost = nil
		}
	}
	s.Total.Lost = s.lost()
	end := time.Duration(s.EndS * float64(time.Second))
	s.Health = WorstHealth(s.Workers)
	s.Health.judgeWorkers(s.Workers, &s.Total, end)
	var notes say.Parts
	for _, note := range []string{s.lossNote(), s.lateNote()} {
		notes.Add(note != "", "%s", note)
	}
	s.Notes = slices.Concat(notes, s.Notes)
}

// lost sums up the losses of the phases; nil: there were none.
func (s *Summary) lost() *Loss {
	sum, any := Loss{Share: s.LostShare()}, false
	for _, p := range s.Phases {
		if p.Lost != nil {
			sum.UserSeconds, sum.Arrivals, any = sum.UserSeconds+p.Lost.UserSeconds, sum.Arrivals+p.Lost.Arrivals, true
		}
	}
	if !any {
		return nil
	}
	return &sum
}

// mostNamed is how many workers or phases a sentence names.
const mostNamed = 3

// few joins the first of some words, and says how many more there are.
func few(words []string) string {
	if n := len(words) - mostNamed; n > 0 {
		words = append(slices.Clone(words[:mostNamed]), say.Count(n)+" more")
	}
	return say.And(words)
}

// lossNote says in a sentence which workers were lost and what was not made; "": nothing was.
func (s *Summary) lossNote() string {
	var gone, parts say.Parts
	for i := range s.Workers {
		w := &s.Workers[i]
		gone.Add(w.IsLost(), "%s", w.ID)
	}
	for i := range s.Phases {
		p := &s.Phases[i]
		parts.Add(p.Lost != nil, "%s of the load of %s (%s)", say.Share(p.LostShare()), cmp.Or(p.Name, "the run"), p.Lost)
	}
	what := "none of the load was"
	switch len(parts) {
	case 0:
	case 1:
		what = parts[0] + " was"
	default:
		what = few(parts) + " were"
	}
	switch {
	case len(gone)+len(parts) == 0:
		return ""
	case len(gone) == 0:
		return say.Capital(what) + " not made by any worker."
	case len(gone) == 1:
		w := s.Workers[slices.IndexFunc(s.Workers, func(w Worker) bool { return w.IsLost() })]
		return fmt.Sprintf("Worker %s was lost at %s%s: %s lost with it.", w.ID, say.ClockS(w.LostS), bracketed(w.Why), what)
	}
	return fmt.Sprintf("Workers %s were lost: %s lost with them.", few(gone), what)
}

// bracketed puts a text in brackets, after a space; "" for none.
func bracketed(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// String is what was lost, in words.
func (l *Loss) String() string {
	var parts say.Parts
	parts.Add(l.UserSeconds > 0 || l.Arrivals == 0, "%s user-seconds", say.Number(l.UserSeconds))
	parts.Add(l.Arrivals > 0, "%s", say.Plural(l.Arrivals, "arrival"))
	return say.And(parts)
}

// IsLost reports whether the worker was given up.
func (w *Worker) IsLost() bool { return w.State == WorkerLost || w.LostS > 0 }
