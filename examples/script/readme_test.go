package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestREADME checks that the Go of the README is that of files which are
// compiled and run: every line of a block stands there, in the same order.
func TestREADME(t *testing.T) {
	sources := []string{"main.go", "../../loadgen/cli/example_test.go", "../gotest/service_test.go"}
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	blocks := strings.Split(string(readme), "```go\n")[1:]
	require.Len(t, blocks, len(sources))
	for i, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		block = strings.Replace(block, "func main() {", "func ExampleMain() {", 1)
		source, err := os.ReadFile(sources[i])
		require.NoError(t, err)
		rest := strings.Split(string(source), "\n")
		for line := range strings.Lines(block) {
			line = strings.TrimSpace(line)
			at := find(rest, line)
			if assert.GreaterOrEqualf(t, at, 0, "README: %q is not in %s, or not in this order", line, sources[i]) {
				rest = rest[at+1:]
			}
		}
	}
}

// find returns the index of the first line that is text but for white space.
func find(lines []string, text string) int {
	for i, line := range lines {
		if strings.TrimSpace(line) == text {
			return i
		}
	}
	return -1
}
