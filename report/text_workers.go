package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// LossMeans says what is to be known of a table of what was lost.
const LossMeans = "What no worker made is in no figure: the rates of these phases are lower by that share. An effect needs arms that lost alike, to 0.5 points."

// WorkerCells are the figures of a worker as text, for tables. Times are in ms.
type WorkerCells struct {
	Index, ID, State, Users, Requests string
	CPU                               string // share of its limit
	Lag                               string // p99
	Clock                             string // minus the coordinator's, and its bound
	Start                             string // how much later than offset 0 it began
	Lost, Why                         string // where, and why; "" where it is not
	Gone, Late                        bool   // it was lost; its lag was too large
}

// Cells returns the figures of the worker as text.
func (w *Worker) Cells() WorkerCells {
	c := WorkerCells{
		Index: say.Count(w.Index), ID: say.Printable(w.ID), State: say.Printable(string(w.State)), Users: say.Count(w.Users), Requests: say.Count(w.Requests),
		CPU: say.None, Lag: w.LagMS.P99.Text(0), Clock: say.Signed(w.ClockMS) + " ± " + say.Number(w.ClockBoundMS), Start: say.Number(w.StartSkewMS),
		Gone: w.IsLost(), Late: w.Health.Lag == TooLate,
	}
	if w.Health.CPU > 0 && w.Health.CPULimit > 0 {
		c.CPU = say.Share(w.Health.CPU / w.Health.CPULimit)
	}
	if w.IsLost() {
		c.Lost, c.Why = say.ClockS(w.LostS), say.Printable(w.Why)
	}
	return c
}

// mostWorkers is how many workers a table has; JSON has all.
const mostWorkers = 16

// OutstandingWorkers returns the indexes of the workers that a reader looks for first, in their order: all of
// sixteen, of more those that were lost or are missing, and then those that are worst off.
func (s *Summary) OutstandingWorkers() []int {
	order := make([]int, len(s.Workers))
	for i := range order {
		order[i] = i
	}
	if len(order) <= mostWorkers {
		return order
	}
	gone := func(i int) int {
		if w := &s.Workers[i]; w.IsLost() || w.State == WorkerMissing {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(order, func(i, j int) int {
		if d := gone(j) - gone(i); d != 0 {
			return d
		}
		return compareStrain(&s.Workers[j], &s.Workers[i])
	})
	return slices.Sorted(slices.Values(order[:mostWorkers]))
}

// writeWorkers writes the workers of the run, if it had any, and what was lost with some of them.
func (s *Summary) writeWorkers(b *strings.Builder) {
	if len(s.Workers) > 0 {
		shown := s.OutstandingWorkers()
		title := say.Plural(len(s.Workers), "worker")
		if len(shown) < len(s.Workers) {
			title += ": those that were lost, and those worst off"
		}
		b.WriteString("\n" + say.Wrap("", "  ", title+"; lag p99, clock and start in ms"))
		t := say.NewTable(say.Column{Name: "#"}, say.Column{Name: "Worker", Left: true}, say.Column{Name: "State", Left: true}, say.Column{Name: "Users", Spare: 2}, say.Column{Name: "Requests"},
			say.Column{Name: "CPU"}, say.Column{Name: "Lag"}, say.Column{Name: "Clock"}, say.Column{Name: "Start", Spare: 1}, say.Column{Name: "Lost at"})
		var whys []string
		for _, i := range shown {
			c := s.Workers[i].Cells()
			if c.Why != "" {
				whys = append(whys, c.ID+" was lost: "+c.Why)
			}
			t.Row(c.Index, say.Fit(c.ID, 16), say.Fit(c.State, 8), c.Users, c.Requests, c.CPU, c.Lag, c.Clock, c.Start, c.Lost)
		}
		b.WriteString(t.Text("  "))
		for _, why := range whys {
			writeLine(b, why)
		}
	}
	s.writeLosses(b)
}

// mostLosses is how many phases the table of losses has; JSON has all.
const mostLosses = 12

// writeLosses writes what was lost of which phase, if anything.
func (s *Summary) writeLosses(b *strings.Builder) {
	t := say.NewTable(say.Column{Name: "Lost of phase", Left: true, Least: 14}, say.Column{Name: "User-seconds"}, say.Column{Name: "Arrivals"}, say.Column{Name: "Share"})
	n := 0
	for i := range s.Phases {
		p := &s.Phases[i]
		if p.Lost == nil {
			continue
		}
		if n++; n <= mostLosses {
			t.Row(append([]string{say.Fit(say.Printable(p.Name), 30)}, p.Lost.Cells()...)...)
		}
	}
	if n == 0 {
		return
	}
	if n > mostLosses {
		t.Row(fmt.Sprintf("... %s more", say.Count(n-mostLosses)))
	}
	b.WriteString("\n" + t.Text("  "))
	writeLine(b, LossMeans)
}

// Cells are user-seconds, arrivals and share as text, for tables.
func (l *Loss) Cells() []string {
	cells := []string{say.None, say.None, say.Share(l.Share)}
	if l.UserSeconds > 0 {
		cells[0] = say.Number(l.UserSeconds)
	}
	if l.Arrivals > 0 {
		cells[1] = say.Count(l.Arrivals)
	}
	return cells
}
