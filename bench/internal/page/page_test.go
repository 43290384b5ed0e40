package page

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0.00", .3912: "0.391", 1: "1.00", 9.994: "9.99", 20.14: "20.1", 99.96: "100.0",
		100: "100", 999.6: "1,000", 48310.2: "48,310", 1234567: "1,234,567", -1234.5: "-1,234", math.NaN(): "-",
	} {
		assert.Equal(t, want, Number(x))
	}
	assert.Equal(t, "-100", Number(-100))
	assert.Equal(t, "1", Count(1))
	assert.Equal(t, "1,000,000", Count(1_000_000))
}

func TestCellShowsMedianAndRange(t *testing.T) {
	assert.Equal(t, "-", Series{}.Cell())
	assert.Equal(t, "-", Series{math.NaN()}.Cell())
	assert.Equal(t, "2.00", Series{math.NaN(), 2}.Cell())
	assert.Equal(t, "2.00 (1.00–9.00)", Series{9, 1, 2}.Cell())
	assert.Equal(t, "1.50 (1.00–2.00)", Series{2, math.NaN(), 1}.Cell())
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	// The machine was half as fast in the second round; both felt it.
	assert.Equal(t, Series{2, 2}, Series{10, 20}.Over(Series{5, 10}))
	missing := Series{1, 2, 3}.Over(Series{0, math.NaN()})
	for _, r := range missing {
		assert.True(t, math.IsNaN(r))
	}
}

func TestTable(t *testing.T) {
	table := Table{Title: "Title.", Head: []string{"client", "µs"}}
	table.Add("wrk", "4.68")
	table.Add("ab")
	assert.Equal(t, "Title.\n\n| client |   µs |\n|--------|-----:|\n| wrk    | 4.68 |\n| ab     |      |\n", table.String())
}

func TestPublishReplacesItsSectionOnly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	require.NoError(t, os.WriteFile(file, []byte("# A\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nB\n<!-- bench:y -->\n<!-- /bench:y -->\n"), 0o600))
	require.NoError(t, Publish(file, "x", "new\n"))
	require.NoError(t, Publish(file, "x", "newer\n"))
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "# A\n<!-- bench:x -->\nnewer\n<!-- /bench:x -->\nB\n<!-- bench:y -->\n<!-- /bench:y -->\n", string(page))
	assert.ErrorContains(t, Publish(file, "z", ""), "marker <!-- bench:z --> is missing")
}
