package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// searching is a search with short holds. The claim of answers in half of the backend's latency holds on no machine.
func searching(file string, more ...string) []string {
	return append([]string{"--capacity", "p50 < 50ms", "--capacity-from", "5/s", "--capacity-to", "50/s", "--capacity-hold", "3s", "-t", "45",
		"--backend-workers", "4", "--backend-latency", "100ms", "--summary-file", file}, more...)
}

// accountIn reads the account of a search.
func accountIn(t *testing.T, file string) *account.Search {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	a, err := account.Read(f)
	require.NoError(t, err)
	return a
}

// TestASearchWhoseClaimNeverHolds tries four loads, says why there is no figure everywhere, and has a record and a file of
// samples for each hold.
func TestASearchWhoseClaimNeverHolds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	p := run(t, []string{"LOAD_ASSERT=capacity > 20/s"}, searching(at("s.json"), "--headless", "--html", at("s.html"), "--markdown", at("s.md"), "--junit", at("s.xml"),
		"--samples", at("s.jsonl.gz"))...)
	assert.Equal(t, 3, p.code(), p.stderr.String())
	const says = "No capacity: p50 < 50 ms does not hold at 5/s, the lowest load that was tried; start lower, or ask for less."
	a := accountIn(t, at("s.json"))
	assert.Equal(t, capacity.Never, a.Result.Outcome)
	assert.Equal(t, says, a.Sentence)
	require.Len(t, a.Holds, 4)
	assert.Equal(t, 4, strings.Count(p.stderr.String(), ": not kept")+strings.Count(p.stderr.String(), ": flooded"), "a line for each")
	text := strings.Join(strings.Fields(p.stderr.String()), " ")
	todotest.InOrder(t, text, "a search for a capacity: one run for each load", "hold 1: 5/s for ", says, "broken: capacity > 20/s", "Curve of p50 < 50 ms", "Shutting down (exit code 3)")
	for _, name := range []string{"s.html", "s.md", "s.xml"} {
		content, err := os.ReadFile(at(name))
		require.NoError(t, err)
		assert.Contains(t, string(content), "does not hold at 5/s, the lowest load that was tried", name)
	}
	for _, name := range []string{"s.jsonl.gz", "s-2.jsonl.gz", "s-3.jsonl.gz", "s-4.jsonl.gz"} {
		assert.FileExists(t, at(name))
	}
}

// TestASignalEndsASearch with what was found until then, and its file.
func TestASignalEndsASearch(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "s.json")
	p := start(t, nil, searching(file, "--headless")...)
	p.waitFor("hold 1: 5/s")
	p.signal(syscall.SIGINT)
	assert.Equal(t, 1, p.wait())
	a := accountIn(t, file)
	assert.Equal(t, "stopped by a signal", a.Ended)
	assert.NotEmpty(t, a.Holds)
	todotest.InOrder(t, p.stderr.String(), "Got SIGINT signal", "No capacity: ", "The search ended before its time: stopped by a signal.")
	assert.Regexp(t, regexp.MustCompile(`Shutting down \(exit code 1\)\n$`), p.stderr.String())
}

// TestThePageOfASearch follows a search by its page and stops it there; the page stays until a signal.
func TestThePageOfASearch(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "s.json")
	p := start(t, nil, searching(file, "--web-port=0")...)
	s := p.page()
	_, _, page := s.ask("GET", "/")
	assert.Contains(t, page, `"search":true`)
	p.waitFor("hold 1: 5/s")
	so := s.get("/api/search")
	assert.Equal(t, "capacity search", so["kind"])
	assert.NotEmpty(t, so["holds"])
	assert.Equal(t, account.Unfinished, so["ended"])
	assert.Equal(t, false, s.swarm("user_count", "3", "spawn_rate", "50")["success"])
	s.requests() // of the hold in progress
	assert.Equal(t, map[string]any{"success": true, "message": "Test stopped"}, s.get("/stop"))
	p.waitFor("The page stays at " + s.base)
	assert.Equal(t, "stopped by command", s.get("/api/search")["ended"])
	assert.Equal(t, "stopped by command", accountIn(t, file).Ended)
	_, header, report := s.ask("GET", "/api/search/report")
	assert.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")
	assert.Contains(t, report, "<strong>No capacity:</strong>")
	p.signal(syscall.SIGTERM)
	assert.Equal(t, 1, p.wait(), "no capacity was found")
	todotest.InOrder(t, p.stderr.String(), "Search stopped", "No capacity: ", "The page stays at ", "Got SIGTERM signal", "Shutting down (exit code 1)")
}
