package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
)

// isLate reports whether the worker's own lag would make the headline percentile of its requests untrue, which counts
// as that of all, f: one wake-up in a hundred was later than 5 % of it. Where there is no percentile the lag is
// judged by itself.
func (w *Worker) isLate(f *Figures) bool {
	_, value := f.headline()
	late := w.LagMS.P99
	return late.IsFinite() && late >= lateWakes && (!value.IsFinite() || late > value/20)
}

// strain is what workers are compared by: how late one is where that matters, and then how busy.
func (w *Worker) strain() (late Millis, busy float64) {
	if late = w.LagMS.P99; !late.IsFinite() || late < lateWakes {
		late = 0
	}
	if w.Health.CPULimit > 0 {
		busy = w.Health.CPU / w.Health.CPULimit
	}
	return late, busy
}

// worst returns the index of the worker that is worst off; -1 without workers.
func worst(workers []Worker) int {
	at := -1
	for i := range workers {
		if at < 0 || compareStrain(&workers[i], &workers[at]) > 0 {
			at = i
		}
	}
	return at
}

// compareStrain is above 0 where a is worse off than b.
func compareStrain(a, b *Worker) int {
	late, busy := a.strain()
	otherLate, otherBusy := b.strain()
	return cmp.Or(cmp.Compare(late, otherLate), cmp.Compare(busy, otherBusy))
}

// WorstHealth returns the Health of the worker that is worst off, as its process noted it: the latest one, or, where
// none was late by 10 ms in p99, the one that used most of its CPU limit. It is zero without workers.
func WorstHealth(workers []Worker) Health {
	if i := worst(workers); i >= 0 {
		return workers[i].Health
	}
	return Health{}
}

// WorstWorker names the worker that Health is of; "" for a run without workers.
func (s *Summary) WorstWorker() string {
	if i := worst(s.Workers); i >= 0 {
		return s.Workers[i].ID
	}
	return ""
}

// judgeWorkers writes the words and sentences of each worker, and of all together.
func (h *Health) judgeWorkers(workers []Worker, total *PhaseSummary, end time.Duration) {
	all := total.Aggregated()
	h.judgeLagOf(workers, all.ResponseMS, all.Trust, total.LagMS, end)
	var strains []string
	for i := range workers {
		w := &workers[i]
		w.judge(&all.ResponseMS, len(workers), end)
		for _, warning := range w.Health.Warnings {
			strains = append(strains, "worker "+w.ID+": "+warning)
		}
	}
	if n := len(strains) - mostStrains; n > 0 {
		strains = append(strains[:mostStrains], say.Plural(n, "more warning")+" about workers")
	}
	h.Warnings = slices.Concat(strains, missed(total.Counters), distrusted(all.Trust))
}

// mostStrains is how many warnings about single workers a run has.
const mostStrains = 8

// judgeLagOf is judgeLag of all workers together, whose lags are one; the sentence is about the worst of them.
func (h *Health) judgeLagOf(workers []Worker, f Figures, t Trust, late Lag, end time.Duration) {
	h.setLag(f, t, late, func(what string) string {
		return accusation(workers, &f, end) + " All workers together " + what + "."
	})
}

// judge writes the word and the sentences of one of several workers, in a run that lasted end.
func (w *Worker) judge(f *Figures, of int, end time.Duration) {
	h := &w.Health
	h.Lag, h.Bottleneck, h.Warnings = "", "", h.strains(w.lasted(end))
	switch {
	case w.isLate(f):
		h.Lag, h.Bottleneck = TooLate, w.blame(f, of, end)
	case w.LagMS.P99.IsFinite():
		h.Lag = OnTime
	}
}

// lasted returns how long the worker was there.
func (w *Worker) lasted(end time.Duration) time.Duration {
	if w.LostS > 0 {
		return min(end, time.Duration(w.LostS*float64(time.Second)))
	}
	return end
}

// blame says in a sentence how late one of several workers was, and why.
func (w *Worker) blame(f *Figures, of int, end time.Duration) string {
	end = w.lasted(end)
	against := ""
	if name, value := f.headline(); w.isLate(f) && value.IsFinite() {
		against = fmt.Sprintf(", more than 5 %% of the %s of %s ms", name, ms(value))
	}
	lag := w.LagMS.text()
	if !w.LagMS.P99.IsFinite() {
		lag = "lag is unknown" // it was gone before it reported any
	}
	return fmt.Sprintf("Worker %s (1 of %s of the load) %s: its own %s%s%s.", w.ID, say.Count(of), w.Health.culprit(end), lag, against, w.Health.because(end))
}

// accusation says which worker is worst off and why, and how many others were late.
func accusation(workers []Worker, f *Figures, end time.Duration) string {
	at, others := worst(workers), 0
	for i := range workers {
		if i != at && workers[i].isLate(f) {
			others++
		}
	}
	text := workers[at].blame(f, len(workers), end)
	switch rest := len(workers) - 1; {
	case others == rest && rest == 1:
		text += " The other one was late too."
	case others == rest && rest > 1:
		text += " All others were late too."
	case others == 1:
		text += fmt.Sprintf(" Of the other %s one was late too.", say.Plural(rest, "worker"))
	case others > 1:
		text += fmt.Sprintf(" Of the other %s %s were late too.", say.Plural(rest, "worker"), say.Count(others))
	}
	return text
}

// lateNote says which worker was too late where all together were not, so that the Bottleneck does not say it.
func (s *Summary) lateNote() string {
	f := s.Total.Aggregated().ResponseMS
	if s.Health.Lag == TooLate || !slices.ContainsFunc(s.Workers, func(w Worker) bool { return w.isLate(&f) }) {
		return ""
	}
	together := " All workers together were on time."
	if s.Health.Lag == Doubtful {
		together = " What all workers together were late by makes some percentiles doubtful."
	}
	return accusation(s.Workers, &f, time.Duration(s.EndS*float64(time.Second))) + together
}
