package say

import "strings"

// Table lays out cells in columns, within [Columns] if that can be: a table that
// is too wide moves its columns closer, then leaves out those that may go, then
// wraps its last column.
type Table struct {
	columns []Column
	rows    [][]string
}

// Column says how a column is laid out.
type Column struct {
	Name  string
	Left  bool // aligned to the left
	Least int  // columns at least
	Spare int  // above 0: may be left out where the table is too wide, the largest first
}

// NewTable returns a table whose first row names the columns.
func NewTable(columns ...Column) *Table {
	t, names := &Table{columns: columns}, make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	t.Row(names...)
	return t
}

// Row adds a row. One with a single cell is a whole line.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Text returns the rows, each after the indent.
func (t *Table) Text(indent string) string {
	widths, gap := t.widths(), 2
	if total(widths, gap)+len(indent) > Columns {
		gap = 1
	}
	for total(widths, gap)+len(indent) > Columns && t.leaveOut(widths) {
	}
	var out strings.Builder
	for _, row := range t.rows {
		if len(row) == 1 {
			text := strings.TrimLeft(row[0], " ")
			inner := indent + row[0][:len(row[0])-len(text)]
			out.WriteString(Wrap(inner, inner+"  ", text))
			continue
		}
		out.WriteString(t.line(row, widths, gap, indent))
	}
	return out.String()
}

// line is one row. The last column wraps below itself.
func (t *Table) line(row []string, widths []int, gap int, indent string) string {
	line, last := indent, len(row)-1
	for i, cell := range row {
		if widths[i] == 0 {
			continue
		}
		if i == last && t.columns[i].Left && Width(line) < Columns-8 {
			return Wrap(line, strings.Repeat(" ", Width(line)), cell)
		}
		fill := strings.Repeat(" ", max(0, widths[i]-Width(cell)))
		if t.columns[i].Left {
			line += cell + fill
		} else {
			line += fill + cell
		}
		line += strings.Repeat(" ", gap)
	}
	return strings.TrimRight(line, " ") + "\n"
}

// widths are the columns' own.
func (t *Table) widths() []int {
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = c.Least
	}
	for _, row := range t.rows {
		for i, cell := range row {
			if len(row) > 1 {
				widths[i] = max(widths[i], Width(cell))
			}
		}
	}
	return widths
}

// leaveOut takes away the width of the column that can be spared first; false: of
// none.
func (t *Table) leaveOut(widths []int) bool {
	at := -1
	for i, c := range t.columns {
		if c.Spare > 0 && widths[i] > 0 && (at < 0 || c.Spare > t.columns[at].Spare) {
			at = i
		}
	}
	if at >= 0 {
		widths[at] = 0
	}
	return at >= 0
}

// total is the width of a row.
func total(widths []int, gap int) int {
	sum := -gap
	for _, w := range widths {
		if w > 0 {
			sum += w + gap
		}
	}
	return sum
}
