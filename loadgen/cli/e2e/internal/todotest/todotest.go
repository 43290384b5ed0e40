// Package todotest is what all end-to-end tests share: examples/todo, built, the lines that it writes and
// the summaries that it leaves.
package todotest

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gensim/load-generator/report"
)

// Patience is how long a process may take before a test gives up on it, on a machine that
// compiles meanwhile too.
const Patience = 5 * time.Minute

// Main builds the program with flags of go build, puts its path into program and runs the tests, of which
// parallel run at once unless -parallel says otherwise: what they start mostly waits. It returns the exit
// code, and panics if the program does not build.
func Main(m *testing.M, program *string, parallel int, flags ...string) int {
	dir, err := os.MkdirTemp("", "todo")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	*program = filepath.Join(dir, "todo")
	args := append([]string{"build", "-o", *program}, flags...)
	if out, err := exec.Command("go", append(args, "github.com/gensim/load-generator/examples/todo")...).CombinedOutput(); err != nil {
		panic(string(out))
	}
	if own := flag.Lookup("test.parallel"); own.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		if err := own.Value.Set(strconv.Itoa(parallel)); err != nil {
			panic(err)
		}
	}
	return m.Run()
}

// Summary reads a summary file.
func Summary(t testing.TB, path string) *report.Summary {
	t.Helper()
	content, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	sum, err := report.ReadSummary(content)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// InOrder fails the test unless the parts stand in the text, one after the other.
func InOrder(t testing.TB, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Fatalf("%q is missing or in the wrong place in:\n%s", part, text)
		}
		rest = after
	}
}
