package loadgenerator

import (
	"io/fs"
	"path"
	"path/filepath"
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
	keys   string // one of these texts, in lower case, is in every match: a line without is not looked at any closer
	phrase string
	better string
}{
	{"is no|are no|was no|were no", `\b(?:is|are|was|were) no (?:[a-z-]+)`, `"is not a ...", "does not ..."`},
	{" begin", `\b(?:its|their|the|a|each|every|this|first) begin\b`, "start"},
	{"whoever", `\bwhoever\b`, "the reader, the caller, a program that ..."},
	{"who ", `(?:^|[.;:] |// )(?-i:Who) [a-z]+s\b`, "the reader, the caller, a program that ..."},
	{"words", `// [a-z]\w* words (?:a|an|the|it|what|one|two|both)\b`, "formats"},
	{"tells|told|said", `\b(?:tells|is told|are told|is said|are said)\b`, "reports, logs, says, shows, is reported"},
	{"there is not", `\bthere is not\b`, "does not exist"},
	{"for ever", `\bfor ever\b`, "forever, without end"},
	{"any more", `\bany more(?:[.,;:)]|$)`, "no longer"},
	{"behind it|behind them", `\bbehind (?:it|them)\b`, "after it"},
	{"beside", `\bbeside\b`, "next to, in addition to, with"},
	{"come of|comes of|came of", `\b(?:comes?|came) of (?:it|them|the|a|an|each)\b`, "becomes of, results from"},
	{"of its own|of their own", `\bof (?:its|their) own\b`, "its own ..., separate"},
	{"likewise", `\blikewise\b`, "also, too"},
	{"nobody", `\b(?-i:[Nn]obody)\b`, "no one, nothing, or the passive"},
	{"but for", `\bbut for\b`, "except for"},
	{"at the most", `\bat the most\b`, "at most"},
	{"ends to", `\bends? to (?:hold|be [a-z]+ed|be (?:under|above|below))\b`, "stops holding, stops being"},
	{" else", `\b(?:would|could|may|might|will) else\b`, "would otherwise"},
	{"go on|goes on|went on|going on|gone on", `\b(?:go|goes|went|going|gone) on\b`, "continue"},
}

// fineEnglish are what the phrases above match by accident.
var fineEnglish = regexp.MustCompile(`(?i)\bthere (?:is|are|was|were) no |\b(?:is|are|was|were) no (?:longer|more|less|fewer|different)\b`)

// TestPlainEnglish holds what people read, comments included, to plain English.
func TestPlainEnglish(t *testing.T) {
	var patterns []*regexp.Regexp
	var keys [][]string
	for _, p := range notEnglish {
		keys = append(keys, strings.Split(p.keys, "|"))
		patterns = append(patterns, regexp.MustCompile(`(?i)`+p.phrase))
	}
	files := 0
	require.NoError(t, filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isRead(filepath.ToSlash(name)) {
			return err
		}
		files++
		lines := strings.Split(read(t, name), "\n")
		for i, line := range lines {
			joined := line // with the next one, as a comment may break inside a phrase
			if i+1 < len(lines) {
				joined += " " + strings.TrimLeft(lines[i+1], " \t/")
			}
			lower := strings.ToLower(joined)
			if strings.Contains(lower, " no ") {
				joined = fineEnglish.ReplaceAllStringFunc(joined, func(s string) string { return strings.Repeat("_", len(s)) })
			}
			for k, p := range patterns {
				if !slices.ContainsFunc(keys[k], func(key string) bool { return strings.Contains(lower, key) }) {
					continue
				}
				for _, text := range []string{joined, joined[:len(line)]} { // some phrases end a line
					if at := p.FindStringIndex(text); at != nil && at[0] < len(line) {
						assert.Fail(t, "not plain English", "%s:%d: %q; better: %s", name, i+1, text[at[0]:at[1]], notEnglish[k].better)
						break
					}
				}
			}
		}
		return nil
	}))
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
