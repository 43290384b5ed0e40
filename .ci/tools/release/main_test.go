package main

import (
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// git runs a command in a repository.
func git(t *testing.T, root string, args ...string) {
	t.Helper()
	out, err := exec.Command("git", append([]string{"-C", root, "-c", "user.name=a", "-c", "user.email=a@example.org",
		"-c", "commit.gpgSign=false", "-c", "tag.gpgSign=false"}, args...)...).CombinedOutput()
	require.NoError(t, err, string(out))
}

// TestRefused: what makes no release is one line that says what to do.
func TestRefused(t *testing.T) {
	root, full := t.TempDir(), t.TempDir()
	write(t, full, map[string]string{"old": ""})
	write(t, root, map[string]string{"CHANGELOG.md": changelog})
	refused := func(want string, args ...string) {
		t.Helper()
		err := run(append([]string{"-root", root}, args...), io.Discard)
		var r refusal
		require.ErrorAs(t, err, &r)
		assert.Contains(t, err.Error(), want)
		assert.NotContains(t, err.Error(), "\n")
	}
	refused("usage: release", "-x")
	refused("usage: release", "v0.1.0", "v0.2.0")
	refused(`no version "v9", only v0.2.0, v0.1.0`, "v9")
	refused("no commit to release: fatal: not a git repository")

	git(t, root, "init", "-q")
	git(t, root, "add", ".")
	git(t, root, "commit", "-q", "-m", "first")
	git(t, root, "tag", "v0.1.0")
	write(t, root, map[string]string{"new": ""})
	refused("files are not committed (?? new): commit them, or give -draft")
	git(t, root, "add", ".")
	git(t, root, "commit", "-q", "-m", "second")
	refused("tag v0.1.0 is at ", "0.1.0")
	refused(full+" is not empty", "-o", full)
	refused(full+" is not empty", "-o", full, "-draft", "v0.1.0")
	t.Setenv("PLATFORMS", "linux/amd64 plan9/mips")
	refused(`PLATFORMS: "plan9/mips" is not one of linux/amd64`)
}

// TestDraftSaysThatFilesDiffer: the commit in the programs is not taken for what
// they are built from.
func TestDraftSaysThatFilesDiffer(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"a": ""})
	git(t, root, "init", "-q")
	git(t, root, "add", ".")
	git(t, root, "commit", "-q", "-m", "first", "--date", "2026-11-30T12:00:00Z")
	r := release{root: root, version: "v0.1.0"}
	require.NoError(t, r.locate(false))
	assert.Regexp(t, "^[0-9a-f]{40}$", r.commit)
	assert.WithinDuration(t, time.Now(), r.at, time.Hour, "of the commit, not of its author")
	require.NoError(t, r.unchanged())
	write(t, root, map[string]string{"a": "b"})
	assert.ErrorContains(t, r.unchanged(), r.commit+"-dirty: leave them alone during a build")
	require.NoError(t, r.locate(true))
	assert.Regexp(t, "^[0-9a-f]{40}-dirty$", r.commit)
}
