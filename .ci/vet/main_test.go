package main

import (
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

// What is wrong on one platform only is reported for that one only: in a test by
// way of another package's function, in a file that others leave out, in a number
// or a name that others know, in the grammar.
func TestFindsWhatIsWrongOnOnePlatform(t *testing.T) {
	module(t, map[string]string{
		"say/say.go": "package say\n\nimport \"fmt\"\n\n" +
			"// Sayf says.\nfunc Sayf(format string, args ...any) string { return fmt.Sprintf(format, args...) }\n",
		"say/say_test.go":         "package say\n\nvar Inner = 1 // makes of say a variant for its tests\n",
		"say/outer_test.go":       "package say_test\n",
		"say/say_windows_test.go": "package say_test\n\nimport \"tiny/say\"\n\nvar _ = say.Sayf(\"%d\", \"text\") + string(rune(say.Inner))\n",
		"lock_freebsd.go":         "package tiny\n\nimport \"sync\"\n\nfunc lock(m sync.Mutex) { m.Lock() }\n",
		"tiny.go":                 "package tiny\n\nimport \"math/rand/v2\"\n\nvar _ = rand.Int() < 1<<40\n",
		"kill/kill.go":            "package kill\n\nimport \"syscall\"\n\nfunc Kill() error { return syscall.Kill(1, 0) }\n",
		"typed/typed.go":          "//go:build windows\n\npackage typed\n\nvar _ int = \"text\"\n",
		"typed/any.go":            "package typed\n",
		"grammar/darwin.go":       "//go:build darwin\n\npackage grammar\n\nfunc f() { return + }\n",
		"grammar/any.go":          "package grammar\n",
	})
	vet := vetter()
	for name, want := range map[string][]string{
		"linux/arm64":   nil,
		"freebsd/amd64": {"lock_freebsd.go:5:13: lock passes lock by value: sync.Mutex"},
		"linux/386":     {"tiny.go:5:22: 1 << 40 (untyped int constant 1099511627776) overflows int"},
		"darwin/arm64":  {"grammar/darwin.go:5:21: expected operand, found '}'"},
		"windows/amd64": {
			"kill/kill.go:5:36: undefined: syscall.Kill",
			"say/say_windows_test.go:5:19: tiny/say.Sayf format %d has arg \"text\" of wrong type string",
			"typed/typed.go:5:13: cannot use \"text\" (untyped string constant) as int value in variable declaration",
		},
	} {
		got, err := vet(name)
		require.NoError(t, err, name)
		assert.ElementsMatch(t, want, got, name)
	}
}

// On the machine's own platform the findings are those of go vet.
func TestFindsWhatGoVetFinds(t *testing.T) {
	module(t, map[string]string{
		"a.go": `package a

import (
	"fmt"
	"sync"
)

type S struct {
	sync.Mutex
}

func F(s S) (n int) {
	n = n
	fmt.Printf("%d %s\n", "text", n)
	for {
	}
	return n
}
`,
		"a_test.go": `package a

import "testing"

func TestF(t *testing.T) {
	go func() { t.Fatal("in another goroutine") }()
	t.Errorf("%s")
}
`,
	})
	out, err := exec.Command("go", "vet", "./...").CombinedOutput()
	require.Error(t, err)
	want := regexp.MustCompile(`(?m)\ba(_test)?\.go:\d.*$`).FindAllString(string(out), -1)
	require.Len(t, want, 6, "%s", out)
	got, err := vetter()(runtime.GOOS + "/" + runtime.GOARCH)
	require.NoError(t, err)
	assert.ElementsMatch(t, want, got)
}

func TestSuiteIsThatOfGoVet(t *testing.T) {
	out, err := exec.Command("go", "tool", "vet", "help").Output()
	require.NoError(t, err)
	_, list, _ := strings.Cut(string(out), "Registered analyzers:")
	var want, got []string
	for _, line := range regexp.MustCompile(`(?m)^    (\w+) `).FindAllStringSubmatch(list, -1) {
		want = append(want, line[1])
	}
	require.Contains(t, want, "printf")
	for _, a := range suite {
		got = append(got, a.Name)
	}
	slices.Sort(got)
	assert.Equal(t, want, got)
}

func TestRefusesWhatItCannotVet(t *testing.T) {
	module(t, map[string]string{"a.go": "package tiny\n\nimport _ \"tiny/missing\"\n"})
	_, err := vetter()("linux/arm64")
	require.ErrorContains(t, err, "tiny/missing")

	require.NoError(t, os.Remove("a.go"))
	_, err = vetter()("linux/arm64")
	require.ErrorContains(t, err, "no packages")

	module(t, map[string]string{"a.go": "package tiny\n\nimport _ \"os\"\n"})
	_, err = vetter()("linux/arm65")
	require.ErrorContains(t, err, "linux/arm65")
	found, err := vetter()("linus/arm64")
	require.NoError(t, err)
	require.NotEmpty(t, found)
}

// vetter returns what vets one platform after another.
func vetter() func(name string) (found []string, err error) {
	fset, parsed := token.NewFileSet(), files{}
	return func(name string) ([]string, error) {
		p := platform{fset: fset, files: parsed, checked: map[string]*packages.Package{}}
		err := p.vet(name)
		return p.found, err
	}
}

// module writes a module and makes it the working directory.
func module(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module tiny\n\ngo 1.26\n"
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	t.Chdir(dir)
}
