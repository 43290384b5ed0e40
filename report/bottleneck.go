package report

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/internal/say"
)

// JudgedHealth returns the Health of the generator so far with its word and its sentence, by the rules of
// a Summary.
func (s *Snapshot) JudgedHealth() Health {
	h := s.Health
	if len(s.Workers) > 0 {
		h = WorstHealth(s.Workers)
		h.judgeLagOf(s.Workers, s.Total.Response, s.Trust, s.Lag, s.At)
		return h
	}
	h.judgeLag(s.Total.Response, s.Trust, s.Lag, s.At)
	return h
}

// judgeLag sets the word and the sentence. A slow target makes no wake-up late.
func (h *Health) judgeLag(f Figures, t Trust, late Lag, end time.Duration) {
	h.setLag(f, t, late, func(what string) string {
		return fmt.Sprintf("The generator %s: it %s%s.", h.culprit(end), what, h.because(end))
	})
}

// setLag sets the word and, where it is TooLate, the sentence that blame makes of what was late.
func (h *Health) setLag(f Figures, t Trust, late Lag, blame func(what string) string) {
	h.Lag, h.Bottleneck = "", ""
	if !late.P99.IsFinite() {
		return
	}
	if what := lateWakeUps(f, t, late); what != "" {
		h.Lag, h.Bottleneck = TooLate, blame(what)
		return
	}
	h.Lag = OnTime
	for _, v := range []Rating{t.P50, t.P95, t.P99} {
		if v.Grade == Doubtful || v.Grade == NotMeasured {
			h.Lag = Doubtful
		}
	}
}

// lateWakeUps says what the generator woke too late; "" if nothing.
func lateWakeUps(f Figures, t Trust, late Lag) string {
	name, value := f.headline()
	v := t.P95
	if name == "p50" {
		v = t.P50
	}
	switch {
	case late.P99 < lateWakes:
		return ""
	case !value.IsFinite():
		return fmt.Sprintf("woke tasks late (%s), and no percentile shows whether that matters: nearly all requests failed", late.text())
	case v.Grade == Doubtful, v.Grade == NotMeasured:
		return fmt.Sprintf("woke %s of the tasks too late for their %s to be true (%s)", say.Share(v.LateShare), name, late.text())
	}
	return ""
}

// headline is the percentile that a lag would make untrue: p95, or p50 where p95 lies among the failures. Where
// both do there is none to distrust, and the lag is judged by itself.
func (f *Figures) headline() (name string, value Millis) {
	if f.P95.IsFinite() {
		return "p95", f.P95
	}
	return "p50", f.P50
}

// text is the lag inside a sentence.
func (l Lag) text() string { return fmt.Sprintf("lag p99 %s ms, max %s ms", ms(l.P99), ms(l.Max)) }

// Thresholds of what holds a generator up, in parts of what there is.
const (
	ownPart    = .25 // of its limit: that much used by the generator itself makes the generator the bottleneck, whatever else there is
	fullCPU    = .9  // of the cores, in the busiest second
	someSteal  = .05 // of the cores
	throttling = .01 // of the quota's periods
	waiting    = .1  // of the run, in which a process waited for a CPU
)

// culprit says of the generator that it was the bottleneck, unless the machine shows that it hardly used anything.
func (h *Health) culprit(end time.Duration) string {
	switch crowded := len(h.crowd()) > 0; {
	case h.MachineCores == 0, h.CPU >= ownPart*h.CPULimit, h.CPUPeak >= fullCPU*h.CPULimit, !crowded && h.collects(end):
		return "was the bottleneck"
	case crowded, h.Pressure > waiting:
		return "was held up"
	}
	return "was late"
}

// because names what is to blame, with figures.
func (h *Health) because(end time.Duration) string {
	causes := h.causes(end)
	switch {
	case len(causes) > 0:
		return "; " + say.And(causes)
	case h.MachineCores > 0 && h.CPU > 0:
		return fmt.Sprintf("; the machine does not report why: the generator used %s of %s cores", cores(h.CPU), cores(h.CPULimit))
	}
	return ""
}

// causes lists what held the generator up in a run that lasted end, the surest first. Where others hold the CPUs
// a garbage collection waits for them too: its time is not a separate cause.
func (h *Health) causes(end time.Duration) (out say.Parts) {
	busy := h.CPULimit > 0 && h.CPU > busyCPU*h.CPULimit
	out.Add(busy, "it used %s of its CPU limit", say.Share(h.CPU/h.CPULimit))
	out.Add(!busy && h.CPULimit > 0 && h.CPUPeak > fullCPU*h.CPULimit, "in its busiest second it used %s of its CPU limit", say.Share(h.CPUPeak/h.CPULimit))
	crowd := h.crowd()
	out = append(out, crowd...)
	out.Add(len(crowd) == 0 && h.collects(end), "garbage collection stopped it for %s ms in all", ms(Millis(1000*h.GCPauseS)))
	out.Add(len(out) == 0 && h.Pressure > waiting, "processes of the machine waited for a CPU %s of the time", say.Share(h.Pressure))
	return out
}

// crowd lists what kept the CPUs from the generator.
func (h *Health) crowd() (out say.Parts) {
	all := float64(h.MachineCores)
	busy := h.CPU + h.OthersCPU + h.Steal
	out.Add(h.Throttled > throttling, "its CPU quota of %s cores was used up in %s of the periods", cores(h.CPULimit), say.Share(h.Throttled))
	switch {
	case all == 0 || h.OthersCPU+h.OthersPeak == 0:
	case busy > busyCPU*all && h.OthersCPU > ownPart*all:
		out.Add(true, "other processes used %s of the machine's %s cores (the generator %s)", cores(h.OthersCPU), cores(all), cores(h.CPU))
	case h.OthersPeak > busyCPU*all:
		out.Add(true, "in their busiest second other processes used %s of the machine's %s cores", cores(min(all, h.OthersPeak)), cores(all))
	}
	out.Add(all > 0 && h.Steal > someSteal*all, "the hypervisor gave %s of the machine's %s cores to others (steal)", cores(h.Steal), cores(all))
	return out
}

// collects says whether garbage collection stopped a run that lasted end for long.
func (h *Health) collects(end time.Duration) bool {
	return end > 0 && h.GCPauseS > longPauses*end.Seconds()
}

// cores formats a number of cores with two decimals at most.
func cores(n float64) string {
	if n > 0 && n < .005 {
		return "<0.01"
	}
	return say.Number(n)
}
