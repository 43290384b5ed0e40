package loadgen

import (
	"fmt"
	"strings"
)

// namedPhases bounds the phases that a log line names.
const namedPhases = 10

// logIdle logs the tasks that do not run in some phases, a line for each set
// of tasks: whoever left a task out of a mix by mistake sees it at the start.
func (r *run) logIdle() {
	var sets []string
	phases := map[string][]string{}
	for i, l := range r.plan.phases {
		set := strings.Join(l.dispatcher.Idle(), ", ")
		if set == "" {
			continue
		}
		if phases[set] == nil {
			sets = append(sets, set)
		}
		phases[set] = append(phases[set], r.Schedule[i].Name)
	}
	for _, set := range sets {
		r.log.Info("tasks left out of the mix do not run", "tasks", set, "phases", r.namePhases(phases[set]))
	}
}

func (r *run) namePhases(names []string) string {
	switch more := len(names) - namedPhases; {
	case len(names) == len(r.Schedule):
		return "all"
	case more > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namedPhases], ", "), more)
	}
	return strings.Join(names, ", ")
}
