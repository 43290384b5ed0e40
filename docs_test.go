package loadgenerator

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocumentsNameTestsThatExist: the tables of faults and threats say which
// test shows each row.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	known := map[string]bool{}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			known[m[1]] = true
		}
		return err
	}))
	for _, document := range []string{"docs/security.md", "docs/reliability.md"} {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(string(text), -1)
		assert.NotEmpty(t, named, document)
		for _, m := range named {
			assert.True(t, known[m[1]], "%s names %s, which no test file has", document, m[1])
		}
	}
}

// TestDirectDependenciesHaveReasons: section 6 of the design says of each what
// it is for.
func TestDirectDependenciesHaveReasons(t *testing.T) {
	design, err := os.ReadFile("docs/design.md")
	require.NoError(t, err)
	_, reasons, found := strings.Cut(string(design), "## 6. Dependencies")
	require.True(t, found)
	for _, file := range []string{"go.mod", "bench/go.mod"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			module, ok := strings.CutPrefix(line, "\t")
			if !ok || strings.Contains(line, "// indirect") {
				continue
			}
			path, _, _ := strings.Cut(strings.TrimSpace(module), " ")
			assert.True(t, strings.HasPrefix(path, "github.com/gensim/") || strings.Contains(reasons, path), "%s requires %s", file, path)
		}
	}
}
