package main

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLicences: those of linked packages, their folders and those above are
// found; a module that has none is named.
func TestLicences(t *testing.T) {
	root := t.TempDir()
	program := "package main\n\nimport (\n\t_ \"example.org/a/b\"\n\t_ \"example.org/c\"\n)\n\nfunc main() {}\n"
	write(t, root, map[string]string{
		"go.mod": "module example.org/m\n\ngo 1.26\n\nrequire (\n\texample.org/a v1.0.0\n\texample.org/c v1.0.0\n)\n\n" +
			"replace (\n\texample.org/a => ./a\n\texample.org/c => ./c\n)\n",
		"LICENSE":               "ours",
		"examples/todo/main.go": program,
		"cmd/loadgen/main.go":   program,
		"a/go.mod":              "module example.org/a\n",
		"a/licence.txt":         "free",
		"a/license.go":          "package a\n",
		"a/b/b.go":              "package b\n",
		"a/b/COPYING":           "free",
		"a/d/LICENSE":           "of a package that is not linked",
		"c/go.mod":              "module example.org/c\n",
		"c/NOTICE":              "to be shown",
		"c/c.go":                "package c\n",
	})
	r := release{root: root}
	env := append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	_, err := r.licences(env)
	assert.EqualError(t, err, "no licence in example.org/c@v1.0.0: its owners alone may pass it on")

	write(t, root, map[string]string{"c/UNLICENSE": "free"})
	found, err := r.licences(env)
	require.NoError(t, err)
	delete(found, "licenses/go/PATENTS")
	assert.Equal(t, []string{"licenses/example.org/a/b/COPYING", "licenses/example.org/a/licence.txt",
		"licenses/example.org/c/NOTICE", "licenses/example.org/c/UNLICENSE", "licenses/go/LICENSE"}, slices.Sorted(maps.Keys(found)))
}
