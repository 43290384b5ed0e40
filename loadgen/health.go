package loadgen

import (
	"math"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
)

// monitor watches this process once a second.
type monitor struct {
	mu      sync.Mutex
	health  report.Health
	began   time.Duration // CPU time of the process when the run began
	last    time.Duration // and at the last look
	lastAt  time.Time
	beganAt time.Time
	pauses  float64 // stop-the-world seconds when the run began
	metrics []metrics.Sample
}

func newMonitor() *monitor {
	m := &monitor{metrics: []metrics.Sample{
		{Name: "/sched/pauses/total/gc:seconds"}, {Name: "/memory/classes/total:bytes"},
	}}
	now := time.Now()
	m.beganAt, m.lastAt = now, now
	m.began = cpuTime()
	m.last = m.began
	metrics.Read(m.metrics)
	m.pauses = totalOf(m.metrics[0].Value.Float64Histogram())
	m.health.CPULimit = min(float64(runtime.GOMAXPROCS(0)), cpuQuota())
	m.health.FileLimit = FileLimit()
	return m
}

// look takes the figures of the time since the last look.
func (m *monitor) look() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, used := time.Now(), cpuTime()
	h := &m.health
	if wall := now.Sub(m.lastAt); wall >= time.Second/2 {
		h.CPUPeak = max(h.CPUPeak, (used-m.last).Seconds()/wall.Seconds())
		m.last, m.lastAt = used, now
	}
	if wall := now.Sub(m.beganAt); wall > 0 {
		h.CPU = (used - m.began).Seconds() / wall.Seconds()
	}
	metrics.Read(m.metrics)
	h.GCPauseS = totalOf(m.metrics[0].Value.Float64Histogram()) - m.pauses
	h.MemoryBytes = max(h.MemoryBytes, m.metrics[1].Value.Uint64())
	h.Goroutines = max(h.Goroutines, runtime.NumGoroutine())
	h.OpenFiles = max(h.OpenFiles, openFiles())
}

// now returns the figures so far.
func (m *monitor) now() report.Health {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.health
}

// totalOf sums a histogram of seconds, each bucket at its middle.
func totalOf(h *metrics.Float64Histogram) (sum float64) {
	for i, n := range h.Counts {
		low, high := h.Buckets[i], h.Buckets[i+1]
		switch {
		case n == 0:
		case math.IsInf(low, -1):
			sum += float64(n) * high
		case math.IsInf(high, 1):
			sum += float64(n) * low
		default:
			sum += float64(n) * (low + high) / 2
		}
	}
	return sum
}
