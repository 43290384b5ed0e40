package datadog

import (
	"sync"
	"sync/atomic"
)

// taskCounts counts task runs by name and phase.
type taskCounts struct {
	phases int
	mu     sync.Mutex // to make a name
	names  atomic.Pointer[map[string][]atomic.Int64]
}

func (t *taskCounts) add(name string, phase int) {
	if names := t.names.Load(); names != nil {
		if counts, ok := (*names)[name]; ok {
			counts[phase].Add(1)
			return
		}
	}
	t.of(name)[phase].Add(1)
}

// of makes the counters of a name that is new.
func (t *taskCounts) of(name string) []atomic.Int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	more := map[string][]atomic.Int64{}
	if names := t.names.Load(); names != nil {
		if len(*names) >= maxTasks {
			name = other
		}
		if counts, ok := (*names)[name]; ok {
			return counts
		}
		for k, v := range *names {
			more[k] = v
		}
	}
	more[name] = make([]atomic.Int64, t.phases)
	t.names.Store(&more)
	return more[name]
}

// each hands over what was counted since the last call.
func (t *taskCounts) each(do func(name string, phase int, n int64)) {
	names := t.names.Load()
	if names == nil {
		return
	}
	for name, counts := range *names {
		for phase := range counts {
			if n := counts[phase].Swap(0); n > 0 {
				do(name, phase, n)
			}
		}
	}
}
