package loadgenerator

import (
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// notEnglish are phrases that make a reader stumble, each with what to write
// instead. Messages and log lines are read too, so strings are not exempt.
var notEnglish = []struct {
	keys   string // one of these words is in every match: a line without is not looked at any closer
	phrase string
	better string
}{
	{"no", `\b(?:is|are|was|were) no (?:[a-z-]+)`, `"is not a ...", "does not ..."`},
	{"begin", `\b(?:its|their|the|a|each|every|this|first) begin\b`, "start"},
	{"whoever", `\bwhoever\b`, "the reader, the caller, a program that ..."},
	{"who", `(?:^|[.;:] |// )(?-i:Who) [a-z]+s\b`, "the reader, the caller, a program that ..."},
	{"words", `// [a-z]\w* words (?:a|an|the|it|what|one|two|both)\b`, "formats"},
	{"tells told said", `\b(?:tells|is told|are told|is said|are said)\b`, "reports, logs, says, shows, is reported"},
	{"there", `\bthere is not\b`, "does not exist"},
	{"ever", `\bfor ever\b`, "forever, without end"},
	{"more", `\bany more(?:[.,;:)]|$)`, "no longer"},
	{"behind", `\bbehind (?:it|them)\b`, "after it"},
	{"beside", `\bbeside\b`, "next to, in addition to, with"},
	{"came come", `\b(?:comes?|came) of (?:it|them|the|a|an|each)\b`, "becomes of, results from"},
	{"own", `\bof (?:its|their) own\b`, "its own ..., separate"},
	{"likewise", `\blikewise\b`, "also, too"},
	{"nobody", `\b(?-i:[Nn]obody)\b`, "no one, nothing, or the passive"},
	{"on", `\b(?:go|goes|went|going|gone) on\b`, "continue"},
}

// fineEnglish are what the phrases above match by accident.
var fineEnglish = regexp.MustCompile(`(?i)\bthere (?:is|are|was|were) no |\b(?:is|are|was|were) no (?:longer|more|less|fewer|different)\b`)

// TestPlainEnglish holds what people read, comments included, to plain English.
func TestPlainEnglish(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "git", "ls-files").Output()
	if err != nil {
		t.Skip("not in a clone: ", err)
	}
	var patterns []*regexp.Regexp
	for _, p := range notEnglish {
		patterns = append(patterns, regexp.MustCompile(`(?i)`+p.phrase))
	}
	files := 0
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if !isRead(name) {
			continue
		}
		files++
		for i, line := range strings.Split(read(t, name), "\n") {
			lower := strings.ToLower(line)
			for k, p := range patterns {
				if !slices.ContainsFunc(strings.Fields(notEnglish[k].keys), func(key string) bool { return strings.Contains(lower, key) }) {
					continue
				}
				line = fineEnglish.ReplaceAllString(line, "")
				if found := p.FindString(line); found != "" {
					assert.Fail(t, "not plain English", "%s:%d: %q; better: %s", name, i+1, found, notEnglish[k].better)
				}
			}
		}
	}
	require.Greater(t, files, 300)
}

// isRead reports whether people read a file: code, documents, the page, the gate.
func isRead(name string) bool {
	if name == "english_test.go" || strings.Contains(name, "/testdata/") {
		return false
	}
	switch path.Ext(name) {
	case ".go", ".md", ".js", ".html", ".css", ".tf":
		return true
	}
	return strings.HasPrefix(name, ".ci/")
}
