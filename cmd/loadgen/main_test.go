package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// TestCompareSeesFailures: a target that fails is not better than a slow one, whatever the metric, also where it takes
// the metric's value with it.
func TestCompareSeesFailures(t *testing.T) {
	half, few, good := failing(t, 1, 0, .5, "baseline", "intervention"), failing(t, 3, 0, .01, "baseline", "intervention"), file(t, 2, 0, "baseline", "intervention")
	other := failing(t, 4, 0, .5, "baseline", "intervention")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{half, exitBroken, "p95 is worse (--fail-on worse)"},
		{half + " --metric mean", exitBroken, "the share of failures is worse"},
		{half + " --metric throughput", exitBroken, "the share of failures is worse"},
		{few, exitBroken, "the share of failures is worse"},
		{few + " --fail-on unproven --margin 90%", exitBroken, "the share of failures is worse"},
		{half + " " + other, exitBroken, "p95 lies among the failures of the intervention alone"},
		{half + " --metric mean --fail-on never", exitOK, ""},
		{good + " --metric mean", exitOK, ""},
	} {
		code, _, stderr := did(append([]string{"compare"}, strings.Fields(c.args)...)...)
		assert.Equal(t, c.code, code, "%s: %s", c.args, stderr)
		assert.Contains(t, stderr, c.says)
	}
}

func TestCompareByRule(t *testing.T) {
	slow, same := file(t, 1, .5, "baseline", "intervention"), file(t, 2, 0, "baseline", "intervention")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{slow, exitBroken, "p95 is worse (--fail-on worse)"},
		{slow + " --fail-on never", exitOK, ""},
		{same, exitOK, ""},
		{same + " --fail-on unproven", exitBroken, "p95 is none seen (--fail-on unproven)"},
		{same + " --fail-on unproven --margin 30%", exitOK, ""},
		{slow + " --metric throughput", exitOK, ""},
		{same + " --level 99% --margin .3 --fail-on unproven", exitOK, ""},
		{slow + " --level .99 --settle 15s --operation GET%/a", exitBroken, "p95 is worse"},
	} {
		args := strings.Fields(c.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "GET%", "GET ")
		}
		code, stdout, stderr := did(append([]string{"compare"}, args...)...)
		assert.Equal(t, c.code, code, "%s: %s", c.args, stderr)
		assert.Contains(t, stderr, c.says)
		assert.Contains(t, stdout, "Effect (A-B): intervention against baseline")
	}
	more := withUsers(t, slow, 10, 50)
	code, stdout, stderr := did("compare", more)
	assert.Equal(t, exitBroken, code, "what became slower under more load is not known to be as good")
	assert.Contains(t, stderr, "p95 is confounded (--fail-on worse)")
	assert.Contains(t, strings.Join(strings.Fields(stdout), " "), "Confounded: slower under intervention and load together")
	code, _, stderr = did("compare", slow, "--assert", "intervention vs baseline p95 < +80%")
	assert.Equal(t, exitOK, code, stderr)
	code, stdout, stderr = did("compare", same, "--assert", "interventoin vs baseline p95 < +900%")
	assert.Equal(t, exitUsage, code, "a misspelt claim must not hold")
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, `"interventoin" is not what is compared: the intervention is intervention, B`)
	code, stdout, stderr = did("compare", slow, "--assert", "intervention vs baseline p95 < +10%")
	assert.Equal(t, exitBroken, code)
	assert.Contains(t, stdout, "broken: intervention vs baseline p95 < +10%")
	assert.Contains(t, stderr, "the claim does not hold: intervention vs baseline p95 < +10%")
}

func TestCompareForms(t *testing.T) {
	var runs, olds []string
	for i := range 6 {
		runs = append(runs, file(t, uint64(2*i+1), .5, "baseline", "intervention"))
		olds = append(olds, "--against", file(t, uint64(2*i+2), 0, "baseline", "intervention"))
	}
	md, js := filepath.Join(t.TempDir(), "x.md"), filepath.Join(t.TempDir(), "x.json")
	code, stdout, stderr := did(append([]string{"compare", "--markdown", md, "--json", js}, runs...)...)
	assert.Equal(t, exitBroken, code, stderr)
	assert.Contains(t, stdout, "Effect (pairs)")
	text, err := os.ReadFile(md)
	require.NoError(t, err)
	assert.Contains(t, string(text), "# 6 runs compared")
	text, err = os.ReadFile(js)
	require.NoError(t, err)
	var answer map[string]any
	require.NoError(t, json.Unmarshal(text, &answer))
	assert.EqualValues(t, 1, answer["schema"])

	link, end := filepath.Join(t.TempDir(), "link"), filepath.Join(t.TempDir(), "not", "yet")
	require.NoError(t, os.Symlink(end, link))
	code, _, stderr = did(append([]string{"compare", "--json", link}, runs...)...)
	assert.Equal(t, exitBroken, code, stderr)
	linked, err := os.ReadFile(end)
	require.NoError(t, err)
	assert.Equal(t, string(text), string(linked))
	assert.NoFileExists(t, end+".part")
	code, stdout, _ = did(append([]string{"compare", "--json", "/dev/stdout"}, runs...)...)
	assert.Equal(t, exitBroken, code)
	assert.Equal(t, string(text), stdout)

	code, stdout, _ = did(append(append([]string{"compare", "--markdown", "-"}, runs...), olds...)...)
	assert.Equal(t, exitBroken, code)
	assert.True(t, strings.HasPrefix(stdout, "# 12 runs compared\n"))
	code, stdout, _ = did(append(append([]string{"compare", "--json", "-", "--phase", "baseline"}, runs...), olds...)...)
	assert.Equal(t, exitOK, code)
	assert.True(t, json.Valid([]byte(stdout)))
}

func TestWhatCannotBeCompared(t *testing.T) {
	good := file(t, 1, 0, "baseline", "intervention")
	other := filepath.Join(t.TempDir(), "other.json")
	require.NoError(t, os.WriteFile(other, []byte(`{"schema": 99}`), 0o666))
	junk := filepath.Join(t.TempDir(), "junk.json")
	require.NoError(t, os.WriteFile(junk, []byte(`not json`), 0o666))
	whole, err := os.ReadFile(good)
	require.NoError(t, err)
	made := func(name string, data []byte) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, data, 0o666))
		return path
	}
	marked := made("marked.json", slices.Concat([]byte("\ufeff"), whole, []byte("\r\n")))
	code, _, stderr := did("compare", marked)
	assert.Equal(t, exitOK, code, stderr)
	wide, zeros, sparse := made("wide.json", []byte("\xff\xfe{\x00}\x00")), made("zeros.json", make([]byte, 1<<20)), made("sparse.json", nil)
	require.NoError(t, os.Truncate(sparse, 1<<40))
	list, empty, cut, twice := made("list.json", []byte(`[1]`)), made("empty.json", nil), made("cut.json", whole[:len(whole)/2]), made("twice.json", slices.Concat(whole, whole))
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"compare " + other, exitUsage, "schema 99"},
		{"compare " + junk, exitUsage, "junk.json: not a summary of a run, as --summary-file writes it: invalid character"},
		{"compare " + list, exitUsage, "list.json: not a summary of a run, as --summary-file writes it: not a summary that this version can read: it is not a JSON object"},
		{"compare " + cut, exitUsage, "it is cut off"},
		{"compare " + empty, exitUsage, "as --summary-file writes it: it is empty"},
		{"compare " + twice, exitUsage, "there is more after it"},
		{"compare " + good + " --assert p95<1s", exitBroken, "the claim does not hold"},
		{"compare " + wide, exitUsage, "as --summary-file writes it: is UTF-16: save it as UTF-8"},
		{"compare " + zeros, exitUsage, `invalid character '\x00'`},
		{"compare " + sparse, exitUsage, "sparse.json: more than 256 MiB"},
		{"compare " + os.DevNull, exitUsage, "it is empty"},
		{"compare " + filepath.Dir(good), exitUsage, "is a directory"},
		{"compare lost.json", exitUsage, "lost.json: no such file"},
		{"compare http://u:secret@h/a", exitUsage, "loadgen compare: http://u:xxxxx@h/a: no such file"},
		{"compare " + good + " --markdown " + good, exitUsage, "would replace the run"},
		{"compare " + good + " --against " + twice + " --json " + filepath.Dir(twice) + "/./twice.json", exitUsage, "would replace the run"},
		{"compare " + good + " --json - --markdown -", exitUsage, "--markdown and --json would both write \"-\""},
		{"compare " + good + " --json new --markdown ./new", exitUsage, "would both write"},
		{"compare " + good + " --against " + good + " --against " + good, exitFailed, "1 runs against 2"},
		{"compare " + good + " --markdown " + filepath.Join(good, "x"), exitFailed, "not a directory"},
		{"compare " + good + " --markdown " + filepath.Dir(good), exitFailed, "is a folder"},
		{"compare " + good + " --json - --markdown /dev/stdout", exitUsage, "would both write"},
		{"compare", exitUsage, "no summary file is given"},
		{"compare x --fail-on sometimes", exitUsage, "accepted: worse, unproven or never"},
		{"compare x --metric fast", exitUsage, `unknown metric "fast"`},
		{"compare x --level 95", exitUsage, `--level="95"; accepted: more than 50%`},
		{"compare x --level 50%", exitUsage, `--level="50%"; accepted`},
		{"compare x --level high", exitUsage, `--level="high"; accepted`},
		{"compare x --margin 0", exitUsage, `--margin="0"; accepted`},
		{"compare x --margin 5", exitUsage, "accepted: a share such as 5%"},
		{"compare x --assert p95", exitUsage, `claim "p95": nothing is compared`},
		{"compare x --lost", exitUsage, "--lost: unknown flag; --help lists the flags"},
		{"compare x --asert p95<1s", exitUsage, "--asert: unknown flag; did you mean --assert?"},
		{"compare x --settle soon", exitUsage, `--settle="soon"`},
		{"dance", exitUsage, `unknown command "dance"`},
		{"", exitUsage, "usage: "},
	} {
		code, _, stderr := did(strings.Fields(c.args)...)
		assert.Equal(t, c.code, code, c.args)
		assert.Contains(t, stderr, c.says, c.args)
	}
	code, _, stderr = did("compare", good+"\n", "--level", " 99%\r\n", "--settle=\u00a05s\n", "--margin", "5%\t", "--metric", "p95\n", "--assert", " p95 < 1s\n", "--fail-on=never\n", "--json=\n")
	assert.Equal(t, exitBroken, code, stderr)
	assert.Contains(t, stderr, "the claim does not hold")
	for _, args := range []string{"help", "--help", "compare --help"} {
		code, stdout, _ := did(strings.Fields(args)...)
		assert.Equal(t, exitOK, code)
		assert.Contains(t, stdout, "usage: loadgen compare")
	}
	code, stdout, _ := did("--version")
	assert.Equal(t, exitOK, code)
	assert.Equal(t, "loadgen (devel) (commit unknown)\n", stdout)
}

// withUsers returns a summary file like another whose phases have some numbers of users.
func withUsers(t testing.TB, path string, users ...int) string {
	t.Helper()
	sum := new(report.Summary)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, sum))
	for i, n := range users {
		sum.Phases[i].Users = n
	}
	data, err = json.Marshal(sum)
	require.NoError(t, err)
	path = filepath.Join(t.TempDir(), "users.json")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}
