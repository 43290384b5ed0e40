package setting

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/input"
)

// Remarks are lines for the log about settings that do less than they seem to.
func (t *Table) Remarks() (lines []string) {
	for o := range t.All() {
		why := o.Inert
		if by := o.IdleWith; by != nil && by.Given() && by.Text() != "" {
			why = by.Where() + " is given"
		}
		if why != "" && o.Source().Given() {
			lines = append(lines, fmt.Sprintf("%s has no effect: %s", o.Source().Where(), why))
		}
	}
	return lines
}

// Quoted are lines for the log about variables whose quotes are part of the value:
// a shell and docker compose take them off, docker's --env-file does not. What
// cannot be used with quotes is refused; a password can.
func (t *Table) Quoted() (lines []string) {
	for o := range t.All() {
		if from := o.Source(); from.quoted() {
			lines = append(lines, from.name+" begins and ends with a quote, which counts: docker's --env-file takes none off")
		}
	}
	return lines
}

// Ours reports whether a variable is meant for this program.
func Ours(name string) bool {
	return strings.HasPrefix(name, "LOAD_") || strings.HasPrefix(name, "LOCUST_")
}

// Unknown are lines for the log about variables that no option of the tables has:
// all of ours, and Locust's that look misspelt.
func Unknown(env map[string]string, tables ...*Table) (lines []string) {
	var known []string
	for _, t := range tables {
		for o := range t.All() {
			known = append(known, o.Env...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !Ours(name) || slices.Contains(known, name) {
			continue
		}
		line := fmt.Sprintf("variable %s is unknown and ignored", name)
		if near := DidYouMean(name, known); near != "" && editDistance(name, near) <= 2 {
			line += "; did you mean " + near + "?"
		} else if !strings.HasPrefix(name, "LOAD_") {
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// MayBeSecret reports whether a word on the command line may be the rest of a
// secret that lacked quotes, as in --header X-Key: abc.
func (t *Table) MayBeSecret(word string) bool {
	return t.first(func(o *Option) bool { return o.Source().rank == fromFlag && o.shown(word) != word }) != nil
}

// Guess is what an option is set to, as far as can be seen, also on a command line
// that cannot be read; "" for nothing. How an error is reported may be a setting.
func Guess(from *Source, args []string, env map[string]string) string {
	o := from.option
	if o == nil {
		return ""
	}
	if from.Given() {
		return from.Text()
	}
	for i, arg := range args {
		if name, text, joined := strings.Cut(arg, "="); joined && name == "--"+o.Flag {
			return input.Trim(text)
		} else if name == "--"+o.Flag && o.Switch {
			return "true"
		} else if name == "--"+o.Flag && i+1 < len(args) {
			return input.Trim(args[i+1])
		}
	}
	for _, name := range o.Env {
		if text := input.Trim(env[name]); text != "" {
			return text
		}
	}
	return ""
}
