// Release makes the archives of a version: the programs for each platform with
// documents and licences, an SBOM of each program, checksums and notes. The same
// commit and the same Go give the same bytes, on any day and in any directory.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// everywhere are the platforms of a release; PLATFORMS names others.
const everywhere = "linux/amd64 linux/arm64 linux/arm linux/386 darwin/arm64 windows/amd64 freebsd/amd64"

// programs are those of an archive, the first of which names it.
var programs = []struct{ name, source string }{
	{"load-generator", "./examples/todo"},
	{"loadgen", "./cmd/loadgen"},
}

// refusal is a release that cannot start: exit code 2.
type refusal string

func (r refusal) Error() string { return string(r) }

// release is what all platforms of a version share.
type release struct {
	root, out string
	version   string // such as v0.1.0
	notes     string // the version's section of CHANGELOG.md
	commit    string // with -dirty where files differ from it
	at        time.Time
}

func main() {
	err := run(os.Args[1:], os.Stdout)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "release:", err)
	if errors.As(err, new(refusal)) {
		os.Exit(2)
	}
	os.Exit(1)
}

// run reads the arguments, refuses what makes no release, and makes one.
func run(args []string, log io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	root := flags.String("root", ".", "")
	out := flags.String("o", "", "")
	draft := flags.Bool("draft", false, "")
	err := flags.Parse(args)
	if err != nil || flags.NArg() > 1 {
		return refusal("usage: release [-o DIR] [-draft] [VERSION]: DIR is artifacts/release/VERSION, VERSION the newest of CHANGELOG.md; -draft takes files that are not committed and any commit")
	}
	r := release{root: *root}
	if r.version, r.notes, err = section(filepath.Join(r.root, "CHANGELOG.md"), flags.Arg(0)); err != nil {
		return err
	}
	if err := r.locate(*draft); err != nil {
		return err
	}
	platforms, err := platforms(os.Getenv("PLATFORMS"))
	if err != nil {
		return err
	}
	if r.out = *out; r.out == "" {
		r.out = filepath.Join(r.root, "artifacts", "release", r.version)
	}
	if err := empty(&r.out); err != nil {
		return err
	}
	return r.make(platforms, log)
}

// locate finds the commit and its time. Only a draft may differ from the commit,
// or from the commit of the version's tag.
func (r *release) locate(draft bool) error {
	head, err := r.git("log", "-1", "--format=%H %ct")
	if err != nil {
		return refusal(fmt.Sprintf("no commit to release: %v", err))
	}
	commit, seconds, _ := strings.Cut(head, " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return fmt.Errorf("time of commit %s: %w", commit, err)
	}
	r.commit, r.at = commit, time.Unix(unix, 0).UTC()
	changes, err := r.git("status", "--porcelain")
	if err != nil {
		return refusal(fmt.Sprintf("no state of the files: %v", err))
	}
	if changes != "" {
		r.commit += "-dirty"
	}
	if draft {
		return nil
	}
	if changes != "" {
		first, _, _ := strings.Cut(changes, "\n")
		return refusal(fmt.Sprintf("files are not committed (%s): commit them, or give -draft", strings.TrimSpace(first)))
	}
	tagged, err := r.git("rev-parse", "-q", "--verify", "refs/tags/"+r.version+"^{commit}")
	if err == nil && tagged != commit {
		return refusal(fmt.Sprintf("tag %s is at %.12s, not at %.12s: check it out, or give -draft", r.version, tagged, commit))
	}
	return nil
}

// unchanged is nil where the files still are those of the commit, or of a draft.
func (r *release) unchanged() error {
	now := release{root: r.root}
	if err := now.locate(true); err != nil {
		return err
	}
	if now.commit != r.commit {
		return fmt.Errorf("the files were those of %s and are those of %s: leave them alone during a build", r.commit, now.commit)
	}
	return nil
}

// git returns what a command of git prints, and as error what it complains of.
func (r *release) git(args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"--no-optional-locks", "-C", r.root}, args...)...).Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) && len(failed.Stderr) > 0 {
		err = errors.New(strings.TrimSpace(string(failed.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}

// platforms reads a list such as "linux/amd64 windows/amd64"; empty is all.
func platforms(list string) ([]string, error) {
	all := strings.Fields(everywhere)
	if list == "" {
		return all, nil
	}
	for _, p := range strings.Fields(list) {
		if !slices.Contains(all, p) {
			return nil, refusal(fmt.Sprintf("PLATFORMS: %q is not one of %s", p, everywhere))
		}
	}
	return strings.Fields(list), nil
}

// empty makes a path absolute and the folder there, which must not hold anything.
func empty(path *string) (err error) {
	if *path, err = filepath.Abs(*path); err != nil {
		return err
	}
	if err := os.MkdirAll(*path, 0o777); err != nil {
		return refusal(err.Error())
	}
	held, err := os.ReadDir(*path)
	if err == nil && len(held) > 0 {
		err = refusal(fmt.Sprintf("%s is not empty: remove it, or name another with -o", *path))
	}
	return err
}
