package loadgenerator

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// calledAlike are methods that differ from an exported name of their type by its capital alone, and why they may.
var calledAlike = map[string]string{
	"report/effect/capacity.Search.hold": "the length of a hold, or what it is if it is not set",
}

// TestMethodsDifferByMoreThanACapital: no type has a method in lower case next to a field or method that reads the same
// aloud. A field next to the method that returns it is how Go does it, and means one thing.
func TestMethodsDifferByMoreThanACapital(t *testing.T) {
	types := 0
	for _, p := range packages(t) {
		exported, lower := map[string]string{}, map[string]bool{} // by type and name in lower case
		for _, file := range p.GoFiles {
			membersOf(t, filepath.Join(p.Dir, file), func(of, name string, method bool) {
				key := of + "." + strings.ToLower(name)
				switch {
				case ast.IsExported(name):
					exported[key] = name
				case method:
					lower[key] = true
				}
			})
		}
		types += len(exported)
		for key := range lower {
			name := strings.TrimPrefix(p.ImportPath, module) + "." + key
			assert.False(t, exported[key] != "" && calledAlike[name] == "", "%s is also %s", name, exported[key])
		}
	}
	require.Greater(t, types, 1000, "members of types")
}

// membersOf passes on the fields and methods of the types of a file.
func membersOf(t *testing.T, path string, to func(of, name string, method bool)) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv != nil {
				of := n.Recv.List[0].Type
				if star, ok := of.(*ast.StarExpr); ok {
					of = star.X
				}
				if generic, ok := of.(*ast.IndexExpr); ok {
					of = generic.X
				}
				to(of.(*ast.Ident).Name, n.Name.Name, true)
			}
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						to(n.Name.Name, name.Name, false)
					}
				}
			}
		}
		return true
	})
}
