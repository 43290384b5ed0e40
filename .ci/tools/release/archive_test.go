package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestArchivesAreTheSame: time, mode and folder of what is
// packed do not show.
func TestArchivesAreTheSame(t *testing.T) {
	at := time.Unix(1_800_000_000, 0).UTC()
	packed := func(mode os.FileMode, modified time.Time) (archives [2][]byte) {
		from, to := t.TempDir(), t.TempDir()
		paths := map[string]string{}
		write(t, from, map[string]string{"loadgen": "program", "loadgen.exe": "program", "licenses/a/LICENSE": "free"})
		for _, name := range []string{"loadgen", "loadgen.exe", "licenses/a/LICENSE"} {
			paths[name] = filepath.Join(from, name)
			require.NoError(t, os.Chmod(paths[name], mode))
			require.NoError(t, os.Chtimes(paths[name], modified, modified))
		}
		files, err := load("a", paths)
		require.NoError(t, err)
		assert.Equal(t, []string{"a/licenses/a/LICENSE", "a/loadgen", "a/loadgen.exe"}, []string{files[0].name, files[1].name, files[2].name})
		for i, write := range []func(string, string, []file, time.Time) (string, error){tarball, zipped} {
			name, err := write(to, "a", files, at)
			require.NoError(t, err)
			archives[i], err = os.ReadFile(filepath.Join(to, name))
			require.NoError(t, err)
		}
		return archives
	}
	assert.Equal(t, packed(0o600, at), packed(0o755, at.AddDate(-1, 0, 0)))
}
