package report

import "time"

// Recorder takes the samples of one run. All methods are safe for concurrent use.
type Recorder struct{ shards []*Shard }

// Shard is where one part of the generator records. Any goroutine may use any shard; those
// of one shard share a lock, so give each engine loop its own.
type Shard struct{ r *Recorder }

// NewRecorder returns a Recorder for one run.
func NewRecorder(c Config) *Recorder { return &Recorder{shards: []*Shard{{}}} }

// Shard returns shard i modulo the number of shards.
func (r *Recorder) Shard(i int) *Shard { return r.shards[uint(i)%uint(len(r.shards))] }

// Record takes one sample. x may be reused afterwards.
func (s *Shard) Record(x *Sample) {}

// Counter names one count of task starts. Planned = Started + Missed + Dropped and
// Started = Finished + Unfinished when a run is over.
type Counter uint8

// The counters.
const (
	Planned    Counter = iota // starts that the plan called for
	Started                   // tasks begun
	Finished                  // tasks that came to their end
	Missed                    // starts skipped because the user was still busy (start-to-start)
	Dropped                   // starts refused by a cap on concurrency
	Unfinished                // tasks still running when the run ended
	counters
)

// Count adds n to a counter of the phase that the offset at lies in.
func (s *Shard) Count(c Counter, at time.Duration, n int64) {}

// Level notes the planned users, the users running and those of them in an ON period, for the
// second of the run that begins at offset second.
func (r *Recorder) Level(second, planned, users, on int) {}

// Exception counts something that went wrong in the script: a panic or a task error
// without a failed request. Equal kind and message are one row.
func (r *Recorder) Exception(kind, message, stack string, now time.Duration) {}

// PhaseAt returns the phase that the offset lies in: the first one before its start, the
// last one after its end.
func (r *Recorder) PhaseAt(t time.Duration) PhaseInfo { return PhaseInfo{} }

// Snapshot tells how the run goes at offset now.
func (r *Recorder) Snapshot(now time.Duration) *Snapshot { return &Snapshot{} }

// Phase gives the figures of phase i up to offset now, while the run goes on.
func (r *Recorder) Phase(i int, now time.Duration) PhaseSummary { return PhaseSummary{} }

// Summary gives the figures of the run that ended at meta.End.
func (r *Recorder) Summary(meta Meta) *Summary { return &Summary{} }
