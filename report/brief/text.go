package brief

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/claim"
)

// WriteText writes the run for a terminal of 80 columns: the verdict, what to
// know before believing it, effect, recovery and claims, and then the
// Summary's tables.
func (b *Brief) WriteText(w io.Writer) error {
	out := &strings.Builder{}
	if failed := claim.Failed(b.Claims); len(failed) > 0 {
		out.WriteString(b.outcome() + "\n")
	}
	if err := b.writeEffect(out, b.Run.Cautions()); err != nil {
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
		out.WriteString("\n" + say.Wrap("No effect is computed: ", "  ", say.Printable(b.NoEffect)))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// writeEffect writes the effect, or why it is not known, the cautions below its
// verdict, and the recoveries.
func (b *Brief) writeEffect(out *strings.Builder, cautions []string) error {
	if b.Effect == nil {
		writeLines(out, "! ", cautions)
		return nil
	}
	e := *b.Effect
	e.Warnings = slices.Concat(cautions, e.Warnings)
	if e.Known() {
		if err := e.WriteText(out); err != nil {
			return err
		}
	} else {
		writeLines(out, "", []string{e.Primary().Sentence()})
		writeLines(out, "  ! ", e.Warnings)
		if f := e.FalseAlarms; f != nil {
			writeLines(out, "  ", []string{f.Sentence()})
		}
	}
	for _, r := range b.Recoveries {
		writeLines(out, "  ", []string{r.Sentence()})
	}
	return nil
}

// writeLines writes sentences, each after a mark and wrapped two columns further in.
func writeLines(out *strings.Builder, mark string, sentences []string) {
	indent := strings.Repeat(" ", max(2, len(mark)))
	for _, s := range sentences {
		out.WriteString(say.Wrap(mark, indent, say.Printable(s)))
	}
}

// writeClaims writes the outcomes of the claims, those that do not hold first.
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
		out.WriteString(say.Wrap(inner, inner+"  ", say.Printable(line)))
	}
	return out.String()
}
