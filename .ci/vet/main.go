// Command vet does for other platforms what go vet does, without compiling: it
// type-checks the module in the working directory, tests included, from source,
// and runs go vet's analyzers.
//
//	go run ./.ci/vet linux/arm64 windows/amd64
//
// Of dependencies it reads declarations only. So it misses an error inside one of
// their functions, and it does not know which of these print or never return,
// except for those of the standard library that the analyzers know by name.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

func main() {
	if len(os.Args) == 1 {
		fmt.Fprintln(os.Stderr, "usage: vet GOOS/GOARCH...")
		os.Exit(2)
	}
	failed, parsed := false, files{}
	fset := token.NewFileSet()
	for _, name := range os.Args[1:] {
		began := time.Now()
		p := platform{fset: fset, files: parsed, checked: map[string]*packages.Package{}}
		if err := p.vet(name); err != nil {
			p.found = append(p.found, err.Error())
		}
		for _, finding := range p.found {
			fmt.Println(finding)
		}
		failed = failed || len(p.found) > 0
		fmt.Printf("-- %s: %d findings, %.0f s\n", name, len(p.found), time.Since(began).Seconds())
	}
	if failed {
		os.Exit(1)
	}
}

// files holds what is parsed, by path, for all platforms.
type files map[string]parsedFile

type parsedFile struct {
	tree *ast.File
	errs scanner.ErrorList
}

// A platform is what is known of one while it is vetted.
type platform struct {
	fset    *token.FileSet
	files   files
	sizes   types.Sizes
	checked map[string]*packages.Package // by path, which may say for whose test
	found   []string                     // file:line:col: message
}

func (p *platform) vet(name string) error {
	goos, goarch, _ := strings.Cut(name, "/")
	p.sizes = types.SizesFor("gc", goarch)
	if p.sizes == nil {
		return fmt.Errorf("%s: no such architecture", name)
	}
	all, err := list(goos, goarch)
	if err != nil {
		return err
	}
	var sound []*packages.Package // own, and so that analyzers take them
	for _, l := range all {
		pkg := p.check(l)
		p.checked[l.ImportPath] = pkg
		if l.own() && !pkg.IllTyped {
			sound = append(sound, pkg)
		}
	}
	if len(sound)+len(p.found) == 0 {
		return errors.New("no packages in the working directory")
	}
	graph, err := checker.Analyze(suite, sound, nil)
	if err != nil {
		return err
	}
	for _, action := range graph.Roots {
		if action.Err != nil {
			return fmt.Errorf("%v: %w", action, action.Err)
		}
		for _, d := range action.Diagnostics {
			p.report(p.fset.Position(d.Pos), d.Message)
		}
	}
	return nil
}

// check parses and type-checks a package whose imports are checked already.
func (p *platform) check(l *listed) *packages.Package {
	path, _, _ := strings.Cut(l.ImportPath, " ") // "path [path.test]"
	pkg := &packages.Package{
		ID: l.ImportPath, Name: l.Name, PkgPath: path, Module: l.Module,
		Fset: p.fset, Types: types.NewPackage(path, l.Name), TypesSizes: p.sizes,
		OtherFiles: l.in(l.SFiles), IgnoredFiles: l.in(l.IgnoredGoFiles),
	}
	wrong := func(at token.Position, message string) {
		pkg.IllTyped = true
		p.report(at, message)
	}
	config := types.Config{
		Importer:         importer(func(path string) *packages.Package { return p.checked[cmp.Or(l.ImportMap[path], path)] }),
		Sizes:            p.sizes,
		IgnoreFuncBodies: !l.own(), // unused imports are then no error
		Error: func(err error) {
			e := err.(types.Error)
			wrong(p.fset.Position(e.Pos), e.Msg)
		},
	}
	if l.Module != nil && l.Module.GoVersion != "" {
		config.GoVersion = "go" + l.Module.GoVersion
	}
	if l.own() {
		pkg.TypesInfo = newInfo()
	}
	pkg.Imports = map[string]*packages.Package{} // own ones: analyzers run on no others
	for _, path := range l.Imports {
		if imported := p.checked[path]; imported != nil {
			pkg.IllTyped = pkg.IllTyped || imported.IllTyped
			if l.own() && imported.TypesInfo != nil {
				pkg.Imports[path] = imported
			}
		}
	}
	for _, path := range l.in(l.GoFiles) {
		tree, errs := p.parse(path, l.own())
		for _, e := range errs {
			wrong(e.Pos, e.Msg)
		}
		pkg.Syntax = append(pkg.Syntax, tree)
	}
	_ = types.NewChecker(&config, p.fset, pkg.Types, pkg.TypesInfo).Files(pkg.Syntax) // config.Error has it
	return pkg
}

func newInfo() *types.Info {
	return &types.Info{
		Types:        map[ast.Expr]types.TypeAndValue{},
		Instances:    map[*ast.Ident]types.Instance{},
		Defs:         map[*ast.Ident]types.Object{},
		Uses:         map[*ast.Ident]types.Object{},
		Implicits:    map[ast.Node]types.Object{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		Scopes:       map[ast.Node]*types.Scope{},
		FileVersions: map[*ast.File]string{},
	}
}

// parse reads a file, once for all platforms. Of a dependency's functions it keeps
// no bodies, so that their memory is free again.
func (p *platform) parse(path string, own bool) (*ast.File, scanner.ErrorList) {
	f, ok := p.files[path]
	if !ok {
		mode := parser.SkipObjectResolution
		if own {
			mode |= parser.ParseComments
		}
		tree, err := parser.ParseFile(p.fset, path, nil, mode)
		if err != nil && !errors.As(err, &f.errs) {
			f.errs.Add(token.Position{Filename: path}, err.Error())
		}
		if tree == nil { // not even read
			tree = &ast.File{Name: ast.NewIdent("_")}
		}
		for _, decl := range tree.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && !own && fn.Body != nil {
				fn.Body = &ast.BlockStmt{}
			}
		}
		f.tree = tree
		p.files[path] = f
	}
	return f.tree, f.errs
}

// report notes a finding once: what is wrong in a package is wrong in the variant
// that its tests compile as well.
func (p *platform) report(at token.Position, message string) {
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, at.Filename); err == nil && filepath.IsLocal(rel) {
			at.Filename = rel
		}
	}
	if finding := fmt.Sprintf("%s: %s", at, message); !slices.Contains(p.found, finding) {
		p.found = append(p.found, finding)
	}
}

// importer finds a checked package by the path in an import declaration.
type importer func(path string) *packages.Package

func (find importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if pkg := find(path); pkg != nil {
		return pkg.Types, nil
	}
	return nil, fmt.Errorf("%s is not listed", path)
}
