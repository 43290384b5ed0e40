package leftover

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhatIsNotMerged: a file of something else is refused.
func TestWhatIsNotMerged(t *testing.T) {
	_, err := Merge()
	assert.Error(t, err)
	other := filepath.Join(t.TempDir(), "other")
	require.NoError(t, os.WriteFile(other, []byte("{}\n"), 0o600))
	_, err = Merge(other)
	assert.ErrorContains(t, err, "not a file that a worker has left")
	for text, want := range map[string]string{
		`{"lgd":2}`:                              "version 2",
		`{"lgd":1,"run":"r","of":1,"phases":[]}`: "cannot be",
		`{"lgd":1,"run":"r","of":1,"worker":{"index":1},"phases":[{"Name":"a"}]}`: "cannot be",
		`{"lgd":1,"more":1}`: "unknown field",
	} {
		_, _, err := parse([]byte(text + "\n"))
		assert.ErrorContains(t, err, want)
	}
}

// FuzzLeftover: a file is refused or read, without panic.
func FuzzLeftover(f *testing.F) {
	f.Add([]byte(`{"lgd":1,"run":"r","of":1,"phases":[{"Name":"a"}]}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, d, err := parse(data); err == nil {
			require.NoError(t, s.check())
			require.NotNil(t, d)
		}
	})
}
