package report

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestLargeLagsAreReadable checks the sentence that a report opens with.
func TestLargeLagsAreReadable(t *testing.T) {
	f, trust, late := tooLate()
	var h Health
	h.judgeLag(f, trust, late, time.Minute)
	assert.Equal(t, "The generator was the bottleneck: it woke 100 % of the tasks too late for their p95 to be true (lag p99 1,310 ms, max 12,345 ms).",
		h.Bottleneck, "where the platform reports nothing")
	assert.Equal(t, TooLate, h.Lag)
}

func TestTheSentenceNamesWhatHeldTheGeneratorUp(t *testing.T) {
	on := func(cpu float64, change func(*Health)) Health {
		h := Health{CPU: cpu, CPUPeak: cpu, CPULimit: 2, MachineCores: 2}
		change(&h)
		return h
	}
	for want, h := range map[string]Health{
		"The generator was the bottleneck: … it used 95 % of its CPU limit.":                                                                                                                                            on(1.9, func(*Health) {}),
		"The generator was the bottleneck: … in its busiest second it used 99 % of its CPU limit.":                                                                                                                      on(.3, func(h *Health) { h.CPUPeak = 1.98 }),
		"The generator was held up: … other processes used 1.94 of the machine's 2 cores (the generator 0.01).":                                                                                                         on(.01, func(h *Health) { h.OthersCPU, h.OthersPeak = 1.94, 1.99 }),
		"The generator was held up: … in their busiest second other processes used 2 of the machine's 2 cores.":                                                                                                         on(.01, func(h *Health) { h.OthersCPU, h.OthersPeak = .2, 2.004 }),
		"The generator was held up: … other processes used 1.99 of the machine's 2 cores (the generator <0.01).":                                                                                                        on(.004, func(h *Health) { h.OthersCPU = 1.99 }),
		"The generator was held up: … the hypervisor gave 0.4 of the machine's 2 cores to others (steal).":                                                                                                              on(.01, func(h *Health) { h.Steal = .4 }),
		"The generator was the bottleneck: … it used 98 % of its CPU limit and its CPU quota of 0.5 cores was used up in 80 % of the periods.":                                                                          on(.49, func(h *Health) { h.CPULimit, h.Throttled = .5, .8 }),
		"The generator was the bottleneck: … garbage collection stopped it for 600 ms in all.":                                                                                                                          on(.01, func(h *Health) { h.GCPauseS = .6 }),
		"The generator was held up: … processes of the machine waited for a CPU 40 % of the time.":                                                                                                                      on(.01, func(h *Health) { h.Pressure = .4 }),
		"The generator was late: … the machine does not report why: the generator used 0.01 of 2 cores.":                                                                                                                on(.01, func(*Health) {}),
		"The generator was held up: … other processes used 1.95 of the machine's 2 cores (the generator 0.05).":                                                                                                         on(.05, func(h *Health) { h.OthersCPU, h.GCPauseS = 1.95, .6 }),
		"The generator was the bottleneck: … it used 93 % of its CPU limit, its CPU quota of 0.2 cores was used up in 74 % of the periods and other processes used 1.79 of the machine's 2 cores (the generator 0.19).": on(.186, func(h *Health) { h.CPULimit, h.Throttled, h.OthersCPU, h.GCPauseS = .2, .74, 1.79, .6 }),
		"The generator was the bottleneck: … other processes used 1 of the machine's 2 cores (the generator 0.9).":                                                                                                      on(.9, func(h *Health) { h.OthersCPU = 1 }),
		"The generator was the bottleneck: … it used 75 % of its CPU limit and garbage collection stopped it for 600 ms in all.":                                                                                        on(1.5, func(h *Health) { h.GCPauseS = .6 }),
	} {
		h.judgeLag(tooLateIn(time.Minute))
		start, end, _ := strings.Cut(want, "…")
		assert.True(t, strings.HasPrefix(h.Bottleneck, start), h.Bottleneck)
		assert.True(t, strings.HasSuffix(h.Bottleneck, ";"+end), h.Bottleneck)
	}
}

func tooLateIn(end time.Duration) (Figures, Trust, Lag, time.Duration) {
	f, trust, late := tooLate()
	return f, trust, late, end
}

// Where every request fails there is no percentile to distrust: the lag is judged
// by itself, as it is where half of them fail by p50.
func TestLagIsJudgedByItselfWithoutAPercentile(t *testing.T) {
	for _, c := range []struct {
		f     Figures
		trust Trust
		p99   Millis
		want  Grade
		says  string
	}{
		{NoFigures(), Trust{P50: Rating{Grade: Trusted}}, 171, TooLate, "no percentile shows whether that matters: nearly all requests failed"},
		{NoFigures(), Trust{P50: Rating{Grade: Trusted}}, 9, OnTime, ""},
		{Figures{P50: 5, P95: NoValue, P99: NoValue}, Trust{P50: Rating{Grade: NotMeasured, LateShare: .7}}, 171, TooLate, "it woke 70 % of the tasks too late for their p50 to be true"},
		{Figures{P50: 5000, P95: NoValue, P99: NoValue}, Trust{P50: Rating{Grade: Trusted}}, 171, OnTime, ""},
		{Figures{P50: 5, P95: 9, P99: 12}, Trust{P99: Rating{Grade: NotMeasured}}, 5, Doubtful, ""},
		{Figures{P50: 5, P95: 9, P99: 12}, Trust{P95: Rating{Grade: Doubtful}}, 5, Doubtful, ""},
		{NoFigures(), Trust{}, NoValue, "", ""},
	} {
		var h Health
		h.judgeLag(c.f, c.trust, Lag{P50: 1, P99: c.p99, Max: 300}, time.Minute)
		assert.Equal(t, c.want, h.Lag, "%+v", c)
		assert.Contains(t, h.Bottleneck, c.says)
		assert.Equal(t, h.Lag == TooLate, h.Bottleneck != "")
	}
}

func TestMemoryThatIsNearlyUsedUpIsAWarning(t *testing.T) {
	for _, c := range []struct {
		counted, limit uint64
		warns          bool
	}{{95e6, 100e6, true}, {85e6, 100e6, false}, {95e6, 0, false}} {
		h := Health{MemoryBytes: 60e6, MemoryCounted: c.counted, MemoryLimit: c.limit}
		h.Judge(&PhaseSummary{}, time.Minute)
		assert.Equal(t, c.warns, h.MemoryShort(), "%+v", c)
		assert.Equal(t, c.warns, strings.Contains(strings.Join(h.Warnings, ""), "95 MB of the 100 MB of memory that the generator may have were taken"), "%+v: %q", c, h.Warnings)
	}
}
