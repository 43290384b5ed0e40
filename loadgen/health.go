package loadgen

import (
	"math"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/gensim/load-generator/loadgen/internal/alarm"
	"github.com/gensim/load-generator/loadgen/internal/machine"
	"github.com/gensim/load-generator/report"
)

// monitor watches this process once a second.
type monitor struct {
	virtual     bool // time is
	mu          sync.Mutex
	health      report.Health
	first, last reading // when the run began, and at the last look
	pauses      float64 // stop-the-world seconds when the run began
	metrics     []metrics.Sample
	looks       int
}

// reading is what is read at one instant.
type reading struct {
	at   time.Time
	used time.Duration // CPU time of this process
	cpus machine.Reading
}

// read takes a reading. In virtual time only that is known: seconds of a CPU mean
// nothing there, and reading them would be most of the work.
func (m *monitor) read() reading {
	if m.virtual {
		return reading{at: time.Now()}
	}
	return reading{time.Now(), machine.CPUTime(), machine.Read()}
}

// since returns what happened since an earlier reading: the seconds, those of CPU
// time that this process used, and the figures of all CPUs.
func (r reading) since(o reading) (wall, own float64, cpus machine.Reading) {
	return r.at.Sub(o.at).Seconds(), (r.used - o.used).Seconds(), r.cpus.Minus(o.cpus)
}

func newMonitor() *monitor {
	m := &monitor{virtual: alarm.Virtual(), metrics: []metrics.Sample{
		{Name: "/sched/pauses/total/gc:seconds"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}}
	m.first = m.read()
	m.last = m.first
	metrics.Read(m.metrics)
	m.pauses = totalOf(m.metrics[0].Value.Float64Histogram())
	m.health.CPULimit = min(float64(runtime.GOMAXPROCS(0)), machine.Quota())
	m.health.FileLimit = machine.FileLimit()
	m.countMemory()
	return m
}

// look updates the figures.
func (m *monitor) look() {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, now := &m.health, m.read()
	if wall, own, cpus := now.since(m.last); wall >= .5 {
		h.CPUPeak = max(h.CPUPeak, own/wall)
		h.OthersPeak = max(h.OthersPeak, others(cpus, own)/wall)
		m.last = now
	}
	if wall, own, cpus := now.since(m.first); wall > 0 {
		h.CPU = own / wall
		m.share(cpus, own, wall)
	}
	metrics.Read(m.metrics)
	h.GCPauseS = totalOf(m.metrics[0].Value.Float64Histogram()) - m.pauses
	h.MemoryBytes = max(h.MemoryBytes, m.metrics[1].Value.Uint64()-m.metrics[2].Value.Uint64())
	m.countMemory()
	h.Goroutines = max(h.Goroutines, runtime.NumGoroutine())
	if !m.virtual || m.looks%60 == 0 { // virtual seconds are too many, and a minute of them takes milliseconds
		h.MemoryBytes = max(h.MemoryBytes, machine.Memory())
		h.OpenFiles = max(h.OpenFiles, machine.OpenFiles())
	}
	m.looks++
}

// countMemory reads what counts against the limit of memory; nothing in virtual time, for the reason of read.
func (m *monitor) countMemory() {
	if m.virtual {
		return
	}
	limit, counted := machine.MemoryLimit()
	m.health.MemoryLimit, m.health.MemoryCounted = limit, max(m.health.MemoryCounted, counted)
}

// share sets the figures of how the machine's CPUs were shared over wall seconds,
// in which this process used own CPU seconds.
func (m *monitor) share(r machine.Reading, own, wall float64) {
	h := &m.health
	h.MachineCores = r.Cores
	h.OthersCPU, h.Steal = others(r, own)/wall, r.Steal/wall
	h.Pressure = min(1, r.Stalled/wall)
	h.Throttled = min(1, r.Throttled/max(1, r.Periods))
}

// others returns the CPU seconds of all other processes, at least 0: the kernel
// counts them in hundredths, its own process's more finely.
func others(r machine.Reading, own float64) float64 { return max(0, r.Busy-own) }

// now returns the figures of the last look.
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
