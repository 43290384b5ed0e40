package html

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestBundle checks that the report's modules fit into one.
func TestBundle(t *testing.T) {
	text := string(bundle(reportModules))
	assert.NotContains(t, text, "\nimport ")
	assert.NotContains(t, text, "\nexport ")
	seen := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^(?:class|const|let|function|async function) (\w+)`).FindAllStringSubmatch(text, -1) {
		assert.False(t, seen[m[1]], "two modules of a report have a %s", m[1])
		seen[m[1]] = true
	}
}
