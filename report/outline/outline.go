// Package outline says what a run is, apart from its figures: what a page and Locust's formats show of it, whatever
// makes the load.
package outline

import (
	"time"

	"github.com/gensim/load-generator/report"
)

// Run describes a run for a page that shows it. Offsets count from Start.
type Run struct {
	// Number distinguishes runs: it changes with each start and with each reset. 0
	// means that there was none yet.
	Number  int
	Start   time.Time          // wall clock at offset 0
	Reset   time.Duration      // the figures count from here: 0, or the last reset
	Ended   time.Duration      // where it ended; 0: it is not over
	Host    string             // the target
	Phases  []report.PhaseInfo // of the plan
	Changes []Change           // by hand, in time order
	Tasks   []Task             // the mix of the present phase
	Classes []Class            // the kinds of users in it, with their tasks; nil: one, of Tasks
	Looks   *Looks             // of a run that ends once it is decided; nil: it is judged at its end alone
}

// Looks are how far a run has come that is looked at before its end. It shows no effect between two looks.
type Looks struct {
	Made int           `json:"made"` // so far
	Of   int           `json:"of"`   // the end of the plan is the last one; 0: the run has no end
	Next time.Duration `json:"-"`    // offset of the next one; 0: there is none
	Said string        `json:"said"` // what the last one found, in a sentence; "": there was none yet
}

// Change is something done to a run by hand, which charts mark.
type Change struct {
	At   time.Duration // offset from the start of the run
	Text string        // short, e.g. "80 users by hand"
}

// Task is the share of one task among all that a user does.
type Task struct {
	Name  string
	Share float64 // 0 to 1
	Steps []Task  // of a journey, with their shares among themselves; nil: it is none
}

// Class is a kind of users, which Locust calls a user class.
type Class struct {
	Name   string
	Share  float64 // of all users, 0 to 1
	Weight float64 // as the script has it
	Count  int     // a fixed number of users; 0: by Weight
	Tasks  []Task  // what these users do
}
