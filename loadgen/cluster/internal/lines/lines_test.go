package lines

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEachLineArrivesOnce: whatever is lost on the way, each line that was taken arrives once and in order, and the
// others are counted.
func TestEachLineArrivesOnce(t *testing.T) {
	seeds := uint64(50)
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(seed, 1))
		var p Pending
		var k kept
		var got []string
		written := 0
		for range 300 {
			for range rng.IntN(4) {
				_, err := fmt.Fprintln(&p, written, strings.Repeat("x", rng.IntN(1500)))
				require.NoError(t, err)
				written++
			}
			list, before, dropped := p.Next()
			if len(list) == 0 || rng.IntN(3) == 0 {
				continue // the question is lost
			}
			had := k.have
			k.add(list, before, dropped, 1<<20)
			got = append(got, list[min(max(0, had-before), int64(len(list))):]...)
			if rng.IntN(3) == 0 {
				p.Sent(before) // the answer is
				continue
			}
			p.Sent(k.have)
			p.Sent(k.have)
			assert.Zero(t, p.bytes)
		}
		rest, before, dropped := p.Next()
		require.EqualValues(t, written, k.have+int64(len(rest))-(k.have-before)+dropped)
		require.Len(t, got, int(k.have))
		last := -1
		for _, line := range got {
			var n int
			_, err := fmt.Sscan(line, &n)
			require.NoError(t, err)
			require.Greater(t, n, last)
			last = n
		}
	}
}

// TestBounds of what waits, of a line and of what is kept.
func TestBounds(t *testing.T) {
	var p Pending
	_, _ = p.Write([]byte(strings.Repeat("y", 5000) + "\r\nb\xffc\n"))
	list, _, _ := p.Next()
	assert.Equal(t, []string{strings.Repeat("y", longest), "b?c"}, list)
	assert.Len(t, p.More(), 1)
	for range 1000 {
		_, _ = p.Write([]byte(strings.Repeat("z", 100) + "\n"))
	}
	list, _, dropped := p.Next()
	assert.LessOrEqual(t, len(strings.Join(list, "\n")), Most)
	assert.EqualValues(t, 1002, int64(len(list))+dropped)

	var k kept
	for i := range 2000 {
		k.add([]string{fmt.Sprint(i)}, int64(i), 0, 1<<20)
	}
	assert.Len(t, k.lines, count)
	assert.Equal(t, "1999", k.lines[count-1])
	k.add([]string{"again"}, 1999, 0, 20)
	assert.Equal(t, []string{"1996", "1997", "1998", "1999"}, k.lines, "it has that one")
	assert.Equal(t, len(strings.Join(k.lines, "\n"))+1, k.bytes)
}

// TestLogs: a process that takes over an id counts anew; all together are bounded; those that are gone are forgotten where
// there are too many.
func TestLogs(t *testing.T) {
	var l Logs
	l.Add("a", "first", []string{"1", "2"}, 0, 3)
	l.Add("a", "second", []string{"anew"}, 0, 1)
	assert.Equal(t, map[string][]string{"a": {
		"1", "2", "(too many lines at once, of which this worker did not send 3)",
		"anew", "(too many lines at once, of which this worker did not send 1)",
	}}, l.Lines())
	for i := range 1000 {
		l.Add(fmt.Sprint(i), fmt.Sprint(i), []string{strings.Repeat("x", longest)}, 0, 0)
	}
	for i := range 1000 {
		for n := range int64(3) {
			l.Add(fmt.Sprint(i), fmt.Sprint(i), []string{strings.Repeat("y", longest)}, n+1, 0)
		}
	}
	size := 0
	for _, list := range l.Lines() {
		size += len(strings.Join(list, "\n")) + 1
	}
	assert.LessOrEqual(t, size, mostAll)
	assert.Greater(t, size, mostAll/4)
	l.Forget(100, func(process string) bool { return process != "7" })
	assert.Len(t, l.of, 100)
	assert.Contains(t, l.of, "7")
	l.Forget(1, func(process string) bool { return process != "7" })
	assert.Len(t, l.of, 1)
}
