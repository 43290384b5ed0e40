package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
)

func TestPrecedence(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	env := make(map[string]string)
	p := process{env: env, home: home, dir: dir}
	seed := func() uint64 {
		app := shop()
		c, err := app.configure(p)
		require.NoError(t, err)
		return c.values.seed.V
	}
	assert.EqualValues(t, 1, seed(), "the default")
	write(t, filepath.Join(home, ".locust.conf"), "seed = 10")
	assert.EqualValues(t, 10, seed(), ".locust.conf beats the default")
	write(t, filepath.Join(dir, "locust.conf"), "seed = 11")
	assert.EqualValues(t, 11, seed(), "locust.conf beats .locust.conf")
	write(t, filepath.Join(dir, "pyproject.toml"), "[tool.locust]\nseed = 12")
	assert.EqualValues(t, 12, seed(), "pyproject.toml beats locust.conf")
	extra := filepath.Join(dir, "extra.conf")
	write(t, extra, "seed = 13")
	p.args = []string{"--config", extra}
	assert.EqualValues(t, 13, seed(), "--config beats pyproject.toml")
	env["LOAD_SEED"] = "14"
	assert.EqualValues(t, 14, seed(), "a variable beats files")
	p.args = append(p.args, "--seed=15")
	assert.EqualValues(t, 15, seed(), "a flag beats a variable")
}

func TestOnlyTheStrongestSourceIsRead(t *testing.T) {
	_, err := configured(t, shop(), words("--seed 3"), map[string]string{"LOAD_SEED": "broken"})
	require.NoError(t, err)
}

func TestFlagForms(t *testing.T) {
	for _, args := range [][]string{
		{"--users=7"}, {"--users", "7"}, {"-u7"}, {"-u=7"}, {"-u", "7"}, {"--users", " 7 "}, {"-u", "1", "-u", "7"},
	} {
		config, err := configured(t, shop(), args, nil)
		require.NoErrorf(t, err, "%q", args)
		assert.Equalf(t, 7, config.values.users.V, "%q", args)
	}
	for _, args := range [][]string{{"--headless"}, {"--headless=true"}, {"--headless=on"}} {
		config, err := configured(t, shop(), args, nil)
		require.NoErrorf(t, err, "%q", args)
		assert.Truef(t, config.values.web.headless.V, "%q", args)
	}
}

func TestListFlagsTakeAllWords(t *testing.T) {
	var got setting.Value[[]string]
	app := shop()
	app.Options = []setting.Option{{Flag: "item", Short: "i", Env: []string{"LOAD_ITEM"}, Many: true, Set: setting.Items(&got)}}
	for _, c := range []struct {
		args []string
		env  map[string]string
		want []string
	}{
		{words("--item a b --seed 1"), nil, []string{"a", "b"}},
		{words("-i a -i b"), nil, []string{"a", "b"}},
		{words("--item=a --item=b Shopper"), nil, []string{"a", "b"}},
		{words("--item --seed 1"), nil, nil},
		{nil, map[string]string{"LOAD_ITEM": "[a, b]"}, []string{"a", "b"}},
		{nil, map[string]string{"LOAD_ITEM": "a b"}, []string{"a b"}},
		{nil, map[string]string{"LOAD_ITEM": ""}, nil},
	} {
		got.V = nil
		_, err := configured(t, app, c.args, c.env)
		require.NoErrorf(t, err, "%q %v", c.args, c.env)
		assert.Equalf(t, c.want, got.V, "%q %v", c.args, c.env)
	}
}

func TestUnknownVariables(t *testing.T) {
	config, err := configured(t, shop(), nil, map[string]string{"LOCUST_HTTP_USER_WEIGHT": "9", "LOAD_BASLINE_USERS": "3", "PATH": "x"})
	require.NoError(t, err)
	assert.Equal(t, []string{"variable LOAD_BASLINE_USERS is unknown and ignored; did you mean LOAD_BASELINE_USERS?"}, config.remarks())
}

func TestUnknownLoadVariables(t *testing.T) {
	got, _ := virtual(t, market(nil), map[string]string{"LOAD_FROBNICATE": "1"}, "--plan")
	assert.Zero(t, got.code)
	assert.Equal(t, "shop: variable LOAD_FROBNICATE is unknown and ignored\n", got.stderr)
}

func TestIdleSettings(t *testing.T) {
	app := shop()
	app.HostlessOptions = []setting.Option{{Flag: "depth", Default: "1", Set: setting.Check(setting.Int)}}
	app.Demo = map[string]string{"run-time": "60"}
	config, err := configured(t, app, words("--demo --depth=2 --host=http://me:secret@a"), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{`--depth="2" has no effect: --host="http://me:xxxxx@a" is given`,
		`the demonstration does not start its own target: --host="http://me:xxxxx@a" is given`}, config.remarks())
	config, err = configured(t, app, words("--depth=2"), nil)
	require.NoError(t, err)
	assert.Empty(t, config.remarks())
}

func TestRemarksOnSettingsWithoutEffect(t *testing.T) {
	config, err := configured(t, shop(), words("--equal-weights --headless --autostart"), nil)
	require.NoError(t, err)
	lines := strings.Join(config.remarks(), "\n")
	assert.Contains(t, lines, `--equal-weights="true" has no effect: there is one user class`)
	assert.Contains(t, lines, "headless it is")
}

// TestOpenTelemetryDemo keeps a real stack's environment working.
func TestOpenTelemetryDemo(t *testing.T) {
	config, err := configured(t, shop(), words("--skip-log-setup"), map[string]string{
		"LOCUST_WEB_PORT": "8089", "LOCUST_USERS": "5", "LOCUST_HOST": "http://frontend-proxy:8080", "LOCUST_WEB_HOST": "0.0.0.0",
		"LOCUST_AUTOSTART": "true", "LOCUST_HEADLESS": "false", "LOCUST_HTTP_USER_WEIGHT": "9", "LOCUST_BROWSER_TRAFFIC_ENABLED": "true",
	})
	require.NoError(t, err)
	s, err := config.schedule()
	require.NoError(t, err)
	require.Len(t, s, 1)
	assert.Equal(t, 5, s[0].Users)
	assert.Zero(t, s[0].For)
}

func TestDemo(t *testing.T) {
	app := shop()
	app.Demo = map[string]string{"run-time": "60"}
	for _, c := range []struct {
		args string
		env  map[string]string
		want bool
	}{
		{"", nil, true},
		{"--demo", map[string]string{"LOCUST_USERS": "3"}, true},
		{"--demo --run-time 5", nil, true},
		{"--demo=false", nil, false},
		{"--seed 7 --summary-file x.json", nil, true},
		{"--users 3", nil, false},
		{"--autostart=false", nil, false},
		{"--headless --web-port 0", nil, true},
		{"--host http://localhost", nil, false},
		{"", map[string]string{"LOAD_SEED": "3", "LOAD_SUMMARY_FILE": "x.json", "LOCUST_LOGLEVEL": "DEBUG", "LOCUST_HOST": ""}, true},
		{"", map[string]string{"LOAD_THINK": "3s"}, false},
		{"", map[string]string{"LOCUST_MINE": "3"}, false},
		{"", map[string]string{"PATH": "/bin"}, true},
	} {
		config, err := configured(t, app, words(c.args), c.env)
		require.NoErrorf(t, err, "%q %v", c.args, c.env)
		assert.Equalf(t, c.want, config.values.demo.V, "%q %v", c.args, c.env)
		if c.want && !config.values.runTime.Given() {
			assert.Equalf(t, time.Minute, config.values.runTime.V, "%q %v", c.args, c.env)
		}
	}
	_, err := configured(t, shop(), words("--demo"), nil)
	require.Error(t, err, "a program without a demonstration has no such flag")
}

func TestDefaultsOfTheProgram(t *testing.T) {
	app := shop()
	app.Defaults = map[string]string{"host": "http://shop:80", "think": "5s"}
	config, err := configured(t, app, nil, nil)
	require.NoError(t, err)
	assert.Equal(t, "http://shop:80", config.values.host.V)
	assert.Equal(t, "constant(5s)", config.values.think.V.String())
}

func TestUsageErrorOfTheProgram(t *testing.T) {
	app := shop()
	app.Options = []setting.Option{{Flag: "size", Env: []string{"LOAD_SIZE"}, Accepts: "small or large", Set: setting.Func(func(string) error {
		return errors.New("no such size")
	})}}
	_, err := configured(t, app, nil, map[string]string{"LOAD_SIZE": "huge\nline"})
	require.EqualError(t, err, `LOAD_SIZE="huge\nline": no such size; accepted: small or large`)
}

func TestHelpBeatsMistakes(t *testing.T) {
	c, err := configured(t, shop(), words("--help --users=x"), nil)
	require.ErrorIs(t, err, errHelp)
	assert.True(t, c.values.output.help.V)
}

func TestEmptyAndFalseAreNoWishForAFile(t *testing.T) {
	_, err := configured(t, shop(), nil, map[string]string{"LOCUST_CSV": "", "LOCUST_HTML": "", "LOCUST_CSV_FULL_HISTORY": "false"})
	require.NoError(t, err)
}

func TestListForASingleValueIsRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "locust.conf"), "seed = [1, 2]")
	app := shop()
	_, err := app.configure(process{dir: dir})
	require.EqualError(t, err, `locust.conf: seed="1, 2": a list; accepted: a whole number from 0 to 18446744073709551615`)
}

func TestConfigUsersFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.json")
	require.NoError(t, os.WriteFile(path, []byte(`[{"user_class_name": "A"}]`), 0o600))
	_, err := configured(t, shop(), []string{"--config-users", path}, nil)
	require.NoError(t, err)
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
				assert.Equal(t, 7, config.values.users.V)
				continue
			}
			require.EqualError(t, err, setting.Quote(path)+": "+c.problem+"; accepted: a file of lines such as users = 10")
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

// TestConfigFilesThatAreNone: what is not a configuration is refused in one short
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
}
