package brief

import (
	"fmt"
	"io"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
)

// WriteText writes the run for a terminal of 80 columns: the verdict, what to
// know before believing it, effect, recovery and claims, and then the
// Summary's tables.
func (b *Brief) WriteText(w io.Writer) error {
	out := &strings.Builder{}
	if failed := claim.Failed(b.Claims); len(failed) > 0 {
		out.WriteString(b.verdict() + "\n")
	}
	for _, note := range b.Run.Cautions() {
		out.WriteString(say.Wrap("! ", "  ", report.Printable(note)))
	}
	if err := b.writeEffect(out); err != nil {
		return err
	}
	b.writeClaims(out)
	if out.Len() > 0 {
		out.WriteByte('\n')
	}
	if err := b.Run.WriteTables(out); err != nil {
		return err
	}
	if b.NoEffect != "" && len(b.Run.Phases) > 1 {
		out.WriteString("\n" + say.Wrap("No effect is computed: ", "  ", report.Printable(b.NoEffect)))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// writeEffect writes the effect, or why it is not known, and the recoveries.
func (b *Brief) writeEffect(out *strings.Builder) error {
	switch {
	case b.Effect == nil:
	case b.Effect.Known():
		if err := b.Effect.WriteText(out); err != nil {
			return err
		}
	default:
		lines := []string{b.Effect.Primary().Sentence()}
		if f := b.Effect.FalseAlarms; f != nil {
			lines = append(lines, f.Sentence())
		}
		for _, line := range append(lines, b.Effect.Warnings...) {
			out.WriteString(say.Wrap("", "  ", report.Printable(line)))
		}
	}
	for _, r := range b.Recoveries {
		out.WriteString(say.Wrap("  ", "    ", report.Printable(r.Sentence())))
	}
	return nil
}

// writeClaims writes what came of the claims, those that do not hold first.
func (b *Brief) writeClaims(out *strings.Builder) {
	if len(b.Claims) == 0 {
		return
	}
	fmt.Fprintln(out, "\nClaims")
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
