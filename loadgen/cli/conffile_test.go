package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseConf(t *testing.T) {
	for line, want := range map[string]configEntry{
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
	assert.Equal(t, []configEntry{{"users", []string{"1"}}}, got)
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
	assert.Equal(t, []configEntry{
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
	files, err := configFiles(home, dir, extra)
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
	files, err := configFiles("", t.TempDir(), "")
	require.NoError(t, err)
	assert.Empty(t, files)
	_, err = configFiles("", t.TempDir(), filepath.Join(t.TempDir(), "absent.conf"))
	require.ErrorContains(t, err, "no such file")
}

func TestConfigFileErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "locust.conf"), "=")
	_, err := configFiles("", dir, "")
	require.ErrorContains(t, err, "locust.conf: line 1")
	require.NoError(t, os.Remove(filepath.Join(dir, "locust.conf")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "locust.conf"), 0o700))
	_, err = configFiles("", dir, "")
	require.ErrorContains(t, err, "locust.conf")
	require.NoError(t, os.Remove(filepath.Join(dir, "locust.conf")))
	require.NoError(t, os.Symlink("/dev/zero", filepath.Join(dir, "locust.conf")))
	_, err = configFiles("", dir, "")
	require.ErrorContains(t, err, `locust.conf": is no file`, "what may never end is not read")
}

// TestFilesOfEditors: what Windows' editors and shells save is read, or named.
func TestFilesOfEditors(t *testing.T) {
	wide := func(text string) string { // UTF-16, little end first, as PowerShell redirects
		var out strings.Builder
		for _, c := range []byte(text) {
			out.Write([]byte{c, 0})
		}
		return out.String()
	}
	for _, c := range []struct{ content, problem string }{
		{"\ufeff%s", ""},
		{"\xff\xfe%s", "is UTF-16: save it as UTF-8"},
		{"%s", "is UTF-16: save it as UTF-8"},
	} {
		for name, text := range map[string]string{
			"locust.conf": "users = 7\r\nheadless\r\n", "pyproject.toml": "[tool.locust]\r\nusers = 7\r\n", ".locust.conf": "users: 7", "own.conf": "users 7",
		} {
			if c.problem != "" {
				text = wide(text)
			}
			dir, home := t.TempDir(), t.TempDir()
			path := filepath.Join(dir, name)
			if name[0] == '.' {
				path = filepath.Join(home, name)
			}
			write(t, path, strings.Replace(c.content, "%s", text, 1))
			p := process{dir: dir, home: home}
			if name == "own.conf" {
				p.args = []string{"--config", path}
			}
			app := shop()
			config, err := app.configure(p)
			if c.problem == "" {
				require.NoError(t, err, "%q", c.content)
				assert.Equal(t, 7, config.values.users)
				continue
			}
			require.EqualError(t, err, quote(path)+": "+c.problem+"; accepted: a file of lines such as users = 10")
		}
	}
	path := filepath.Join(t.TempDir(), "users.json")
	write(t, path, "\ufeff{}")
	_, err := configured(t, shop(), []string{"--config-users", path}, nil)
	require.NoError(t, err)
	write(t, path, "\xff\xfe"+wide("{}"))
	_, err = configured(t, shop(), []string{"--config-users", path}, nil)
	require.ErrorContains(t, err, "is UTF-16: save it as UTF-8")
}

func TestNobodysHomeHasNoConfigFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	for _, home := range []string{os.DevNull, file, filepath.Join(t.TempDir(), "absent")} {
		files, err := configFiles(home, t.TempDir(), "")
		require.NoError(t, err, home)
		assert.Empty(t, files)
	}
}

// TestConfigFilesThatAreNone: what is no configuration is refused in one short
// line, at once, and no setting is lost without a word.
func TestConfigFilesThatAreNone(t *testing.T) {
	for content, want := range map[string]string{
		"users = 1\nhost = x\n--users = 2\n": "a.conf: users is given in line 1 and in line 3; accepted: once, for several values as [a, b]",
		"config = b.conf":                    "a.conf: config: a configuration file cannot name another; accepted: --config on the command line",
		strings.Repeat("x", 1<<20+1):         ": more than 1 MiB; accepted: a file of lines such as users = 10",
		strings.Repeat("\x00", 1<<20):        `a.conf: "` + strings.Repeat(`\x00`, 80) + `"...: unknown key; --help lists the flags`,
	} {
		path := filepath.Join(t.TempDir(), "a.conf")
		write(t, path, content)
		_, err := configured(t, shop(), []string{"--config", path}, nil)
		require.ErrorContains(t, err, want)
	}
	_, err := configured(t, shop(), []string{"--config", "/dev/zero"}, nil)
	require.EqualError(t, err, `"/dev/zero": more than 1 MiB; accepted: a file of lines such as users = 10`)
	for _, content := range []string{"[tool]\nlocust = 5", "[[tool.locust]]\nusers = 5"} {
		_, err := parseTOML(content)
		require.EqualError(t, err, "tool.locust is no table; accepted: [tool.locust] with lines such as users = 10 below it")
	}
}

func FuzzConf(f *testing.F) {
	f.Add("users = 10\nheadless\n# x\ntags = [a, b]\n")
	f.Add("a: b ; c\n\"x\" = 'y'\n")
	f.Add("[tool.locust]\nusers = 10\nspawn-rate = 2.5\nheadless = true\ntags = [\"a\", \"b\"]\n[tool.locust.deep]\nx = 1979-05-27\n")
	f.Fuzz(func(t *testing.T, content string) {
		for _, parse := range []func(string) ([]configEntry, error){parseConf, parseTOML} {
			entries, err := parse(content)
			if err != nil {
				require.NotContains(t, oneLine(err.Error()), "\n")
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
func asConf(entries []configEntry) string {
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

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}
