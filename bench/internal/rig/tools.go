package rig

import (
	"context"
	_ "embed" // of the script
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Tool is a program that takes part, or why it can't.
type Tool struct {
	Path    string // to start it by
	Version string
	Absent  error // nil: it is there
}

// debian are the tools that come from Debian's packages, and how each reports
// its version.
var debian = []struct{ name, versionFlag string }{
	{"nginx", "-v"}, {"wrk", "--version"}, {"ab", "-V"},
}

// modules are the tools that come from the Go module proxy, pinned.
var modules = []struct{ name, module, version string }{
	{"hey", "github.com/rakyll/hey", "v0.1.5"},
	{"vegeta", "github.com/tsenart/vegeta/v12", "v12.13.0"},
	{"k6", "go.k6.io/k6", "v1.8.1"},
}

//go:embed debian.sh
var debianScript string

// Tools finds every tool, and installs what is missing: Debian's packages
// when this is root's machine, Go programs into the user's cache directory.
func Tools(ctx context.Context, say func(string, ...any)) map[string]Tool {
	all := map[string]Tool{}
	installDebian(ctx, say)
	for _, d := range debian {
		all[d.name] = findDebian(ctx, d.name, d.versionFlag)
	}
	for _, m := range modules {
		t := Tool{Version: m.version}
		t.Path, t.Absent = installModule(ctx, say, m.name, m.module, m.version)
		all[m.name] = t
	}
	return all
}

// installDebian runs the script when a package is missing. Whether it worked
// shows when the tools are looked for.
func installDebian(ctx context.Context, say func(string, ...any)) {
	var missing []string
	for _, d := range debian {
		if _, err := exec.LookPath(d.name); err != nil {
			missing = append(missing, d.name)
		}
	}
	if len(missing) == 0 || os.Getuid() != 0 {
		return
	}
	say("installing %s from Debian's packages", strings.Join(missing, ", "))
	cmd := exec.CommandContext(ctx, "sh", "-s")
	cmd.Stdin = strings.NewReader(debianScript)
	if out, err := cmd.CombinedOutput(); err != nil {
		say("debian.sh: %v: %s", err, lastLine(out))
	}
}

func findDebian(ctx context.Context, name, versionFlag string) (t Tool) {
	if t.Path, t.Absent = exec.LookPath(name); t.Absent != nil {
		t.Absent = errors.New("not installed: run bench/debian.sh as root")
		return t
	}
	// wrk prints its version and then that it was used wrongly.
	out, _ := exec.CommandContext(ctx, t.Path, versionFlag).CombinedOutput()
	for _, word := range strings.FieldsFunc(string(out), func(r rune) bool { return strings.ContainsRune(" \n/,", r) }) {
		if '0' <= word[0] && word[0] <= '9' && strings.Contains(word, ".") {
			t.Version = word
			break
		}
	}
	return t
}

// installModule builds a Go program outside every module, so that its
// dependencies are its own and do not meet ours.
func installModule(ctx context.Context, say func(string, ...any), name, module, version string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "load-generator-bench", name+"-"+version)
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	say("building %s %s", name, version)
	cmd := exec.CommandContext(ctx, "go", "install", module+"@"+version)
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOWORK=off", "GOFLAGS=-mod=mod")
	cmd.Dir = os.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install: %s", lastLine(out))
	}
	return path, nil
}

func lastLine(out []byte) string {
	text := strings.TrimSpace(string(out))
	return text[strings.LastIndexByte(text, '\n')+1:]
}
