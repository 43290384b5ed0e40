package setting

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// write makes a file.
func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}
