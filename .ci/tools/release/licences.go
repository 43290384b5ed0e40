package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// licence and notice are the names of files that go with a program: those that
// permit its use, and those that must be shown as well.
var (
	licence = regexp.MustCompile(`(?i)^((un|mit-)?licen[cs]e|copying)`)
	notice  = regexp.MustCompile(`(?i)^(notice|copyright|patents)`)
)

// linked is a package in a program, as go list describes it.
type linked struct {
	Dir      string
	Standard bool
	Module   *module
}

type module struct {
	Path, Version, Dir string
	Main               bool
}

// licences finds the licences and notices of every package in the programs, in
// its folder and those above it, down to its module's: by their names in an
// archive. Modules without a licence are an error that names them.
func (r *release) licences(env []string) (map[string]string, error) {
	packages, err := r.linked(env)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	var missing []string
	for _, p := range packages {
		licensed, err := collect(found, p)
		if err != nil {
			return nil, err
		}
		if at := p.Module.Path + "@" + p.Module.Version; !licensed && !slices.Contains(missing, at) {
			missing = append(missing, at)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("no licence in %s: its owners alone may pass it on", strings.Join(missing, ", "))
	}
	return found, nil
}

// linked lists the packages in the programs that are not of this module; Go's
// library is one of them.
func (r *release) linked(env []string) (packages []linked, err error) {
	args := []string{"list", "-deps", tags, "-json=Dir,Standard,Module"}
	for _, p := range programs {
		args = append(args, p.source)
	}
	out, err := output(r.root, env, args...)
	if err != nil {
		return nil, err
	}
	root, err := output(r.root, env, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	library := strings.TrimSpace(string(root))
	packages = append(packages, linked{Dir: library, Module: &module{Path: "go", Dir: library}})
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p linked
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		if !p.Standard && !p.Module.Main {
			packages = append(packages, p)
		}
	}
}

// collect adds the files of one package, and reports whether a licence is among
// them.
func collect(found map[string]string, p linked) (licensed bool, err error) {
	for dir := p.Dir; ; dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return false, err
		}
		below, err := filepath.Rel(p.Module.Dir, dir)
		if err != nil {
			return false, err
		}
		for _, e := range entries {
			permits := licence.MatchString(e.Name())
			if e.IsDir() || strings.HasSuffix(e.Name(), ".go") || !permits && !notice.MatchString(e.Name()) {
				continue
			}
			licensed = licensed || permits
			found[path.Join("licenses", p.Module.Path, filepath.ToSlash(below), e.Name())] = filepath.Join(dir, e.Name())
		}
		if below == "." || strings.HasPrefix(below, "..") {
			return licensed, nil
		}
	}
}
