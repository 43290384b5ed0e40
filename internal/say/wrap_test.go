package say

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Nothing is wider than a terminal, and nothing is lost: random words of all
// lengths and scripts.
func TestWrapFitsAndKeepsAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("abcdefgh/é日本🙂")
	texts := 2000
	if testing.Short() {
		texts = 200
	}
	for range texts {
		var words []string
		for range r.IntN(40) {
			word := ""
			for range 1 + r.IntN(1+r.IntN(120)) {
				word += string(letters[r.IntN(len(letters))])
			}
			words = append(words, word)
		}
		text := strings.Join(words, " ")
		hang := strings.Repeat(" ", r.IntN(40))
		out := Wrap(hang[:len(hang)/2], hang, text)
		for line := range strings.Lines(out) {
			assert.LessOrEqual(t, Width(strings.TrimSuffix(line, "\n")), Columns)
		}
		assert.Equal(t, strings.Join(words, ""), strings.Join(strings.Fields(out), ""))
	}
	assert.Equal(t, strings.Repeat("x", 75)+"\n12 ms, y\n", Wrap("", "", strings.Repeat("x", 75)+" 12 ms, y"))
	assert.Equal(t, "- a\n", Wrap("- ", "  ", "a"))
	assert.Equal(t, "-\n", Wrap("- ", "  ", ""))
	assert.Equal(t, "abc…", Fit("abcdef", 4))
	assert.Equal(t, "abcd", Fit("abcd", 4))
}

func TestTableFits(t *testing.T) {
	table := NewTable(Column{Name: "Times"}, Column{Name: "Min", Spare: 1}, Column{Name: "What", Left: true})
	table.Row("12", "3", "short")
	table.Row("1,234", strings.Repeat("9", 30), strings.Repeat("word ", 30))
	table.Row("a whole line")
	out := table.Text("  ")
	for line := range strings.Lines(out) {
		assert.LessOrEqual(t, Width(strings.TrimSuffix(line, "\n")), Columns)
	}
	assert.True(t, strings.HasPrefix(out, "  Times What\n     12 short\n  1,234 word word"), out)
	assert.Contains(t, out, "\n        word word", "the last column wraps below itself")
	assert.Equal(t, 30, strings.Count(out, "word"))
	narrow := NewTable(Column{Name: "A"}, Column{Name: "B", Left: true})
	narrow.Row("1", "x")
	assert.Equal(t, "A  B\n1  x\n", narrow.Text(""))
}
