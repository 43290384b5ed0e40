package setting

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/gensim/load-generator/internal/say"
)

// WriteHelp describes the options under their headings, wrapped to the width of a
// terminal, in the order of the sections. defaults replace Option.Default, by flag name.
func (t *Table) WriteHelp(w io.Writer, defaults map[string]string) {
	var section *Section
	for o := range t.All() {
		if o.Hidden || o.Removed != "" {
			continue
		}
		if o.section != section {
			section = o.section
			fmt.Fprintf(w, "\n%s:\n", section.Heading)
			if section.Help != "" {
				_, _ = io.WriteString(w, say.Wrap("", "", section.Help))
			}
		}
		writeOption(w, o.syntax(), o.describe(cmp.Or(defaults[o.Flag], o.Default)))
	}
}

// helpColumn is where the text on an option starts; a longer option has a separate
// line.
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

// syntax is the left column: -u, --users N.
func (o *Option) syntax() string {
	text := "    --" + o.Flag
	if o.Short != "" {
		text = "-" + o.Short + ", --" + o.Flag
	}
	if !o.Switch {
		text += " " + cmp.Or(o.Takes, "VALUE")
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
