package record

import (
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/hist"
)

// Follower returns what a Recorder has taken in since the last call, for systems that want
// increments and not sums. What it costs follows the number of operations, not of requests. It
// is not safe for concurrent use; several Followers of one Recorder do not know of each other.
type Follower struct {
	r      *Recorder // nil: the ledger was not there yet
	parent *Recorder // whose ledger it is
	sort   report.Sort
	phases [][]*followed // by phase, then number of the operation
	counts []counts      // by phase, as last told
}

// followed is what a Follower has told of one cell.
type followed struct {
	cell       *cell // a new one after a reset
	ok, failed seenSketch
	reasons    []int64
	cut, bytes int64
}

// Change is what one operation of one phase gained.
type Change struct {
	Phase     int // its index
	Op        report.Op
	Successes []hist.Bucket // response times, ascending
	Failures  []hist.Bucket // response times, ascending
	Reasons   []ReasonCount
	CutOff    int64 // in neither
	Bytes     int64 // of the answers' bodies
}

// ReasonCount says how many failures had one reason.
type ReasonCount struct {
	Reason string
	Count  int64
}

// Count returns how many requests came to their end.
func (c *Change) Count() (successes, failures int64) {
	return sumOf(c.Successes), sumOf(c.Failures)
}

func sumOf(buckets []hist.Bucket) (n int64) {
	for _, b := range buckets {
		n += int64(b.Count)
	}
	return n
}

// Follow returns a Follower that has told nothing yet.
func (r *Recorder) Follow() *Follower {
	f := new(Follower)
	f.follow(r)
	return f
}

// follow begins with a Recorder.
func (f *Follower) follow(r *Recorder) {
	f.r, f.phases, f.counts = r, make([][]*followed, len(r.phases)), make([]counts, len(r.phases))
}

// Next returns what every operation gained since the last call, by phase and then in no order,
// and what the counters of task starts of each phase gained.
func (f *Follower) Next() (ops []Change, tasks []report.Counters) {
	if f.r == nil {
		l := f.parent.existing(f.sort)
		if l == nil {
			return nil, nil
		}
		f.follow(l)
	}
	f.r.read(func(all *store) {
		names, reasons := f.r.ops.all(), f.r.reasons.all()
		for i, p := range all.phases {
			for id, c := range p.cells {
				if c == nil {
					continue
				}
				if change, any := f.of(i, id, c).next(c, reasons); any {
					change.Phase, change.Op = i, names[id]
					ops = append(ops, change)
				}
			}
		}
		tasks = make([]report.Counters, len(f.counts))
		for i := range tasks {
			tasks[i] = all.counts[i].since(&f.counts[i]).tasks()
		}
		copy(f.counts, all.counts)
	})
	return ops, tasks
}

// of returns what has been told of a cell.
func (f *Follower) of(phase, id int, c *cell) *followed {
	for id >= len(f.phases[phase]) {
		f.phases[phase] = append(f.phases[phase], nil)
	}
	at := &f.phases[phase][id]
	if *at == nil || (*at).cell != c {
		*at = &followed{cell: c}
	}
	return *at
}

// next returns what the cell gained; false if nothing.
func (f *followed) next(c *cell, names []string) (out Change, any bool) {
	out.Successes = f.ok.gained(&c.ok)
	out.Bytes, f.bytes = c.bytes-f.bytes, c.bytes
	cut := int64(c.cut.Count())
	out.CutOff, f.cut = cut-f.cut, cut
	if c.failed != nil {
		out.Failures = f.failed.gained(&c.failed.response)
		for i, r := range c.failed.reasons {
			if i == len(f.reasons) {
				f.reasons = append(f.reasons, 0)
			}
			if r.n > f.reasons[i] {
				out.Reasons = append(out.Reasons, ReasonCount{names[r.reason], r.n - f.reasons[i]})
				f.reasons[i] = r.n
			}
		}
	}
	return out, len(out.Successes)+len(out.Failures) > 0 || out.CutOff > 0
}

// seenSketch is what a Follower has passed on of one sketch.
type seenSketch struct {
	count   uint64
	buckets []hist.Bucket
}

// gained returns by how much the buckets of s exceed what was told, and takes note.
func (t *seenSketch) gained(s *hist.Sketch) (more []hist.Bucket) {
	if s.Count() == t.count {
		return nil
	}
	t.count = s.Count()
	before := t.buckets
	t.buckets = make([]hist.Bucket, 0, len(before)+8)
	for b := range s.Buckets() {
		t.buckets = append(t.buckets, b)
		if len(before) > 0 && before[0].Index == b.Index { // no bucket ever empties
			b.Count -= before[0].Count
			before = before[1:]
		}
		if b.Count > 0 {
			more = append(more, b)
		}
	}
	return more
}
