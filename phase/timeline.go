package phase

import (
	"io"
	"time"

	"github.com/gensim/load-generator/scenario"
)

// Defaults is what a phase takes from the runner when it says nothing itself,
// and what a prediction needs to know.
type Defaults struct {
	// Pace is the runner's pacer.
	Pace scenario.Pacer
	// Tasks are the tasks of a user.
	Tasks []scenario.Task
	// Response is a typical time that a task takes; 0 if unknown.
	Response time.Duration
}

// Forecast is the predicted steady load of one phase at its full level.
type Forecast struct {
	Rate    float64          // tasks per second, all users together
	OnShare float64          // part of the time that a user is ON
	IDC     float64          // index of dispersion of counts
	CountCV float64          // coefficient of variation of the number of tasks in the phase; NaN without end
	Mix     []scenario.Share // effective task mix
	Pace    string           // the pacer in words
	Note    string           // what the figures leave out; empty if nothing
}

// Forecast predicts the steady load of phase i.
func (s Schedule) Forecast(i int, d Defaults) (Forecast, error) { return Forecast{}, nil }

// Timeline writes the plan as text before it runs.
func (s Schedule) Timeline(w io.Writer, d Defaults) error { return nil }
