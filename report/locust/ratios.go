package locust

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/gensim/load-generator/report/outline"
)

// WriteUsers writes the user classes as Locust does.
func WriteUsers(w io.Writer, classes ...string) {
	fmt.Fprintln(w, "Available Users:")
	for _, class := range classes {
		fmt.Fprintf(w, "    %s\n", class)
	}
}

// WriteRatios prints the task mix as Locust does.
func WriteRatios(w io.Writer, classes ...outline.Class) error {
	var text strings.Builder
	for total, heading := range []string{"Task ratio per User class", "Total task ratio"} {
		fmt.Fprintf(&text, "\n %s\n%s\n", heading, strings.Repeat("-", 80))
		for _, class := range classes {
			fmt.Fprintf(&text, " *%6.1f %s\n", 100*class.Share, class.Name)
			share := 1.0
			if total == 1 {
				share = class.Share
			}
			for _, task := range class.Tasks {
				fmt.Fprintf(&text, "   *%6.1f %s\n", 100*share*task.Share, task.Name)
				of := 1.0
				if total == 1 {
					of = share * task.Share
				}
				for _, step := range task.Steps {
					fmt.Fprintf(&text, "     *%6.1f %s\n", 100*of*step.Share, step.Name)
				}
			}
		}
	}
	_, err := fmt.Fprintln(w, text.String())
	return err
}

// WriteRatiosJSON writes [Ratios] of users that run, as Locust's
// --show-task-ratio-json does.
func WriteRatiosJSON(w io.Writer, classes ...outline.Class) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "    ")
	return encoder.Encode(Ratios(1, classes...))
}

// Ratios is the task mix of user classes in Locust's JSON: of each class by itself, and in total. running is 1,
// or 0 while no user runs.
func Ratios(running float64, classes ...outline.Class) map[string]any {
	own, total := map[string]any{}, map[string]any{}
	for _, class := range classes {
		share := running * class.Share
		own[class.Name] = map[string]any{"ratio": share, "tasks": ratiosOf(class.Tasks, running, false)}
		total[class.Name] = map[string]any{"ratio": share, "tasks": ratiosOf(class.Tasks, share, true)}
	}
	return map[string]any{"per_class": own, "total": total}
}

// ratiosOf are those of tasks, times of, and of their steps: in total, or among themselves.
func ratiosOf(mix []outline.Task, of float64, total bool) map[string]any {
	tasks := map[string]any{}
	for _, t := range mix {
		task := map[string]any{"ratio": of * t.Share}
		if t.Steps != nil {
			steps := of
			if total {
				steps *= t.Share
			}
			task["tasks"] = ratiosOf(t.Steps, steps, total)
		}
		tasks[t.Name] = task
	}
	return tasks
}
