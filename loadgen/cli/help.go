package cli

import (
	"cmp"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
)

// writeHelp prints the table of options by heading.
func (app *App) writeHelp(w io.Writer, options []Option) {
	fmt.Fprintf(w, "Usage: %s [flags]\n", app.Name)
	for _, command := range app.Commands {
		fmt.Fprintf(w, "       %s %s [flags]    %s\n", app.Name, command.Name, command.Help)
	}
	fmt.Fprint(w, "\nA flag beats a LOAD_* variable, that a LOCUST_* variable, that a configuration file.\n")
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
		fmt.Fprintf(w, "  %-41s %s\n", o.syntax(), o.describe(cmp.Or(defaults[o.Flag], o.Default)))
	}
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
