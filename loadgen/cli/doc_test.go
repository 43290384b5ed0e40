package cli

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryOptionIsDescribed holds docs/command.md against the table of options.
func TestEveryOptionIsDescribed(t *testing.T) {
	content, err := os.ReadFile("../../docs/command.md")
	require.NoError(t, err)
	text := string(content)
	var v values
	for _, o := range table(&v) {
		if o.removed != "" {
			continue
		}
		flag := "--" + o.Flag
		if o.Short != "" {
			flag = "-" + o.Short + " " + flag
		}
		assert.Contains(t, text, "`"+flag+"`")
		for _, name := range o.Env {
			assert.Contains(t, text, "`"+name+"`")
		}
	}
}
