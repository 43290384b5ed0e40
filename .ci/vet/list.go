package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// A listed package is one that go list prints.
type listed struct {
	Dir, ImportPath, Name           string
	GoFiles, SFiles, IgnoredGoFiles []string
	Imports                         []string
	ImportMap                       map[string]string // from the path in an import declaration, where it is not the ImportPath
	Module                          *packages.Module
}

// own reports whether a package belongs to the module that is vetted.
func (l *listed) own() bool { return l.Module != nil && l.Module.Main }

// in returns names of files as paths.
func (l *listed) in(names []string) []string {
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join(l.Dir, name))
	}
	return paths
}

// list returns the packages of the module in the working directory, their tests,
// and all that these import, the imported before the importer.
func list(goos, goarch string) ([]*listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-test",
		"-json=Dir,ImportPath,Name,GoFiles,SFiles,IgnoredGoFiles,Imports,ImportMap,Module", "./...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.Bytes())
	}
	var all []*listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		l := new(listed)
		if err := d.Decode(l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		// The main package of tests is written by go test; unsafe has no source.
		if !strings.HasSuffix(l.ImportPath, ".test") && l.ImportPath != "unsafe" {
			all = append(all, l)
		}
	}
}
