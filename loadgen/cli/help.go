package cli

import (
	"cmp"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// writeHelp prints the table of options by heading.
func (app *App) writeHelp(w io.Writer, options []Option) {
	fmt.Fprintf(w, "Usage: %s [flags]\n", app.Name)
	for _, command := range app.Commands {
		first := fmt.Sprintf("       %s %s [flags]    ", app.Name, command.Name)
		_, _ = io.WriteString(w, say.Wrap(first, strings.Repeat(" ", 11), command.Help))
	}
	_, _ = io.WriteString(w, "\n"+say.Wrap("", "", "A flag beats a LOAD_* variable, that a LOCUST_* variable, that a configuration file."))
	for _, heading := range groups {
		writeGroup(w, heading, options, app.Defaults)
	}
}

func writeGroup(w io.Writer, heading group, options []Option, defaults map[string]string) {
	begun := false
	for _, o := range options {
		if o.group != heading || o.removed != "" {
			continue
		}
		if !begun {
			fmt.Fprintf(w, "\n%s:\n", heading)
			begun = true
		}
		writeOption(w, o.syntax(), o.describe(cmp.Or(defaults[o.Flag], o.Default)))
	}
}

// helpColumn is where the text on an option starts; an option that is longer has a
// line of its own.
const helpColumn = 30

// writeOption writes an option in two columns.
func writeOption(w io.Writer, syntax, text string) {
	hang := strings.Repeat(" ", helpColumn)
	first := "  " + syntax
	if say.Width(first) < helpColumn-1 {
		first += hang[say.Width(first):]
	} else {
		_, _ = io.WriteString(w, say.Wrap(first, hang, ""))
		first = hang
	}
	_, _ = io.WriteString(w, say.Wrap(first, hang, text))
}

// syntax is the left column: -u, --users VALUE.
func (o *Option) syntax() string {
	text := "    --" + o.Flag
	if o.Short != "" {
		text = "-" + o.Short + ", --" + o.Flag
	}
	if !o.Switch {
		text += " VALUE"
	}
	return text
}

// describe is the right column: what it does, its variables, its default.
func (o *Option) describe(byDefault string) string {
	text := o.Help
	if len(o.Env) > 0 {
		text += " [" + strings.Join(o.Env, ", ") + "]"
	}
	if byDefault != "" && byDefault != "false" {
		text += " (default " + byDefault + ")"
	}
	return text
}

// version is the program's, or that of the module it was built from.
func (app *App) version() string {
	if app.Version != "" {
		return app.Version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
