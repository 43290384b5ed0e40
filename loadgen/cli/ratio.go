package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/gensim/load-generator/scenario"
)

// writeList prints the user classes as Locust does.
func writeList(w io.Writer, user string) {
	fmt.Fprintf(w, "Available Users:\n    %s\n", user)
}

// writeTaskRatio prints the task mix as Locust does.
func writeTaskRatio(w io.Writer, user string, mix []scenario.Share) error {
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

// writeTaskRatioJSON prints it as JSON, shares from 0 to 1.
func writeTaskRatioJSON(w io.Writer, user string, mix []scenario.Share) error {
	type ratio struct {
		Ratio float64          `json:"ratio"`
		Tasks map[string]ratio `json:"tasks,omitempty"`
	}
	class := ratio{Ratio: 1, Tasks: make(map[string]ratio)}
	for _, task := range mix {
		class.Tasks[task.Name] = ratio{Ratio: task.Share}
	}
	classes := map[string]ratio{user: class}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "    ")
	return encoder.Encode(map[string]any{"per_class": classes, "total": classes})
}
