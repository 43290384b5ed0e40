package fake

import (
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
)

// lost is where a worker was lost, and why.
type lost struct {
	at  time.Duration
	why string
}

// Lose lets a worker of the Fleet be lost: its users make no load from now on.
func (l *Load) Lose(index int, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone == nil {
		l.gone = make(map[int]lost)
	}
	l.gone[index] = lost{l.now, why}
}

// alive is the part of the users whose worker is there.
func (l *Load) alive() float64 {
	if l.Fleet == 0 {
		return 1
	}
	return float64(l.Fleet-len(l.gone)) / float64(l.Fleet)
}

// markLost notes what a second asks for, and what it lacks.
func (l *Load) markLost() {
	for len(l.losses) <= l.phase {
		l.losses, l.asked = append(l.losses, report.Loss{}), append(l.asked, 0)
	}
	l.asked[l.phase] += l.users
	loss := &l.losses[l.phase]
	loss.UserSeconds += l.users * (1 - l.alive())
	loss.Share = loss.UserSeconds / max(1, l.asked[l.phase])
}

// workers are those of the Crew or the Fleet; nil without either. The last of them is nearly as busy as it may be, and late.
func (l *Load) workers() (out []report.Worker) {
	if l.crew != nil {
		return slices.Clone(l.crew)
	}
	states := map[report.State]report.WorkerState{report.Spawning: report.WorkerSpawning, report.Running: report.WorkerRunning, report.Stopped: report.WorkerStopped}
	for i := range l.Fleet {
		w := report.Worker{
			ID: fmt.Sprintf("lg-%d", i+1), Index: i, State: states[l.state], Users: int(l.users) / l.Fleet,
			LagMS: report.Lag{P50: .1, P99: report.Millis(.8 + .1*float64(i)), Max: 4}, Health: health(l.now),
			ClockMS: .12 - .1*float64(i), ClockBoundMS: .18, StartSkewMS: .05 * float64(i),
		}
		end := l.now
		if g, ok := l.gone[i]; ok {
			w.State, w.Users, w.LostS, w.Why, w.SilentS = report.WorkerLost, 0, g.at.Seconds(), g.why, 3
			end = g.at
		}
		w.Requests, w.Share = int64(5*end.Seconds()), 1/float64(l.Fleet)
		w.RPS = float64(w.Requests) / max(1, end.Seconds())
		if i == l.Fleet-1 {
			w.Health.CPU, w.Health.CPUPeak, w.Health.MachineCores = 1.9, 2, 2
			w.LagMS.P99, w.LagMS.Max = 31, 120
		}
		out = append(out, w)
	}
	return out
}

// addWorkers adds the workers to a Summary, with what was lost.
func (l *Load) addWorkers(s *report.Summary) *report.Summary {
	if l.Fleet == 0 {
		return s
	}
	for i := range s.Phases {
		if i < len(l.losses) && l.losses[i].UserSeconds > 0 {
			s.Phases[i].Lost = new(l.losses[i])
		}
	}
	s.SetWorkers(l.workers())
	return s
}
