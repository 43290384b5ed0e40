package datadog

import (
	"maps"
	"sync"
	"sync/atomic"
)

// taskCounts counts task runs by name and phase.
type taskCounts struct {
	phases int
	mu     sync.Mutex // to make a name
	names  atomic.Pointer[map[string][]atomic.Int64]
}

func newTaskCounts(phases int) *taskCounts {
	t := &taskCounts{phases: phases}
	t.names.Store(&map[string][]atomic.Int64{})
	return t
}

func (t *taskCounts) add(name string, phase int) {
	counts, ok := (*t.names.Load())[name]
	if !ok {
		counts = t.of(name)
	}
	counts[phase].Add(1)
}

// of makes the counters of a name that is new.
func (t *taskCounts) of(name string) []atomic.Int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	names := *t.names.Load()
	if len(names) >= maxTasks {
		name = other
	}
	if counts, ok := names[name]; ok {
		return counts
	}
	more := maps.Clone(names) // others read it
	more[name] = make([]atomic.Int64, t.phases)
	t.names.Store(&more)
	return more[name]
}

// each hands over what was counted since the last call.
func (t *taskCounts) each(do func(name string, phase int, n int64)) {
	for name, counts := range *t.names.Load() {
		for phase := range counts {
			if n := counts[phase].Swap(0); n > 0 {
				do(name, phase, n)
			}
		}
	}
}
