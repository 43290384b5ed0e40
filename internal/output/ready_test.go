package output

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWriteFileKeepsTheOldOneOnFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	err := Write(t.Context(), path, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return errors.New("boom") })
	require.ErrorContains(t, err, "boom")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestReadyLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Ready(filepath.Join(dir, "sub", "a.json")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "old.json"), []byte("old"), 0o600))
	require.NoError(t, Ready(filepath.Join(dir, "old.json")))
	content, err := os.ReadFile(filepath.Join(dir, "old.json"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))
	entries, err := os.ReadDir(filepath.Join(dir, "sub"))
	require.NoError(t, err)
	assert.Empty(t, entries)
	require.Error(t, Ready(dir))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte(""), 0o600))
	require.Error(t, Ready(filepath.Join(dir, "file", "a.json")))
}
