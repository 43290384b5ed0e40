package samples

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/internal/metrics"
	"github.com/gensim/load-generator/loadgen/internal/sampling"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/samplefile"
)

const (
	waiting    = 256 << 10        // requests that may wait for the file: 12 MB
	flushEvery = 5 * time.Second  // what a process that is killed loses at most
	endLimit   = 10 * time.Second // how long the end of a run waits for the file
	endRoom    = 1_000_000        // bytes below the limit that are left for what is in buffers
)

// run is the file of one run.
type run struct {
	e        *Exporter
	header   samplefile.Header
	path     string
	recorder *record.Recorder
	tap      *record.Tap
	sampler  *sampling.Sampler // nil: all requests are written

	drained chan struct{}        // closed when all requests are written, or lost
	end     chan *samplefile.End // the last record; nil: without one
	closed  chan struct{}        // closed with the file

	mu     sync.Mutex
	counts samplefile.End // its counts alone
	lost   int64          // requests that an error kept from the file
	fault  error          // the first one
}

func newRun(e *Exporter, about measure.Run, path string) *run {
	r := &run{
		e: e, header: headerOf(about), path: path, recorder: about.Recorder, tap: about.Recorder.Tap(e.waiting),
		drained: make(chan struct{}), end: make(chan *samplefile.End, 1), closed: make(chan struct{}),
	}
	if share := e.config.Share; share < 1 {
		r.header.Share, r.sampler = share, sampling.New(about.Seed, share)
	}
	go r.write()
	return r
}

// write takes requests to the file until the Tap is closed.
func (r *run) write() {
	defer close(r.closed)
	to, free := r.open()
	defer free()
	var batch []record.Sample
	flushed := time.Now()
	for {
		if batch = r.tap.Next(batch[:0]); len(batch) == 0 {
			break
		}
		r.take(to, batch)
		if time.Since(flushed) >= flushEvery {
			r.attempt(0, to.Flush)
			flushed = time.Now()
		}
	}
	close(r.drained)
	if end := <-r.end; end != nil {
		r.attempt(0, func() error { return to.End(*end) })
	} else {
		r.attempt(0, to.Flush)
	}
}

// open opens the file. What it returns writes nothing after an error.
func (r *run) open() (to *samplefile.Writer, free func()) {
	free = func() {}
	r.attempt(0, func() error {
		format, err := samplefile.FormatOf(r.path)
		if err != nil {
			return err
		}
		unlock, err := output.Lock(r.path)
		if err != nil {
			return err
		}
		file, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
		if err != nil {
			unlock()
			return err
		}
		free = func() {
			r.attempt(0, file.Close)
			unlock()
		}
		to, err = samplefile.NewWriter(file, format, r.header)
		return err
	})
	return to, free
}

// headerOf describes a run.
func headerOf(about measure.Run) samplefile.Header {
	return samplefile.Header{
		Run: metrics.RunID("", 1, about.Start), Name: about.Name, Seed: about.Seed,
		Plan: about.PlanDigest, Start: about.Start.Round(0).UTC(), Phases: about.Phases, Declared: about.Recorder.Declared(),
	}
}

// take writes those of some requests that are chosen.
func (r *run) take(to *samplefile.Writer, batch []record.Sample) {
	all := len(batch)
	batch = keep(r.sampler, batch)
	r.mu.Lock()
	r.counts.LeftOut += int64(all - len(batch))
	full := r.fault == nil && to.Bytes() > r.e.config.Limit-endRoom
	if full {
		if r.counts.Beyond == 0 {
			r.e.log.Warn("the file of samples has reached its limit; further requests are counted", "file", r.path, "limit", r.e.config.Limit)
		}
		r.counts.Beyond += int64(len(batch))
	}
	r.mu.Unlock()
	if !full {
		r.attempt(len(batch), func() error { return to.Write(batch) })
	}
}

// attempt does something for some requests unless there was an error before, and notes what becomes of them.
func (r *run) attempt(requests int, do func() error) {
	r.mu.Lock()
	failed := r.fault != nil
	r.mu.Unlock()
	var err error
	if !failed {
		err = do()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case failed:
		r.lost += int64(requests)
	case err != nil:
		r.fault, r.lost = err, r.lost+int64(requests)
		r.e.log.Warn("samples cannot be written; the run continues without them", "file", r.path, "error", err)
	default:
		r.counts.Written += int64(requests)
	}
}

// missing is how many requests should be in the file and are not.
func (r *run) missing() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tap.Lost() + r.counts.Beyond + r.lost
}

// BeginPhase implements measure.RunObserver.
func (r *run) BeginPhase(int, report.PhaseInfo) {}

// BeginTask implements measure.RunObserver: requests come from the recorder.
func (r *run) BeginTask(ctx context.Context, _ measure.Task) (context.Context, measure.TaskSpan) {
	return ctx, nil
}

// Watch implements measure.RunObserver.
func (r *run) Watch(*report.Snapshot) {}

// EndRun implements measure.RunObserver. It waits for the file up to a limit, and notes in the Summary what is missing
// in it.
func (r *run) EndRun(sum *report.Summary) {
	defer r.e.ended(r)
	rest := r.recorder.Rest()
	r.tap.Close()
	limit := time.After(r.e.patience)
	if !within(limit, r.drained) {
		r.end <- nil
		sum.Notes = append(sum.Notes, r.late())
		return
	}
	note := r.note(sum)
	if note != "" {
		sum.Notes = append(sum.Notes, note)
	}
	end := r.last(sum, rest)
	r.end <- &end
	switch {
	case !within(limit, r.closed):
		sum.Notes = append(sum.Notes, r.late())
	case r.failed() == nil:
		r.e.log.Info("samples are written", "file", r.path, "requests", end.Written)
	case note == "":
		sum.Notes = append(sum.Notes, r.note(sum))
	}
}

// within waits for an event until the limit.
func within(limit <-chan time.Time, event <-chan struct{}) bool {
	select {
	case <-event:
		return true
	case <-limit:
		return false
	}
}

// last is the last record.
func (r *run) last(sum *report.Summary, rest *record.Delta) samplefile.End {
	end := samplefile.EndOf(sum, rest)
	r.mu.Lock()
	defer r.mu.Unlock()
	end.Written, end.LeftOut, end.Beyond, end.Dropped = r.counts.Written, r.counts.LeftOut, r.counts.Beyond, r.tap.Lost()
	return end
}

func (r *run) late() string {
	return fmt.Sprintf("The file of samples %s lacks its end: the disk did not take all within %s after the run.", r.path, say.Span(r.e.patience))
}

func (r *run) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

// note says what is missing in the file; "": nothing.
func (r *run) note(sum *report.Summary) string {
	missing, err := r.missing(), r.failed()
	switch {
	case err != nil:
		return fmt.Sprintf("The file of samples %s cannot be written, and lacks %s or more and its end: %v.", r.path, say.Plural(missing, "request"), err)
	case sum.Workers != nil:
		return "The file of samples " + r.path + " has no requests: " + alone + "."
	case r.counts.Beyond > 0:
		return fmt.Sprintf("The file of samples %s lacks %s: it has reached its limit of %s.", r.path, say.Plural(missing, "request"), say.Bytes(float64(r.e.config.Limit)))
	case missing > 0:
		return fmt.Sprintf("The file of samples %s lacks %s: the disk was too slow for them.", r.path, say.Plural(missing, "request"))
	}
	return ""
}

// keep leaves those of a batch that a sampler chooses: by seed and intended start, so that how a request ends has no part in it.
func keep(by *sampling.Sampler, batch []record.Sample) []record.Sample {
	if by == nil {
		return batch
	}
	kept := batch[:0]
	for i := range batch {
		if by.Keep(0, uint64(batch[i].Intended)) { // which user sent it is not known
			kept = append(kept, batch[i])
		}
	}
	return kept
}
