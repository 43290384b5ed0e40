package setting

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
)

func TestParseConf(t *testing.T) {
	for line, want := range map[string]entry{
		"users = 10":                {"users", []string{"10"}},
		"users=10":                  {"users", []string{"10"}},
		"users: 10":                 {"users", []string{"10"}},
		"users 10":                  {"users", []string{"10"}},
		"users\t10":                 {"users", []string{"10"}},
		"headless":                  {"headless", []string{"true"}},
		"headless  # no page":       {"headless", []string{"true"}},
		"host =":                    {"host", []string{""}},
		"host = http://a:1/b#c":     {"host", []string{"http://a:1/b#c"}},
		"host = http://a ; remark":  {"host", []string{"http://a"}},
		"users = 10 # ten":          {"users", []string{"10"}},
		"think = gamma 2s cv 0.3":   {"think", []string{"gamma 2s cv 0.3"}},
		`host = "http://a b"`:       {"host", []string{"http://a b"}},
		"host = 'x'":                {"host", []string{"x"}},
		"tags = [a, b]":             {"tags", []string{"a", "b"}},
		`tags = ["a", "b"]`:         {"tags", []string{"a", "b"}},
		"  --users = 3  ":           {"--users", []string{"3"}},
		`weights = {"a": 1, "b":2}`: {"weights", []string{`{"a": 1, "b":2}`}},
	} {
		got, err := parseConf(line + "\r\n")
		if assert.NoErrorf(t, err, "line %q", line) && assert.Lenf(t, got, 1, "line %q", line) {
			assert.Equalf(t, want, got[0], "line %q", line)
		}
	}
}

func TestParseConfSkipsCommentsAndHeadings(t *testing.T) {
	got, err := parseConf("# a\n; b\n\n[section]\n---\nusers = 1\n")
	require.NoError(t, err)
	assert.Equal(t, []entry{{"users", []string{"1"}}}, got)
}

func TestParseConfNamesTheLine(t *testing.T) {
	_, err := parseConf("users = 1\n= 2\n")
	require.EqualError(t, err, `line 2 is "= 2"; accepted: key = value`)
	_, err = parseConf("users#1")
	require.Error(t, err)
}

func TestParseTOML(t *testing.T) {
	got, err := parseTOML(`
[project]
description = """
[tool.locust]
users = 99
"""
[tool.locust]
users = 100
headless = true
run-time = "10m"
spawn-rate = 2.5
tags = ["a", "b"]
`)
	require.NoError(t, err)
	assert.Equal(t, []entry{
		{"headless", []string{"true"}}, {"run-time", []string{"10m"}}, {"spawn-rate", []string{"2.5"}},
		{"tags", []string{"a", "b"}}, {"users", []string{"100"}},
	}, got)
	_, err = parseTOML("[tool.locust.users]\na = 1\n")
	require.ErrorContains(t, err, "users is a table")
	_, err = parseTOML("[tool")
	require.Error(t, err)
}

func TestConfigFilesWeakestFirst(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	extra := filepath.Join(t.TempDir(), "more.toml")
	write(t, filepath.Join(home, ".locust.conf"), "users = 1")
	write(t, filepath.Join(dir, "locust.conf"), "users = 2")
	write(t, filepath.Join(dir, "pyproject.toml"), "[tool.locust]\nusers = 3")
	write(t, extra, "[tool.locust]\nusers = 4")
	files, err := ReadFiles(home, dir, extra)
	require.NoError(t, err)
	var names, texts []string
	for _, f := range files {
		names = append(names, f.name)
		texts = append(texts, f.entries[0].texts...)
	}
	assert.Equal(t, []string{".locust.conf", "locust.conf", "pyproject.toml", "more.toml"}, names)
	assert.Equal(t, []string{"1", "2", "3", "4"}, texts)
}

func TestConfigFilesMayBeMissing(t *testing.T) {
	files, err := ReadFiles("", t.TempDir(), "")
	require.NoError(t, err)
	assert.Empty(t, files)
	_, err = ReadFiles("", t.TempDir(), filepath.Join(t.TempDir(), "absent.conf"))
	require.ErrorContains(t, err, "no such file")
}

func TestConfigFileErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "locust.conf"), "=")
	_, err := ReadFiles("", dir, "")
	require.ErrorContains(t, err, "locust.conf: line 1")
	require.NoError(t, os.Remove(filepath.Join(dir, "locust.conf")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "locust.conf"), 0o700))
	_, err = ReadFiles("", dir, "")
	require.ErrorContains(t, err, "locust.conf")
	require.NoError(t, os.Remove(filepath.Join(dir, "locust.conf")))
	require.NoError(t, os.Symlink("/dev/zero", filepath.Join(dir, "locust.conf")))
	_, err = ReadFiles("", dir, "")
	require.ErrorContains(t, err, `locust.conf": is not a file`, "what may never end is not read")
}

func TestNobodysHomeHasNoConfigFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	for _, home := range []string{os.DevNull, file, filepath.Join(t.TempDir(), "absent")} {
		files, err := ReadFiles(home, t.TempDir(), "")
		require.NoError(t, err, home)
		assert.Empty(t, files)
	}
}

// TestALocustTableThatIsNone: no setting is lost without a word.
func TestALocustTableThatIsNone(t *testing.T) {
	for _, content := range []string{"[tool]\nlocust = 5", "[[tool.locust]]\nusers = 5"} {
		_, err := parseTOML(content)
		require.EqualError(t, err, "tool.locust is not a table; accepted: [tool.locust] with lines such as users = 10 below it")
	}
}

func FuzzConf(f *testing.F) {
	f.Add("users = 10\nheadless\n# x\ntags = [a, b]\n")
	f.Add("a: b ; c\n\"x\" = 'y'\n")
	f.Add("[tool.locust]\nusers = 10\nspawn-rate = 2.5\nheadless = true\ntags = [\"a\", \"b\"]\n[tool.locust.deep]\nx = 1979-05-27\n")
	f.Fuzz(func(t *testing.T, content string) {
		for _, parse := range []func(string) ([]entry, error){parseConf, parseTOML} {
			entries, err := parse(content)
			if err != nil {
				require.NotContains(t, say.OneLine(err.Error()), "\n")
				continue
			}
			for _, entry := range entries {
				require.NotEmpty(t, entry.key)
			}
		}
		entries, err := parseConf(content)
		if err != nil {
			return
		}
		again, err := parseConf(asConf(entries))
		require.NoError(t, err)
		require.Equal(t, entries, again)
	})
}

// asConf writes entries as a file of them.
func asConf(entries []entry) string {
	var out strings.Builder
	for _, e := range entries {
		value := `"` + strings.Join(e.texts, `", "`) + `"`
		switch {
		case len(e.texts) == 0:
			value = "[]"
		case len(e.texts) > 1:
			value = "[" + value + "]"
		}
		out.WriteString(e.key + " = " + value + "\n")
	}
	return out.String()
}
