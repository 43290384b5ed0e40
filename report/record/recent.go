package record

import "github.com/gensim/load-generator/report/hist"

// What a live view shows of the recent past, s.
const (
	recentRate   = 5  // rates: the second that runs and the 4 before
	recentWindow = 10 // percentiles: the second that runs and the 10 before
	recentSlots  = 16 // seconds kept; a power of two above recentWindow
)

// recentOp keeps the last seconds of one operation by completion: by intended start, the last
// seconds would hold only what was fast enough to be done already. A Recorder into which figures are merged keeps no times here: for
// each process, those would cost as much as all its other times. There the cells know what they came to of late.
type recentOp struct{ slots [recentSlots]recentSecond }

// recentSecond holds what was done in one second.
type recentSecond struct {
	second int32
	outcomes
}

// add counts one request that was done in a second.
func (o *recentOp) add(second int32, bucket int, failed bool, c *hist.Dense) {
	s := o.slot(second)
	if s == nil {
		return
	}
	s.requests++
	if failed {
		s.failures++
		return
	}
	s.successes.Add(bucket, c)
}

// count counts requests that were done in a second.
func (o *recentOp) count(second int32, requests, failures uint32) {
	if s := o.slot(second); s != nil {
		s.requests += requests
		s.failures += failures
	}
}

// slot is where a second goes; nil: it is too old to be shown.
func (o *recentOp) slot(second int32) *recentSecond {
	s := &o.slots[second&(recentSlots-1)]
	switch {
	case s.second > second:
		return nil
	case s.second < second:
		s.begin(second)
	}
	return s
}

// begin forgets what was done in an earlier second.
func (s *recentSecond) begin(second int32) {
	s.second, s.requests, s.failures = second, 0, 0
	s.successes.Clear()
}

// clear forgets the requests, and keeps how far each slot has come.
func (o *recentOp) clear() {
	for i := range o.slots {
		o.slots[i].begin(o.slots[i].second)
	}
}

// recent sums up the seconds from..to; the times go to c.
func (o *recentOp) recent(from, to int32, c *hist.Dense) (requests, failures uint64) {
	for i := range o.slots {
		s := &o.slots[i]
		if s.second < from || s.second > to {
			continue
		}
		requests += uint64(s.requests)
		failures += uint64(s.failures)
		if c != nil {
			s.successes.AddTo(c)
		}
	}
	return requests, failures
}

// lately is what a cell had come to before each of the last seconds, as figures came that reach into these: what it came to
// since is recent. A second costs as much as there are different times, however many processes there are.
type lately []before

// before is what a cell had come to before the first figures that reach into a second.
type before struct {
	second       int32
	ok, failures uint64
	list         []byte // response times of successes, compact
}

// note keeps what c comes to, before figures are added that reach into a second.
func (l *lately) note(second int32, c *cell) {
	marks := *l
	if n := len(marks); n > 0 && marks[n-1].second >= second {
		return
	}
	var next before
	for len(marks) > 0 && marks[0].second < second-recentWindow {
		next.list = marks[0].list
		marks = append(marks[:0], marks[1:]...)
	}
	next.second, next.ok, next.list = second, c.ok.Count(), c.ok.AppendCompact(next.list[:0])
	if c.failed != nil {
		next.failures = c.failed.response.Count()
	}
	*l = append(marks, next)
}

// recently returns how many requests c came to of late, from a second on; the times of the successes go to d.
func (c *cell) recently(from int32, d *hist.Dense) (n uint64) {
	for i := range c.lately {
		b := &c.lately[i]
		if b.second < from {
			continue
		}
		c.ok.AddSince(b.list, d)
		if n = c.ok.Count() - b.ok - b.failures; c.failed != nil {
			n += c.failed.response.Count()
		}
		return n
	}
	return 0
}

// filled returns how many seconds are not empty.
func (o *recentOp) filled() (n int) {
	for i := range o.slots {
		if o.slots[i].requests > 0 {
			n++
		}
	}
	return n
}
