package brief

import (
	"fmt"
	"io"
	"strings"

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
			fmt.Fprintln(out, report.Printable(line))
		}
	case b.NoEffect != "":
		fmt.Fprintf(out, "No effect is computed: %s\n", report.Printable(b.NoEffect))
	}
	for _, r := range b.Recoveries {
		fmt.Fprintf(out, "  %s\n", report.Printable(r.Sentence()))
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
				for line := range strings.Lines(r.String()) {
					fmt.Fprintf(out, "  %s\n", report.Printable(strings.TrimRight(line, "\n")))
				}
			}
		}
	}
}
