package record

import "github.com/gensim/load-generator/report/hist"

// What a live view shows of the recent past, s.
const (
	recentRate   = 5  // rates: the second that runs and the 4 before
	recentWindow = 10 // percentiles: the second that runs and the 10 before
	recentSlots  = 16 // seconds kept; a power of two above recentWindow
)

// recentOp keeps the last seconds of one operation by completion: by intended start, the last
// seconds would hold only what was fast enough to be done already.
type recentOp struct{ slots [recentSlots]recentSecond }

// recentSecond holds what was done in one second.
type recentSecond struct {
	second int32
	outcomes
}

// add counts one request that was done in a second.
func (o *recentOp) add(second int32, bucket int, failed bool, c *hist.Dense) {
	s := &o.slots[second&(recentSlots-1)]
	if s.second != second {
		if s.second > second {
			return // too old to be shown
		}
		s.second, s.requests, s.failures = second, 0, 0
		s.successes.Clear()
	}
	s.requests++
	if failed {
		s.failures++
		return
	}
	s.successes.Add(bucket, c)
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
