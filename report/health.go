package report

import (
	"fmt"
	"strconv"
	"time"
)

// Health is what the generator saw of itself: whether its figures are about the target or about
// the machine that it ran on. Zero values mean that the platform did not tell.
type Health struct {
	CPU         float64 `json:"cpu"`          // cores used by this process, mean of the run
	CPUPeak     float64 `json:"cpu_peak"`     // in the busiest second
	CPULimit    float64 `json:"cpu_limit"`    // cores that it may use, cgroup included
	GCPauseS    float64 `json:"gc_pause_s"`   // stop-the-world time in all
	Goroutines  int     `json:"goroutines"`   // peak
	OpenFiles   int     `json:"open_files"`   // peak
	FileLimit   int     `json:"file_limit"`   // soft limit of open files
	MemoryBytes uint64  `json:"memory_bytes"` // peak, as the Go runtime has it from the system

	// Bottleneck is the sentence that a report opens with when the generator itself was too slow
	// to measure the target; "" when it was not.
	Bottleneck string `json:"bottleneck"`
	// Warnings are sentences about what came close to that.
	Warnings []string `json:"warnings,omitempty"`
}

// Thresholds of the generator's self-check. They are judgement, beside the
// verdict on each percentile, which is a bound.
const (
	lateWakes  = 10    // ms: lateness p99 that makes the generator the bottleneck
	busyCPU    = 0.7   // of the limit
	longPauses = 0.001 // of the run
	fewSent    = 0.995 // of what was planned
	manyFiles  = 0.9   // of the limit
)

// judge writes the sentences for a run that lasted end.
func (h *Health) judge(total *PhaseSummary, end time.Duration) {
	h.Bottleneck, h.Warnings = h.bottleneck(total), nil
	warn := func(when bool, format string, args ...any) {
		if when {
			h.Warnings = append(h.Warnings, fmt.Sprintf(format, args...))
		}
	}
	warn(h.CPULimit > 0 && h.CPU > busyCPU*h.CPULimit, "the generator used %.0f %% of its CPU limit of %s cores", 100*h.CPU/h.CPULimit, strconv.FormatFloat(h.CPULimit, 'f', -1, 64))
	warn(end > 0 && h.GCPauseS > longPauses*end.Seconds(), "garbage collection stopped the generator for %.1f ms in all", 1000*h.GCPauseS)
	warn(h.FileLimit > 0 && float64(h.OpenFiles) > manyFiles*float64(h.FileLimit), "%d of at most %d files were open; raise the limit with ulimit -n", h.OpenFiles, h.FileLimit)
	c := total.Counters
	warn(float64(c.Started+c.Dropped) < fewSent*float64(c.Planned), "%d of %d planned starts were missed", c.Missed, c.Planned)
	for _, v := range []struct {
		name string
		Verdict
	}{{"p95", total.Aggregated().Trust.P95}, {"p99", total.Aggregated().Trust.P99}} {
		warn(v.Verdict.Verdict == Doubtful || v.Verdict.Verdict == NotMeasured,
			"%s of all requests is %s: %s of the wake-ups were late", v.name, v.Verdict.Verdict, percent(v.LateShare))
	}
}

// bottleneck says in a sentence that the generator was too slow; "" if it was not. A slow target
// makes no wake-up late.
func (h *Health) bottleneck(total *PhaseSummary) string {
	p95 := total.Aggregated().Trust.P95
	if p95.Verdict == OK || p95.Verdict == "" || total.LateMS.P99 < lateWakes {
		return ""
	}
	return fmt.Sprintf("The generator was the bottleneck: it woke %s of the tasks too late for their p95 to be true (lateness p99 %s ms, max %s ms)%s.",
		percent(p95.LateShare), ms(total.LateMS.P99), ms(total.LateMS.Max), h.because())
}

// because points at the likely reason.
func (h *Health) because() string {
	if h.CPULimit > 0 && h.CPU > busyCPU*h.CPULimit {
		return fmt.Sprintf("; it used %.0f %% of its CPU limit", 100*h.CPU/h.CPULimit)
	}
	return ""
}
