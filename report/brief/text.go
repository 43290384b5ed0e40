package brief

import (
	"fmt"
	"io"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// WriteText writes effect, recovery and assertions for a terminal, to stand
// behind the Summary's own tables.
func (b *Brief) WriteText(w io.Writer) error {
	out := &strings.Builder{}
	switch {
	case b.Effect != nil && b.Effect.Known():
		if err := b.Effect.WriteText(out); err != nil {
			return err
		}
	case b.Effect != nil:
		lines := b.Effect.Sentences()[:1]
		if f := b.Effect.FalseAlarms; f != nil {
			lines = append(lines, f.Sentence())
		}
		for _, line := range append(lines, b.Effect.Warnings...) {
			out.WriteString(say.Wrap("", "  ", report.Printable(line)))
		}
	case b.NoEffect != "":
		out.WriteString(say.Wrap("No effect is computed: ", "  ", report.Printable(b.NoEffect)))
	}
	for _, r := range b.Recoveries {
		out.WriteString(say.Wrap("  ", "    ", report.Printable(r.Sentence())))
	}
	b.writeClaims(out)
	_, err := io.WriteString(w, out.String())
	return err
}

// writeClaims writes what came of the assertions, those that do not hold first.
func (b *Brief) writeClaims(out *strings.Builder) {
	if len(b.Claims) == 0 {
		return
	}
	fmt.Fprintln(out, "\nAssertions")
	shown := b.Shown()
	for _, held := range []bool{false, true} {
		for _, r := range shown {
			if r.Held() == held {
				out.WriteString(Indented(r.String()))
			}
		}
	}
}

// Indented returns text of several lines for a terminal of 80 columns, two
// columns to the right, with its own indentation kept.
func Indented(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		inner := "  " + line[:len(line)-len(strings.TrimLeft(line, " "))]
		out.WriteString(say.Wrap(inner, inner+"  ", report.Printable(line)))
	}
	return out.String()
}
