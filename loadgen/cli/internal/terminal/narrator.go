package terminal

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
)

// Narrator writes the lines of one run that scripts wait for in Locust's log. Its methods are
// called one at a time.
type Narrator struct {
	Log  *slog.Logger
	User string // class name

	changes int // by hand, that were announced
	target  int // users to reach
	spawned bool
}

// Begin announces the run's limit; 0 is none.
func (n *Narrator) Begin(end time.Duration) {
	if end > 0 {
		n.Log.Info(fmt.Sprintf("Run time limit set to %.0f seconds", end.Seconds()))
	} else {
		n.Log.Info("No run time limit set, use CTRL+C to interrupt")
	}
}

// BeginPhase announces the ramp of a phase.
func (n *Narrator) BeginPhase(_ int, p report.PhaseInfo) {
	if p.Stages != nil {
		n.rampingBy(p.Users, "by "+report.StagesText(p.Stages, ""))
		return
	}
	n.ramping(p.Users, p.SpawnRate)
}

func (n *Narrator) ramping(users int, rate float64) {
	pace := "all at once"
	if rate > 0 {
		pace = fmt.Sprintf("at a rate of %.2f per second", rate)
	}
	n.rampingBy(users, pace)
}

func (n *Narrator) rampingBy(users int, pace string) {
	n.target, n.spawned = users, false
	n.Log.Info(fmt.Sprintf("Ramping to %d users %s", users, pace))
}

// Follow announces what a snapshot shows and reports whether all users have just
// been spawned. changes are those of the run by hand.
func (n *Narrator) Follow(s *report.Snapshot, changes []loadgen.Change) bool {
	if count := len(changes); count > 0 {
		last := changes[count-1]
		if count += last.More; count > n.changes && last.At >= s.Phase.Start {
			n.ramping(last.Users, last.SpawnRate)
		}
		n.changes = count
	}
	if n.spawned || s.Users != n.target {
		return false
	}
	n.spawned = true
	counts := map[string]int{n.User: s.Users}
	if s.Kinds != nil {
		counts = map[string]int{}
		for _, k := range s.Kinds {
			counts[k.Name] = k.Users
		}
	}
	classes, _ := json.Marshal(counts) // a map of numbers cannot fail
	n.Log.Info(fmt.Sprintf("All users spawned: %s (%d total users)", classes, s.Users))
	return true
}
