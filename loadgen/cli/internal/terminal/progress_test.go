package terminal

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

func snapshot() *report.Snapshot {
	s := &report.Snapshot{At: 12 * time.Second, Users: 10, On: 4, Phase: report.PhaseInfo{Name: "baseline", End: 30 * time.Second}}
	s.Total.Requests, s.Total.Failures, s.Total.RecentRPS = 200, 1, 2.14
	s.Total.Recent = report.Figures{P50: 3.14159, P95: report.Millis(math.Inf(1))}
	return s
}

func TestProgressOnATerminal(t *testing.T) {
	var out strings.Builder
	screen := NewScreen(&out)
	screen.Release()
	width := 200
	p := &Progress{Screen: screen, Width: func() int { return width }, Every: PlainEvery}
	p.Show(snapshot())
	assert.Equal(t, clearLine+"[========            ] baseline 0:12/0:30  users 10 (4 on)  requests 200 (2.14/s)  failures 1 (0.5 %)  p50 3.14 ms  p95 -", out.String())
	for columns, want := range map[int]string{
		100: "baseline 0:12/0:30  users 10 (4 on)  requests 200 (2.14/s)  failures 1 (0.5 %)  p50 3.14 ms  p95 -",
		80:  "baseline 0:12/0:30  users 10 (4 on)  2.14/s  failed 0.5 %  p95 -",
		20:  "baseline 0:12/0:30 ",
	} {
		out.Reset()
		width = columns
		p.Show(snapshot())
		assert.Equal(t, clearLine+want, out.String(), "a line never wraps")
	}
}

func TestProgressWithoutATerminal(t *testing.T) {
	var out strings.Builder
	screen := NewScreen(&out)
	screen.Release()
	p := &Progress{Screen: screen, Width: func() int { return 0 }, Every: PlainEvery}
	for second := range 12 {
		s := snapshot()
		s.At, s.Phase.End = time.Duration(second+1)*time.Second, -1
		p.Show(s)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	assert.Equal(t, "baseline 0:05  users 10 (4 on)  2.14/s  failed 0.5 %  p95 -", lines[0])
	assert.True(t, strings.HasPrefix(lines[1], "baseline 0:10 "))
	out.Reset()
	s := snapshot()
	s.At, s.Users, s.On, s.Total.RecentRPS, s.Total.Recent.P95 = time.Hour, 12345, 6543, 12345, 31.25
	s.Phase = report.PhaseInfo{Name: "intervention", End: 3 * time.Hour}
	p.Show(s)
	assert.Equal(t, "intervention 1:00:00/3:00:00  users 12,345  12,345/s  failed 0.5 %  p95 31.3 ms\n", out.String(), "80 columns")
}
