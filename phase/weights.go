package phase

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gensim/load-generator/scenario"
)

// Weights are the whole task mix of a phase, by name: a task left out does not
// run there. Nil leaves each task its own weight. In a run of several kinds
// of users "buyer/list" is task list of kind buyer, and "list" is too where no other
// kind has such a task; a kind of which no task is named keeps its own weights.
type Weights map[string]float64

// validate checks all weights, in the order of the names.
func (w Weights) validate() error {
	for _, name := range slices.Sorted(maps.Keys(w)) {
		switch weight := w[name]; {
		case name == "":
			return errors.New("a task name is empty")
		case !finite(weight):
			return fmt.Errorf("the weight of %q is %v: want a finite number of at least 0", name, weight)
		}
	}
	return nil
}

// Of are the weights of each kind, in the order of the kinds; nil for a kind of which
// they name no task. It returns an error when they name a task that no kind has, or
// one that several have without saying whose.
func (w Weights) Of(kinds []KindTasks) ([]Weights, error) {
	out := make([]Weights, len(kinds))
	if w == nil {
		return out, nil
	}
	if len(w) == 0 {
		return nil, fmt.Errorf("weights: the mix is empty: want at least one of %s", strings.Join(taskNames(kinds), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(w)) {
		k, task, err := find(kinds, name)
		if err != nil {
			return nil, fmt.Errorf("weights: %w", err)
		}
		if out[k] == nil {
			out[k] = Weights{}
		}
		if _, twice := out[k][task]; twice {
			return nil, fmt.Errorf("weights: task %s of kind %s is named twice: want it once", task, kinds[k].Name)
		}
		out[k][task] = w[name]
	}
	return out, nil
}

// find returns the kind and the task that a name is for.
func find(kinds []KindTasks, name string) (kind int, task string, err error) {
	has := func(k int, name string) bool {
		return slices.ContainsFunc(kinds[k].Tasks, func(t scenario.Task) bool { return t.Name == name })
	}
	if of, task, ok := strings.Cut(name, "/"); ok {
		for k := range kinds {
			if kinds[k].Name == of && has(k, task) {
				return k, task, nil
			}
		}
	}
	var found []string
	for k := range kinds {
		if has(k, name) {
			kind, found = k, append(found, kinds[k].Name+"/"+name)
		}
	}
	switch len(found) {
	case 1:
		return kind, name, nil
	case 0:
		return 0, "", fmt.Errorf("unknown task %q: want one of %s", name, strings.Join(taskNames(kinds), ", "))
	}
	return 0, "", fmt.Errorf("several kinds have a task %q: want %s", name, strings.Join(found, " or "))
}

// taskNames lists all tasks with their kinds.
func taskNames(kinds []KindTasks) (names []string) {
	for _, k := range kinds {
		for _, t := range k.Tasks {
			names = append(names, k.Name+"/"+t.Name)
		}
	}
	return names
}
