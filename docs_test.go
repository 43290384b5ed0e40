package loadgenerator

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/claim"
)

// TestDocumentsNameTestsThatExist: the tables of faults, threats and scenarios say
// which test shows each row.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	known := map[string]bool{}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			known[m[1]] = true
		}
		return err
	}))
	for _, document := range []string{"docs/security.md", "docs/reliability.md", "docs/troubleshooting.md", "docs/cluster.md", "docs/users.md"} {
		named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)\\w+)`").FindAllStringSubmatch(read(t, document), -1)
		assert.NotEmpty(t, named, document)
		for _, m := range named {
			assert.True(t, known[m[1]], "%s names %s, which no test file has", document, m[1])
		}
	}
}

// codeOfREADME are the files that hold the Go of the README, block by block.
var codeOfREADME = []string{"examples/script/main.go", "examples/gotest/service_test.go", "loadgen/cli/example_test.go"}

// TestREADMECompiles: every line of a block of Go in the README stands in a file
// that is compiled and run, in the same order.
func TestREADMECompiles(t *testing.T) {
	readme := read(t, "README.md")
	assert.LessOrEqual(t, strings.Count(readme, "\n"), 180)
	blocks := strings.Split(readme, "```go\n")[1:]
	require.Len(t, blocks, len(codeOfREADME))
	for i, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		block = strings.Replace(block, "func main() {", "func ExampleMain() {", 1)
		rest := strings.Split(read(t, codeOfREADME[i]), "\n")
		for line := range strings.Lines(block) {
			line = strings.Join(strings.Fields(line), " ")
			at := slices.IndexFunc(rest, func(l string) bool { return strings.Join(strings.Fields(l), " ") == line })
			if assert.GreaterOrEqualf(t, at, 0, "README: %q is not in %s, or not in this order", line, codeOfREADME[i]) {
				rest = rest[at+1:]
			}
		}
	}
}

// TestComingFromCompiles: the load for those who come from other tools is that of a test, and it and the others have as
// many lines as it says.
func TestComingFromCompiles(t *testing.T) {
	blocks := regexp.MustCompile(`(?s)(\d+) lines[^\n]*\n\n`+"```(\\w+)\n(.*?)```").FindAllStringSubmatch(read(t, "docs/coming-from.md"), -1)
	require.Len(t, blocks, 4)
	for _, b := range blocks {
		assert.Equal(t, b[1], strconv.Itoa(strings.Count(b[3], "\n")), b[2])
	}
	load, _, _ := strings.Cut(blocks[0][3], "\n// loadtest.Run")
	assert.Contains(t, read(t, "loadgen/loadtest/coming_test.go"), load)
}

// TestCommandsOfTheDocuments: what a reader is asked to type names programs,
// flags and addresses that exist.
func TestCommandsOfTheDocuments(t *testing.T) {
	reference := read(t, "docs/command.md")
	flag, address := regexp.MustCompile(`\s(--[a-z][a-z-]+)`), regexp.MustCompile(`:8089(/[a-z/]+)`)
	for _, document := range []string{"README.md", "docs/command.md", "docs/deploy.md", "docs/kubernetes.md", "docs/troubleshooting.md"} {
		commands := commandsOf(read(t, document))
		require.NotEmpty(t, commands, document)
		for _, c := range commands {
			words := strings.Fields(c)
			if words[0] == "go" && words[1] == "run" {
				assert.FileExists(t, filepath.Join(words[2], "main.go"), c)
			}
			if words[0] == "docker" { // what follows the image is ours
				c = regexp.MustCompile(`^.* load-generator --|^.*$`).ReplaceAllString(c, " --")
			}
			for _, m := range slices.Concat(flag.FindAllStringSubmatch(c, -1), address.FindAllStringSubmatch(c, -1)) {
				assert.Regexp(t, regexp.QuoteMeta(m[1])+"[`, ]", reference, c)
			}
		}
	}
	assert.Equal(t, []string{"go run ./examples/todo", "go test ./..."}, commandsOf(read(t, "README.md"))[:2], "the main job and the tests")
}

// commandsOf returns the indented lines of a document that are commands; a
// backslash joins lines.
func commandsOf(document string) (commands []string) {
	for line := range strings.Lines(strings.ReplaceAll(document, "\\\n", " ")) {
		line, indented := strings.CutPrefix(line, "    ")
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		if program, _, _ := strings.Cut(line, " "); indented && slices.Contains([]string{"go", "curl", "docker", "bin/todo"}, program) {
			commands = append(commands, line)
		}
	}
	return commands
}

// TestClaimsOfTheDocuments: the claims that are shown are claims.
func TestClaimsOfTheDocuments(t *testing.T) {
	_, list, found := strings.Cut(read(t, "docs/command.md"), "A claim is one of these")
	require.True(t, found)
	shown := regexp.MustCompile(`(?m)^    (\S.*?)(?:\s{2,}.*)?$`).FindAllStringSubmatch(list[:strings.Index(list, "\n`mean`")], -1)
	shown = append(shown, regexp.MustCompile(`--assert "([^"]+)"`).FindAllStringSubmatch(read(t, "README.md")+read(t, "docs/deploy.md"), -1)...)
	require.Greater(t, len(shown), 7)
	for _, m := range shown {
		_, err := claim.Parse(m[1])
		assert.NoError(t, err, m[1])
	}
}

// TestTheTreeNamesEveryPackage: section 2 of the design has a sentence for each package and none for what is gone. Of
// examples, the gate, the simulation and the command's end-to-end tests it names the folder.
func TestTheTreeNamesEveryPackage(t *testing.T) {
	_, tree, found := strings.Cut(read(t, "docs/design.md"), "## 2. Tree")
	require.True(t, found)
	tree, _, found = strings.Cut(tree, "Arrows, from")
	require.True(t, found)
	named, above := map[string]bool{}, []string(nil)
	for _, m := range regexp.MustCompile(`(?m)^    ( *)(\S+)/\s+\S`).FindAllStringSubmatch(tree, -1) {
		above = append(above[:len(m[1])/2:len(m[1])/2], m[2])
		named[strings.Join(above, "/")] = true
		assert.DirExists(t, strings.Join(above, "/"))
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		folded := regexp.MustCompile(`^(examples|\.ci|loadgen/cli/e2e|report/effect/internal/simulate)/|^github.com/`).MatchString(name)
		assert.True(t, folded || named[name], "%s has no sentence in docs/design.md", name)
	}
}

// TestLinks: what a document of ours links to exists.
func TestLinks(t *testing.T) {
	documents, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	link := regexp.MustCompile(`\]\(([^)#]+?)(?:#[^)]*)?\)`)
	for _, document := range append(documents, "README.md", "CONTRIBUTING.md") {
		for _, m := range link.FindAllStringSubmatch(read(t, document), -1) {
			if !strings.Contains(m[1], "://") {
				_, err := os.Stat(filepath.Join(filepath.Dir(document), m[1]))
				assert.NoError(t, err, "%s links to %s", document, m[1])
			}
		}
	}
}

// TestDirectDependenciesHaveReasons: section 6 of the design says of each what
// it is for.
func TestDirectDependenciesHaveReasons(t *testing.T) {
	_, reasons, found := strings.Cut(read(t, "docs/design.md"), "## 6. Dependencies")
	require.True(t, found)
	for _, file := range []string{"go.mod", "bench/go.mod"} {
		for line := range strings.Lines(read(t, file)) {
			module, ok := strings.CutPrefix(line, "\t")
			if !ok || strings.Contains(line, "// indirect") {
				continue
			}
			path, _, _ := strings.Cut(strings.TrimSpace(module), " ")
			assert.True(t, strings.HasPrefix(path, "github.com/gensim/") || strings.Contains(reasons, path), "%s requires %s", file, path)
		}
	}
}
