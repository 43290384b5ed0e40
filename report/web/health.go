package web

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// healthOf returns what tells the health of a source's generator: the source
// itself, or the figures of this process.
func healthOf(s Source) func() Health {
	if own, ok := s.(HealthSource); ok {
		return own.Health
	}
	return (&process{at: time.Now(), used: processorTime()}).health
}

// process reads how this process fares.
type process struct {
	mu   sync.Mutex
	at   time.Time
	used time.Duration // processor time until then
	read bool          // last holds figures
	last Health
}

// lookAgain is how old the figures may be: counting open files takes time when
// there are many.
const lookAgain = 4 * time.Second

func (p *process) health() Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.read && now.Sub(p.at) < lookAgain {
		return p.last
	}
	used := processorTime()
	h := Health{CPULimit: float64(runtime.GOMAXPROCS(0))}
	if past := now.Sub(p.at).Seconds(); past > 0 {
		h.CPU = (used - p.used).Seconds() / past
	}
	h.OpenFiles, h.FileLimit = openFiles()
	readRuntime(&h)
	p.at, p.used, p.last, p.read = now, used, h, true
	return h
}

// readRuntime fills in what the Go runtime knows.
func readRuntime(h *Health) {
	const goroutines, memory, released, pauses = "/sched/goroutines:goroutines", "/memory/classes/total:bytes",
		"/memory/classes/heap/released:bytes", "/sched/pauses/total/gc:seconds"
	samples := []metrics.Sample{{Name: goroutines}, {Name: memory}, {Name: released}, {Name: pauses}}
	metrics.Read(samples)
	h.Goroutines = int(samples[0].Value.Uint64())
	h.Memory = samples[1].Value.Uint64() - samples[2].Value.Uint64()
	h.GCPause = percentile99(samples[3].Value.Float64Histogram())
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		h.MemoryLimit = uint64(limit)
	}
}

// percentile99 returns the upper end of the bucket that holds the 99th
// percentile; 0 for no pause.
func percentile99(h *metrics.Float64Histogram) time.Duration {
	var all, sum uint64
	for _, n := range h.Counts {
		all += n
	}
	for i, n := range h.Counts {
		if sum += n; sum > 0 && sum*100 >= all*99 && !math.IsInf(h.Buckets[i+1], 1) {
			return time.Duration(h.Buckets[i+1] * float64(time.Second))
		}
	}
	return 0
}
