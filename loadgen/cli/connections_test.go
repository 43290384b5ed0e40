package cli

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/internal/machine"
)

// A plan that needs more open files than there may be is told before the run,
// with the number and the way to raise the limit.
func TestFileLimit(t *testing.T) {
	limit := machine.FileLimit()
	if limit == 0 || limit > mostUsers/2 {
		t.Logf("the limit of open files here is %d: out of reach of any plan", limit)
		return
	}
	many, needed := limit+1, limit+1+ownFiles
	plan := []string{"--plan", "--headless", "-t", "60", "-r", "1000000", "-u", fmt.Sprint(many)}

	refused := start(t, shop(), nil, append(plan, "--own-connections")...)
	assert.Equal(t, 2, refused.code)
	want := fmt.Sprintf("%d users with a connection each need %d open files, and this process may have %d: raise the limit with 'ulimit -n %d'", many, needed, limit, needed)
	assert.Contains(t, refused.stderr, want)
	assert.Empty(t, refused.stdout)

	warned := start(t, shop(), nil, plan...)
	require.Zero(t, warned.code, warned.stderr)
	assert.Contains(t, warned.stderr, fmt.Sprintf("set --max-connections to at most %d", limit-ownFiles))

	for _, enough := range [][]string{
		append(plan, "--max-connections", fmt.Sprint(limit-ownFiles)),
		{"--plan", "--headless", "-t", "60", "-u", "10", "--own-connections"},
	} {
		o := start(t, shop(), nil, enough...)
		require.Zero(t, o.code, o.stderr)
		assert.NotContains(t, o.stderr, "open files")
	}
}
