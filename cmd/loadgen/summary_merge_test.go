package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhatCannotBeMerged is refused in one line. What can be is tested with workers whose master is killed, in
// loadgen/cli/e2e.
func TestWhatCannotBeMerged(t *testing.T) {
	left := filepath.Join(t.TempDir(), "run.shard-0.lgd")
	require.NoError(t, os.WriteFile(left, []byte(`{"lgd":7}`+"\n"), 0o600))
	summary := file(t, 1, 0, "only")
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "loadgen merge: no file is given; a worker whose master is gone leaves one in its --journal\n"},
		{[]string{filepath.Join(t.TempDir(), "none.lgd")}, "no such file"},
		{[]string{summary}, "it is not a file that a worker has left"},
		{[]string{left}, "it is of version 7, and this program reads 1"},
		{[]string{left, "--summary-file", left}, "would replace what a worker left; accepted: another file"},
		{[]string{"--sumary-file", "x"}, "did you mean --summary-file?"},
	} {
		code, stdout, stderr := did(append([]string{"merge"}, c.args...)...)
		assert.Equal(t, exitUsage, code, c.args)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, c.says)
		assert.Regexp(t, `^loadgen merge: [^\n]*\n$`, stderr)
	}
	code, stdout, _ := did("merge", "--help")
	assert.Equal(t, exitOK, code)
	assert.Contains(t, stdout, "--summary-file FILE")
}
