package terminal

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inOrder checks that the parts stand in the text, one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		require.Truef(t, ok, "%q is missing or in the wrong place in:\n%s", part, text)
		rest = after
	}
}
