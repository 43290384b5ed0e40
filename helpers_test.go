package loadgenerator

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHelpersStandInTheHarness: what several files of tests of a package use is in one
// place, its harness, and says what it is for. A file of helpers alone serves one file
// of tests.
func TestHelpersStandInTheHarness(t *testing.T) {
	harnesses := 0
	for _, files := range testFiles(t) {
		declarations := map[string]int{}
		for _, f := range files {
			for name := range f.helpers {
				declarations[name]++
			}
		}
		for _, f := range files {
			if f.isHarness() {
				harnesses++
				f.checkHarness(t)
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(f.helpers)) {
				if declarations[name] > 1 {
					continue // one for each build, in files that are named after it
				}
				if users := f.usersOf(name, files); len(users) > 1 || len(users) == 1 && f.tests {
					assert.Fail(t, "not in the harness", "%s declares %s, and %v use it: it belongs in harness_test.go", f.path, name, users)
				}
			}
		}
	}
	require.Greater(t, harnesses, 40)
}

// testFile is a file of tests.
type testFile struct {
	path    string
	inside  bool            // of the package that it tests
	tests   bool            // it has some
	helpers map[string]bool // functions, types, variables and constants; true: with a comment
	uses    map[string]bool // of what other files of the package declare
}

// testFiles are the files of tests in this tree, separate modules included, by folder
// and package clause.
func testFiles(t *testing.T) map[[2]string][]*testFile {
	packages := map[[2]string][]*testFile{}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		f := &testFile{path: path, inside: !strings.HasSuffix(parsed.Name.Name, "_test"), helpers: map[string]bool{}, uses: map[string]bool{}}
		f.collect(parsed)
		for _, id := range parsed.Unresolved { // neither local nor declared by this file
			f.uses[id.Name] = true
		}
		key := [2]string{filepath.Dir(path), parsed.Name.Name}
		packages[key] = append(packages[key], f)
		return nil
	}))
	return packages
}

// ofTesting are the functions that package testing calls.
var ofTesting = regexp.MustCompile(`^(?:Test|Benchmark|Fuzz|Example)(?:[^a-z].*)?$`)

// collect notes which names a file declares at package level, and whether a comment says
// what each is for.
func (f *testFile) collect(file *ast.File) {
	add := func(name *ast.Ident, comments ...*ast.CommentGroup) {
		f.helpers[name.Name] = slices.ContainsFunc(comments, func(c *ast.CommentGroup) bool { return c != nil })
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			switch {
			case d.Recv != nil || d.Name.Name == "init":
			case ofTesting.MatchString(d.Name.Name):
				f.tests = true
			default:
				add(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					add(spec.Name, d.Doc, spec.Doc, spec.Comment)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						add(name, d.Doc, spec.Doc, spec.Comment)
					}
				}
			}
		}
	}
	delete(f.helpers, "_")
}

// usersOf are the other files, with tests or a harness, that use a name.
func (f *testFile) usersOf(name string, files []*testFile) (paths []string) {
	for _, other := range files {
		if other != f && other.uses[name] && (other.tests || other.isHarness()) {
			paths = append(paths, other.path)
		}
	}
	return paths
}

// isHarness reports whether a file is for helpers.
func (f *testFile) isHarness() bool { return strings.HasPrefix(filepath.Base(f.path), "harness_") }

// checkHarness holds a harness to its name and to saying what its helpers are for.
func (f *testFile) checkHarness(t *testing.T) {
	dir, name := filepath.Split(f.path)
	switch name {
	case "harness_test.go":
	case "harness_external_test.go":
		assert.False(t, f.inside, "%s is for tests of package x_test where there are tests of package x too", f.path)
	default:
		anywhere, err := (&build.Context{GOOS: "none", GOARCH: "none", Compiler: "gc"}).MatchFile(dir, name)
		require.NoError(t, err)
		assert.False(t, anywhere, "%s is a second harness, and no build tag says which builds it is for", f.path)
	}
	for helper, documented := range f.helpers {
		assert.True(t, documented, "%s: no comment says what %s is for", f.path, helper)
	}
}
