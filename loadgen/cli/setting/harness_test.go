package setting

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// write makes a file.
func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

// accepts checks that parse turns each text into its value.
func accepts[T any](t *testing.T, parse func(string) (T, error), want map[string]T) {
	t.Helper()
	for text, value := range want {
		got, err := parse(text)
		if assert.NoErrorf(t, err, "parse(%q)", text) {
			assert.Equalf(t, value, got, "parse(%q)", text)
		}
	}
}

// refuses checks that parse takes none of the texts.
func refuses[T any](t *testing.T, parse func(string) (T, error), texts ...string) {
	t.Helper()
	for _, text := range texts {
		got, err := parse(text)
		assert.Errorf(t, err, "parse(%q) = %v", text, got)
	}
}
