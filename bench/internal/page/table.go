package page

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// Table is a Markdown table. The first column is text, the others are figures.
type Table struct {
	Title string
	Head  []string
	Rows  [][]string
}

// Add appends a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// String writes the table with its columns in line.
func (t *Table) String() string {
	widths := make([]int, len(t.Head))
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	if t.Title != "" {
		fmt.Fprintf(&b, "%s\n\n", t.Title)
	}
	writeRow(&b, t.Head, widths)
	fmt.Fprintf(&b, "|%s|", strings.Repeat("-", widths[0]+2))
	for _, w := range widths[1:] {
		fmt.Fprintf(&b, "%s:|", strings.Repeat("-", w+1))
	}
	b.WriteByte('\n')
	for _, row := range t.Rows {
		writeRow(&b, row, widths)
	}
	return b.String()
}

func writeRow(b *strings.Builder, cells []string, widths []int) {
	cells = append(slices.Clone(cells), make([]string, len(widths)-len(cells))...)
	fmt.Fprintf(b, "| %-*s |", widths[0], cells[0])
	for i, w := range widths[1:] {
		fmt.Fprintf(b, " %*s |", w, cells[i+1])
	}
	b.WriteByte('\n')
}

// Publish replaces what stands between the markers of a section of a Markdown
// file: <!-- bench:NAME --> and <!-- /bench:NAME -->.
func Publish(file, section, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	page, err := replace(string(old), section, text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(page), 0o644)
}

func replace(page, section, text string) (string, error) {
	begin, end := "<!-- bench:"+section+" -->", "<!-- /bench:"+section+" -->"
	before, rest, begun := strings.Cut(page, begin)
	_, after, ended := strings.Cut(rest, end)
	switch {
	case !begun:
		return "", fmt.Errorf("marker %s is missing", begin)
	case !ended:
		return "", fmt.Errorf("marker %s is missing", end)
	}
	return before + begin + "\n" + strings.TrimSpace(text) + "\n" + end + after, nil
}
