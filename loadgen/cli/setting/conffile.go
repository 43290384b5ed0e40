package setting

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
)

// File is a configuration file that was read: its keys are long flag names.
type File struct {
	name    string // as it stands in messages
	entries []entry
}

// All goes through the keys of the file, with the text of each; the items of a list
// are joined.
func (f File) All() iter.Seq2[string, string] {
	return func(yield func(key, text string) bool) {
		for _, e := range f.entries {
			if !yield(e.key, strings.Join(e.texts, "")) {
				return
			}
		}
	}
}

type entry struct {
	key   string
	texts []string // several for a list
}

// ReadFiles reads Locust's files, weakest first: .locust.conf in home, then
// locust.conf and pyproject.toml in dir, then extra, the file of --config,
// which must exist when it is named.
func ReadFiles(home, dir, extra string) ([]File, error) {
	paths := []string{filepath.Join(dir, "locust.conf"), filepath.Join(dir, "pyproject.toml")}
	if home != "" {
		paths = append([]string{filepath.Join(home, ".locust.conf")}, paths...)
	}
	if extra != "" {
		paths = append(paths, extra)
	}
	var files []File
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case path == extra && errors.Is(err, fs.ErrNotExist):
			return nil, &Error{Where: "--config=" + Quote(extra), Problem: "no such file"}
		case path != extra && err != nil:
			continue // a home may be a file, or another user's
		case path != extra && !info.Mode().IsRegular():
			return nil, &Error{Where: Quote(path), Problem: "is not a file"} // reading it may never end
		}
		file, err := readConfigFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// LargestFile bounds a configuration file, in bytes: what is larger is
// something else.
const LargestFile = 1 << 20

func readConfigFile(path string) (File, error) {
	content, err := input.ReadFile(path, LargestFile)
	if err != nil {
		return File{}, &Error{Where: Quote(path), Problem: err.Error(), Accepts: "a file of lines such as users = 10"}
	}
	parse := parseConf
	if filepath.Ext(path) == ".toml" {
		parse = parseTOML
	}
	file := File{name: filepath.Base(path)}
	file.entries, err = parse(string(content))
	if err != nil {
		return file, &Error{Where: file.name, Problem: err.Error()}
	}
	return file, nil
}

// parseConf reads lines of "key = value", "key: value", "key value" or a bare
// key, which means true. Comments begin with # or ; at the start of a line or
// after a blank; [a, b] is a list; headings in brackets are skipped. A key that
// is given twice is refused: one of its values would be lost.
func parseConf(content string) ([]entry, error) {
	var entries []entry
	lines := make(map[string]int)
	for number, line := range strings.Split(content, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.ContainsRune("#;[", rune(line[0])) || strings.HasPrefix(line, "---") {
			continue
		}
		entry, ok := parseConfLine(line)
		if !ok {
			return nil, fmt.Errorf("line %d is %s; accepted: key = value", number+1, Quote(withoutValue(line)))
		}
		key := strings.TrimLeft(entry.key, "-")
		if first := lines[key]; first > 0 {
			return nil, fmt.Errorf("%s is given in line %d and in line %d; accepted: once, for several values as [a, b]", named(key), first, number+1)
		}
		lines[key] = number + 1
		entries = append(entries, entry)
	}
	return entries, nil
}

func parseConfLine(line string) (entry, bool) {
	end := strings.IndexFunc(line+"#", func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(":=;#", r) })
	key, value := line[:end], line[end:]
	if key == "" || strings.HasPrefix(value, "#") || strings.HasPrefix(value, ";") {
		return entry{}, false
	}
	given := strings.TrimLeftFunc(value, unicode.IsSpace)
	explicit := strings.HasPrefix(given, "=") || strings.HasPrefix(given, ":")
	if explicit {
		value = " " + given[1:]
	}
	value = strings.TrimSpace(comment.ReplaceAllString(value, ""))
	switch {
	case value == "" && !explicit:
		return entry{key, []string{"true"}}, true
	case strings.HasPrefix(value, "[") && strings.HasSuffix(value, "]"):
		return entry{key, listItems(value)}, true
	}
	return entry{key, []string{unquote(value)}}, true
}

// withoutValue is a line up to what may be a secret.
func withoutValue(line string) string {
	const plain = 3 // shorter ones are none
	end := strings.IndexAny(line, ":=;#")
	if end < 0 || len(strings.TrimSpace(line[end+1:])) < plain {
		return line
	}
	return line[:end+1] + redact.Mask
}

// comment is a # or ; that stands after a blank, with what follows.
var comment = regexp.MustCompile(`(?s)[ \t][#;].*`)

func unquote(value string) string {
	if n := len(value); n >= 2 && value[0] == value[n-1] && (value[0] == '"' || value[0] == '\'') {
		return value[1 : n-1]
	}
	return value
}

// secretKey finds keys whose values no message may repeat.
var secretKey = regexp.MustCompile(`(?i)password|secret|token|key|auth|header|proxy|host`)

// parseTOML reads the table [tool.locust].
func parseTOML(content string) ([]entry, error) {
	var document struct {
		Tool struct {
			Locust any `toml:"locust"`
		} `toml:"tool"`
	}
	if _, err := toml.Decode(content, &document); err != nil {
		if at, ok := errors.AsType[toml.ParseError](err); ok && secretKey.MatchString(at.LastKey) {
			return nil, fmt.Errorf("line %d (last key %q) cannot be read", at.Position.Line, at.LastKey)
		}
		return nil, err
	}
	table, ok := document.Tool.Locust.(map[string]any)
	if !ok && document.Tool.Locust != nil {
		return nil, errors.New("tool.locust is not a table; accepted: [tool.locust] with lines such as users = 10 below it")
	}
	var entries []entry
	for _, key := range slices.Sorted(maps.Keys(table)) {
		entry := entry{key: key}
		switch value := table[key].(type) {
		case []any:
			for _, item := range value {
				entry.texts = append(entry.texts, fmt.Sprint(item))
			}
		case map[string]any:
			return nil, fmt.Errorf("%s is a table; accepted: a value or a list", named(key))
		default:
			entry.texts = []string{fmt.Sprint(value)}
		}
		entries = append(entries, entry)
	}
	return entries, nil
}
