package report

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
)

// Health is what the generator saw of itself: whether its figures are about the target or about
// the machine that it ran on. Zero values mean that the platform does not report them.
type Health struct {
	CPU          float64 `json:"cpu"`                     // cores used by this process, mean of the run
	CPUPeak      float64 `json:"cpu_peak"`                // in the busiest second
	CPULimit     float64 `json:"cpu_limit"`               // cores that it may use, cgroup included
	Throttled    float64 `json:"throttled,omitempty"`     // share of its cgroup's periods in which the CPU quota was used up
	MachineCores int     `json:"machine_cores,omitempty"` // CPUs of the machine
	OthersCPU    float64 `json:"others_cpu,omitempty"`    // cores that other processes of the machine used, mean of the run
	OthersPeak   float64 `json:"others_peak,omitempty"`   // in their busiest second
	Steal        float64 `json:"steal,omitempty"`         // cores that the hypervisor gave to other machines, mean
	Pressure     float64 `json:"cpu_pressure,omitempty"`  // share of the run in which a process of the machine waited for a CPU
	GCPauseS     float64 `json:"gc_pause_s"`              // stop-the-world time in all
	Goroutines   int     `json:"goroutines"`              // peak
	OpenFiles    int     `json:"open_files"`              // peak
	FileLimit    int     `json:"file_limit"`              // soft limit of open files
	MemoryBytes  uint64  `json:"memory_bytes"`            // peak of what the Go runtime has from the system, and of what the kernel counts as the process's own
	MemoryLimit  uint64  `json:"memory_limit,omitempty"`  // bytes that its cgroup allows, as that of a container does
	// MemoryCounted is the peak of the bytes that count against MemoryLimit: of all processes in the cgroup, with the kernel's
	// for them, without pages of files not read again of late.
	MemoryCounted uint64 `json:"memory_counted,omitempty"`

	// Lag is OnTime, Doubtful or TooLate; "" before any task has sent a request. It is TooLate if and
	// only if there is a Bottleneck.
	Lag Grade `json:"lag,omitempty"`
	// Bottleneck is the sentence that a report opens with when the generator was too late to measure
	// the target: what was late, and why; "" when it was not.
	Bottleneck string `json:"bottleneck"`
	// Warnings are sentences about what came close to that.
	Warnings []string `json:"warnings,omitempty"`
}

// Thresholds of the generator's self-check. They are judgement, in addition to the
// verdict on each percentile, which is a bound.
const (
	lateWakes  = 10    // ms: wake lag p99 that makes the generator too late
	busyCPU    = 0.7   // of the limit
	longPauses = 0.001 // of the run
	fewSent    = 0.995 // of what was planned
	manyFiles  = 0.9   // of the limit
	muchMemory = 0.9   // of the limit
)

// Judge writes the word and the sentences for a run that lasted end and came to total.
func (h *Health) Judge(total *PhaseSummary, end time.Duration) {
	all := total.Aggregated()
	h.judgeLag(all.ResponseMS, all.Trust, total.LagMS, end)
	h.Warnings = slices.Concat(h.strains(end), missed(total.Counters), distrusted(all.Trust))
}

// strains are the warnings about the process, in a run that lasted end.
func (h *Health) strains(end time.Duration) (warnings say.Parts) {
	warnings.Add(h.CPULimit > 0 && h.CPU > busyCPU*h.CPULimit, "the generator used %s of its CPU limit of %s cores", say.Percent(h.CPU/h.CPULimit), say.Number(h.CPULimit))
	warnings.Add(h.collects(end), "garbage collection stopped the generator for %s ms in all", say.Number(1000*h.GCPauseS))
	warnings.Add(h.FileLimit > 0 && float64(h.OpenFiles) > manyFiles*float64(h.FileLimit), "%s of at most %s files were open; raise the limit with ulimit -n", say.Count(h.OpenFiles), say.Count(h.FileLimit))
	warnings.Add(h.MemoryShort(), "%s of the %s of memory that the generator may have were taken; the system ends a process that takes more", say.Bytes(float64(h.MemoryCounted)), say.Bytes(float64(h.MemoryLimit)))
	return warnings
}

// missed is the warning about starts that were given up.
func missed(c Counters) (warnings say.Parts) {
	warnings.Add(float64(c.Started+c.Dropped+c.Lost+c.Skipped) < fewSent*float64(c.Planned), "%s of %s planned starts were missed", say.Count(c.Missed), say.Count(c.Planned))
	return warnings
}

// MemoryShort reports whether the generator has come close to its memory limit.
func (h *Health) MemoryShort() bool {
	return h.MemoryLimit > 0 && float64(h.MemoryCounted) > muchMemory*float64(h.MemoryLimit)
}

// OtherWarnings are the Warnings of the Health except those about percentiles, for a report that says in
// another place which of them to distrust.
func (s *Summary) OtherWarnings() []string {
	said := distrusted(s.Total.Aggregated().Trust)
	return slices.DeleteFunc(slices.Clone(s.Health.Warnings), func(w string) bool { return slices.Contains(said, w) })
}

// distrusted are the warnings about percentiles of all requests; nil of figures that can be trusted.
func distrusted(t Trust) (out say.Parts) {
	for _, v := range []struct {
		name string
		Rating
	}{{"p95", t.P95}, {"p99", t.P99}} {
		out.Add(v.Grade == Doubtful || v.Grade == NotMeasured, "%s of all requests is %s: %s of the wake-ups were late", v.name, v.Grade, say.Share(v.LateShare))
	}
	return out
}

// A closed load is thinned where users wait for answers in place of asking. Less than thinned of it is not worth a note, nor
// what chance could do to so few tasks: within fewSigmas standard deviations of their number.
const (
	thinned   = .10
	fewSigmas = 4.
)

// Thinned says of which phases with a closed load the target's answers kept users from a good part of it; of a run whose
// figures were zeroed it says nothing.
func (s *Summary) Thinned() (out []string) {
	if s.ResetS > 0 {
		return nil // a worker that heard of the zeroing late lacks tasks that its users began
	}
	for i := range s.Phases {
		p := &s.Phases[i]
		if p.Model != "closed" || p.Predicted == nil || p.Predicted.Rate <= 0 || p.Users == 0 || p.Moves() != "" || p.Counters.Skipped > 0 {
			continue
		}
		seconds := (s.userSeconds(p) - p.RestedS) / float64(p.Users)
		expected := p.Predicted.Rate * seconds
		short := expected - float64(p.Counters.Planned)
		if !(short > thinned*expected && short > fewSigmas*math.Sqrt(max(1, p.Predicted.IDC)*expected)) {
			continue
		}
		out = append(out, fmt.Sprintf("The target's answers thinned the load of phase %s by %s: its users, who wait for them, began %s tasks/s in place of %s. "+
			"What they did not ask meanwhile is not measured (coordinated omission); open arrivals ask it all the same.",
			p.Name, say.Percent(short/expected), say.Number(float64(p.Counters.Planned)/seconds), say.Number(p.Predicted.Rate)))
	}
	return out
}

// userSeconds are the seconds of all users who ran in a phase, as far as it counts.
func (s *Summary) userSeconds(p *PhaseSummary) (sum float64) {
	for _, row := range s.Timeline {
		if at := float64(row.S); at >= max(p.StartS, s.ResetS) && at < p.EndS {
			sum += float64(row.Users) * min(float64(row.WidthS), p.EndS-at)
		}
	}
	return sum
}
