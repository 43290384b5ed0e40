package locust

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Task is the share of one task among all that a user does.
type Task struct {
	Name  string
	Share float64 // 0 to 1
}

// WriteUsers writes the user classes as Locust does.
func WriteUsers(w io.Writer, user string) {
	fmt.Fprintf(w, "Available Users:\n    %s\n", user)
}

// WriteRatios prints the task mix as Locust does.
func WriteRatios(w io.Writer, user string, mix []Task) error {
	var text strings.Builder
	for _, heading := range []string{"Task ratio per User class", "Total task ratio"} {
		fmt.Fprintf(&text, "\n %s\n%s\n *%6.1f %s\n", heading, strings.Repeat("-", 80), 100.0, user)
		for _, task := range mix {
			fmt.Fprintf(&text, "   *%6.1f %s\n", 100*task.Share, task.Name)
		}
	}
	_, err := fmt.Fprintln(w, text.String())
	return err
}

// WriteRatiosJSON writes [Ratios] of users that run, as Locust's
// --show-task-ratio-json does.
func WriteRatiosJSON(w io.Writer, user string, mix []Task) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "    ")
	return encoder.Encode(Ratios(user, mix, 1))
}

// Ratios is the task mix of a user class in Locust's JSON. share is the share of
// the class among all users: 1, or 0 while none runs.
func Ratios(user string, mix []Task, share float64) map[string]any {
	tasks := map[string]any{}
	for _, t := range mix {
		tasks[t.Name] = map[string]any{"ratio": share * t.Share}
	}
	class := map[string]any{user: map[string]any{"ratio": share, "tasks": tasks}}
	return map[string]any{"per_class": class, "total": class}
}
