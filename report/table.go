package report

import (
	"strings"
	"unicode/utf8"
)

// table lays out cells in columns.
type table struct {
	columns []column
	rows    [][]string
}

// column says how a column is laid out.
type column struct {
	name  string
	left  bool // aligned to the left
	width int  // at least
}

// newTable returns a table whose first row names the columns.
func newTable(columns ...column) *table {
	t, names := &table{columns: columns}, make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	t.row(names...)
	return t
}

// row adds a row. One with a single cell is a line of its own.
func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// write appends the rows, each behind the indent, columns two spaces apart.
func (t *table) write(to *strings.Builder, indent string) {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = c.width
	}
	for _, row := range t.rows {
		if len(row) == 1 {
			continue
		}
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		line := indent
		for i, cell := range row {
			line += t.pad(i, cell, widths[i])
		}
		to.WriteString(strings.TrimRight(line, " "))
		to.WriteByte('\n')
	}
}

// pad fills a cell up to its column's width and the gap behind it.
func (t *table) pad(column int, cell string, width int) string {
	fill := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(cell)))
	if t.columns[column].left {
		return cell + fill + "  "
	}
	return fill + cell + "  "
}
