package brief

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// WriteSearchText writes a search for a capacity for a terminal of 80 columns: the sentence, what to know before believing it,
// claims, the curve, the scalability law.
func WriteSearchText(w io.Writer, s *account.Search) error {
	out := &strings.Builder{}
	writeLines(out, "", []string{s.Sentence})
	writeLines(out, "  ! ", s.Doubts())
	(&Brief{Run: new(report.Summary), Claims: s.Claims}).writeClaims(out)
	if rows := s.Rows(); rows != nil {
		fmt.Fprintf(out, "\nCurve of %s\n", say.Printable(s.Asked.Claim))
		t := say.NewTable(say.Column{Name: "load"}, say.Column{Name: "holds"}, say.Column{Name: "kept"}, say.Column{Name: "flooded"},
			say.Column{Name: "measured"}, say.Column{Name: "mean"}, say.Column{Name: "fitted"})
		for _, r := range rows {
			t.Row(r.Load, r.Holds, r.Kept, r.Flooded, r.Metric, r.Mean, r.Fitted)
		}
		out.WriteString(t.Text("  "))
		writeLines(out, "  ", []string{s.Note()})
	}
	if law := s.LawText(); law != nil {
		out.WriteByte('\n')
		writeLines(out, "", law[:1])
		writeLines(out, "  ! ", law[1:])
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// WriteSearchMarkdown writes the same as Markdown with tables.
func WriteSearchMarkdown(w io.Writer, s *account.Search) error {
	m := &markdown{Brief: &Brief{Run: new(report.Summary), Title: s.Name, Claims: s.Claims}}
	m.line("# %s\n\n**%s**", Escape(m.reportTitle()), Escape(s.Sentence))
	for _, d := range s.Doubts() {
		m.line("\n> %s", Escape(d))
	}
	m.claims()
	m.heading("Curve of " + Escape(s.Asked.Claim))
	m.table(">load", ">holds", ">kept", ">flooded", ">measured", ">mean", ">fitted")
	for _, r := range s.Rows() {
		m.row(r.Load, r.Holds, r.Kept, r.Flooded, r.Metric, r.Mean, r.Fitted)
	}
	m.line("\n%s", say.Capital(s.Note()))
	if law := s.LawText(); law != nil {
		m.heading("Scalability law")
		for _, l := range law {
			m.line("- %s", Escape(l))
		}
	}
	m.heading("Search")
	m.line("%s in %s from %s to %s; seed %d.", say.Plural(len(s.Holds), "hold"), say.ClockS(s.EndS), s.Load(s.Asked.From), s.Load(s.Asked.To), s.Seed)
	if s.Host != "" {
		m.line("\nTarget: %s", Escape(redact.Address(s.Host)))
	}
	_, err := io.WriteString(w, m.out.String())
	return err
}

// WriteSearchJUnit writes it as JUnit XML: a test for each claim, and one for the capacity with the curve, skipped when there is
// none. Without claims a search without an answer fails.
func WriteSearchJUnit(w io.Writer, s *account.Search) error {
	out := suite{Name: s.Name, Time: seconds(s.EndS), Properties: []property{{"seed", strconv.FormatUint(s.Seed, 10)}}}
	for _, p := range []property{{"host", redact.Address(s.Host)}, {"program", s.Program}, {"verdict", s.Sentence}} {
		if p.Value != "" {
			out.Properties = append(out.Properties, p)
		}
	}
	if !s.Start.IsZero() {
		out.Timestamp = s.Start.UTC().Format("2006-01-02T15:04:05")
	}
	for _, r := range s.Claims {
		out.add(claimCase(r))
	}
	lines := slices.Concat([]string{s.Sentence}, s.Doubts())
	for _, r := range s.Rows() {
		lines = append(lines, fmt.Sprintf("%s: kept in %s of %s, flooded %s, measured %s, mean %s, fitted %s", r.Load, r.Kept, holds(r.Holds), r.Flooded, r.Metric, r.Mean, r.Fitted))
	}
	c := testCase{Class: "capacity", Name: s.Asked.Claim, Time: seconds(s.EndS), Out: strings.Join(append(lines, s.LawText()...), "\n")}
	switch found := s.Result.Outcome == capacity.Found; {
	case found:
	case len(s.Claims) == 0:
		c.Failure = &failure{Message: s.Sentence, Type: string(s.Result.Outcome), Text: s.Sentence}
	default:
		c.Skipped = &skipped{s.Sentence}
	}
	out.add(c)
	return write(w, out)
}

// holds is a number of holds in words.
func holds(n string) string {
	if n == "1" {
		return "1 hold"
	}
	return n + " holds"
}
