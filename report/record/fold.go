package record

import (
	"slices"
	"time"

	"github.com/gensim/load-generator/report/hist"
	"github.com/gensim/load-generator/report/timing"
)

// batch is the working memory of a fold.
type batch struct {
	chunks  []*chunk
	counts  []int32  // by number of the operation, then where its next record goes
	ordered []*entry // by operation, in each as they came
}

// fold folds in some chunks. It goes through them twice: in the order of time for what all
// operations share, then operation by operation, so that the memory of each is fetched from afar
// once and not for every sample.
func (f *store) fold(chunks []*chunk) {
	b := &f.batch
	clear(b.counts)
	n := 0
	for _, c := range chunks {
		f.forget(c)
		for i := range c.records[:c.n] {
			f.addShared(&c.records[i])
		}
		n += c.n
	}
	b.sort(chunks, n)
	for from := 0; from < n; {
		op := b.ordered[from].op
		to := int(b.counts[op])
		f.addOp(op, b.ordered[from:to])
		from = to
	}
	f.tidy()
}

// forget takes out of a chunk what was due before the figures were reset.
func (f *store) forget(c *chunk) {
	if f.from > 0 {
		c.n = len(slices.DeleteFunc(c.records[:c.n], func(x entry) bool { return x.intended < int64(f.from) }))
	}
}

// sort orders the records by operation. counts holds how many there are of each, and afterwards where each
// ends.
func (b *batch) sort(chunks []*chunk, n int) {
	at := int32(0)
	for op, count := range b.counts {
		b.counts[op] = at
		at += count
	}
	for len(b.ordered) < n {
		b.ordered = append(b.ordered, nil)
	}
	for _, c := range chunks {
		for i := range c.records[:c.n] {
			x := &c.records[i]
			b.ordered[b.counts[x.op]] = x
			b.counts[x.op]++
		}
	}
}

// addShared adds a sample to what all operations share and finds its bucket.
func (f *store) addShared(x *entry) {
	for int(x.op) >= len(f.batch.counts) {
		f.batch.counts = append(f.batch.counts, 0)
	}
	f.batch.counts[x.op]++
	p := f.current
	if !p.holds(x.intended) {
		p = f.phaseOf(x.intended)
		f.current = p
	}
	if !x.later {
		p.late.Add(time.Duration(x.woken - x.intended))
	}
	bucket := hist.Index(time.Duration(x.done - x.intended))
	x.bucket = uint16(bucket)
	if x.reason != cutOffReason {
		p.all.add(p.slot(x.intended), bucket, x.reason != noReason, f.ends(x) > p.end, &f.scratch)
	}
}

// addOp adds the samples of one operation.
func (f *store) addOp(op uint16, records []*entry) {
	p := f.phaseOf(records[0].intended)
	c := p.cell(op)
	var live *recentOp // of a figure no view shows the last seconds
	if !f.sort.IsFigure() {
		live = f.recentOp(op)
	}
	for _, x := range records {
		if !p.holds(x.intended) {
			p = f.phaseOf(x.intended)
			c = p.cell(op)
		}
		c.bytes += x.bytes
		if !x.later {
			c.woken++
		}
		bad, ends := x.reason != noReason, f.ends(x)
		second := int32(ends / int64(time.Second))
		if f.processes != nil {
			c.lately.note(second, c)
		}
		switch {
		case !bad:
			c.ok.Add(time.Duration(x.done - x.intended))
			c.service.Add(time.Duration(x.done - x.sent))
		case x.reason == cutOffReason:
			c.cutOff(time.Duration(x.done - x.intended))
			continue
		default:
			c.fail(x)
		}
		c.timed(x)
		straddles := ends > p.end
		if straddles {
			c.straddlers++
		}
		c.series.add(p.slot(x.intended), int(x.bucket), bad, straddles, &f.scratch)
		switch {
		case live == nil:
		case f.processes == nil:
			live.add(second, int(x.bucket), bad, &f.scratch)
		default:
			live.count(second, 1, oneIf(bad))
		}
	}
}

func oneIf(yes bool) uint32 {
	if yes {
		return 1
	}
	return 0
}

// timed adds the parts of the response time of a request that came to its end.
func (c *cell) timed(x *entry) {
	if x.timings == (timing.Packed{}) {
		return
	}
	if c.timings == nil {
		c.timings = new(timing.Tally)
	}
	c.timings.Add(x.timings)
}

// cutOff keeps a request that the end of the run cut.
func (c *cell) cutOff(atLeast time.Duration) {
	if c.cut == nil {
		c.cut = new(hist.Sketch)
	}
	c.cut.Add(atLeast)
}

// fail counts a failure.
func (c *cell) fail(x *entry) {
	if c.failed == nil {
		c.failed = new(failed)
	}
	c.failed.response.Add(time.Duration(x.done - x.intended))
	c.failed.service.Add(time.Duration(x.done - x.sent))
	for i := range c.failed.reasons {
		if r := &c.failed.reasons[i]; r.reason == x.reason {
			r.n, r.first, r.last = r.n+1, min(r.first, x.done), max(r.last, x.done)
			return
		}
	}
	c.failed.reasons = append(c.failed.reasons, reasonTally{x.reason, 1, x.done, x.done})
}
