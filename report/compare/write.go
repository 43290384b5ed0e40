package compare

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/claim"
)

// WriteText writes the result for a terminal.
func (r *Result) WriteText(w io.Writer) error {
	out := &strings.Builder{}
	if err := r.Effect.WriteText(out); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nRuns")
	for _, s := range r.Runs {
		out.WriteString(brief.Indented(s.String()))
	}
	if len(r.Claims) > 0 {
		fmt.Fprintln(out, "\nClaims")
	}
	for _, c := range claim.Once(r.Claims, slices.Concat(r.Effect.Sentences(), r.Effect.Warnings)...) {
		out.WriteString(brief.Indented(c.String()))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// String is the run in a line.
func (s *Source) String() string {
	parts := []string{s.Name}
	if s.Arm != "" {
		parts[0] += " (" + map[string]string{"A": "baseline", "B": "intervention"}[s.Arm] + ")"
	}
	parts = append(parts, fmt.Sprintf("seed %d, plan %s", s.Seed, s.Plan))
	if s.Alone != nil {
		parts = append(parts, s.Alone.Sentence())
	}
	if len(s.Differs) > 0 {
		parts = append(parts, "planned differently: "+strings.Join(s.Differs, "; "))
	}
	return strings.Join(parts, ": ")
}

// WriteMarkdown writes the result as Markdown with tables.
func (r *Result) WriteMarkdown(w io.Writer) error {
	out := &strings.Builder{}
	fmt.Fprintf(out, "# %s compared\n\n**%s**\n", say.Plural(len(r.Runs), "run"), brief.Escape(r.Effect.Primary().Sentence()))
	if err := brief.WriteClaimsMarkdown(out, r.Claims); err != nil {
		return err
	}
	if err := brief.WriteEffectMarkdown(out, r.Effect); err != nil {
		return err
	}
	fmt.Fprintln(out, "\n## Runs")
	for _, s := range r.Runs {
		fmt.Fprintf(out, "- %s\n", brief.Escape(s.String()))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// WriteJSON writes the result as JSON.
func (r *Result) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}
