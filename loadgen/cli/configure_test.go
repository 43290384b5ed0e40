package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

// shop is a program with two tasks that send nothing.
func shop() App {
	return App{
		Name: "shop", Version: "1.2.3", User: "Shopper",
		New: func(context.Context, Settings) (*Job, error) {
			return &Job{NewUser: func(scenario.Env) (scenario.User, error) { return shopper{}, nil }}, nil
		},
		HostOptional: true,
	}
}

type shopper struct{ err error }

func (s shopper) Tasks() []scenario.Task {
	do := func(context.Context) error { return s.err }
	return []scenario.Task{{Name: "list", Weight: 30, Do: do}, {Name: "buy", Weight: 10, Do: do}}
}

// configured reads settings from a command line and variables.
func configured(t *testing.T, app App, args []string, env map[string]string) (*config, error) {
	t.Helper()
	return app.configure(process{args: args, env: env, dir: t.TempDir()})
}

func words(line string) []string { return strings.Fields(line) }

func TestPrecedence(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	env := make(map[string]string)
	p := process{env: env, home: home, dir: dir}
	seed := func() uint64 {
		app := shop()
		c, err := app.configure(p)
		require.NoError(t, err)
		return c.values.seed
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

// TestUsersAndRates is the table of how -u and -r go with LOAD_* variables.
func TestUsersAndRates(t *testing.T) {
	type want struct {
		baseline, intervention         int
		baselineRate, interventionRate float64
	}
	for _, c := range []struct {
		name string
		args string
		env  map[string]string
		want want
	}{
		{"the seed's defaults", "", nil, want{10, 10, 2, 2}},
		{"flags speak of both phases", "-u 20 -r 5", nil, want{20, 20, 5, 5}},
		{"a closer flag wins", "-u 20 --intervention-users 50 -r 5 --baseline-spawn-rate 1", nil, want{20, 50, 1, 5}},
		{"a flag beats LOAD_*", "-u 20 -r 4", map[string]string{"LOAD_BASELINE_USERS": "1", "LOAD_INTERVENTION_USERS": "50", "LOAD_INTERVENTION_SPAWN_RATE": "9"}, want{20, 20, 4, 4}},
		{"LOAD_* beats LOCUST_*", "", map[string]string{"LOCUST_USERS": "7", "LOCUST_SPAWN_RATE": "3", "LOAD_INTERVENTION_USERS": "50"}, want{7, 50, 3, 3}},
		{"a closer flag beats LOCUST_*", "--baseline-users 2", map[string]string{"LOCUST_USERS": "7"}, want{2, 7, 2, 2}},
		{"all at once", "-r inf", nil, want{10, 10, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, err := configured(t, shop(), append(words(c.args), "--warmup-duration=5m"), c.env)
			require.NoError(t, err)
			s, err := config.schedule()
			require.NoError(t, err)
			require.Len(t, s, 2)
			assert.Equal(t, c.want, want{s[0].Users, s[1].Users, s[0].SpawnRate, s[1].SpawnRate})
		})
	}
}

func TestSchedule(t *testing.T) {
	type span struct {
		name string
		long time.Duration
	}
	for _, c := range []struct {
		env  map[string]string
		want []span
	}{
		{map[string]string{}, []span{{"intervention", 0}}},
		{map[string]string{"LOCUST_RUN_TIME": "60"}, []span{{"intervention", time.Minute}}},
		{map[string]string{"LOAD_WARMUP_DURATION": "300"}, []span{{"baseline", 5 * time.Minute}, {"intervention", 0}}},
		{map[string]string{"LOAD_WARMUP_DURATION": "300", "LOCUST_RUN_TIME": "900"}, []span{{"baseline", 5 * time.Minute}, {"intervention", 10 * time.Minute}}},
	} {
		config, err := configured(t, shop(), nil, c.env)
		require.NoError(t, err)
		s, err := config.schedule()
		require.NoError(t, err)
		var got []span
		for _, p := range s {
			got = append(got, span{p.Name, p.For})
		}
		assert.Equalf(t, c.want, got, "%v", c.env)
	}
}

func TestWeightsOfEachPhase(t *testing.T) {
	config, err := configured(t, shop(), nil, map[string]string{
		"LOAD_WARMUP_DURATION": "1m", "LOAD_BASELINE_TASK_WEIGHTS": `{"list": 1}`, "LOAD_INTERVENTION_TASK_WEIGHTS": `{"buy": 2}`,
	})
	require.NoError(t, err)
	s, err := config.schedule()
	require.NoError(t, err)
	assert.Equal(t, phase.Weights{"list": 1}, s[0].Weights)
	assert.Equal(t, phase.Weights{"buy": 2}, s[1].Weights)
}

func TestRhythm(t *testing.T) {
	config, err := configured(t, shop(), words("--on=10s --off=20s"), map[string]string{"LOAD_THINK": "1s..3s"})
	require.NoError(t, err)
	pace, err := config.pacer()
	require.NoError(t, err)
	assert.IsType(t, scenario.OnOff{}, pace)
	assert.InDelta(t, 1.0/3, pace.Load(0).OnShare, 1e-9)
	config, err = configured(t, shop(), words("--always-on"), nil)
	require.NoError(t, err)
	pace, err = config.pacer()
	require.NoError(t, err)
	assert.IsType(t, scenario.Think{}, pace)
}

func TestFlagForms(t *testing.T) {
	for _, args := range [][]string{
		{"--users=7"}, {"--users", "7"}, {"-u7"}, {"-u=7"}, {"-u", "7"}, {"--users", " 7 "}, {"-u", "1", "-u", "7"},
	} {
		config, err := configured(t, shop(), args, nil)
		require.NoErrorf(t, err, "%q", args)
		assert.Equalf(t, 7, config.values.users, "%q", args)
	}
	for _, args := range [][]string{{"--headless"}, {"--headless=true"}, {"--headless=on"}} {
		config, err := configured(t, shop(), args, nil)
		require.NoErrorf(t, err, "%q", args)
		assert.Truef(t, config.values.web.headless, "%q", args)
	}
}

func TestListFlagsTakeAllWords(t *testing.T) {
	var got []string
	app := shop()
	app.Options = []Option{{Flag: "item", Short: "i", Env: []string{"LOAD_ITEM"}, Many: true, Set: each(&got)}}
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
		got = nil
		_, err := configured(t, app, c.args, c.env)
		require.NoErrorf(t, err, "%q %v", c.args, c.env)
		assert.Equalf(t, c.want, got, "%q %v", c.args, c.env)
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
	app.Options = []Option{{Flag: "depth", IdleWith: "host", Default: "1", Set: check(Int)}}
	app.Demo = map[string]string{"run-time": "60"}
	config, err := configured(t, app, words("--demo --depth=2 --host=http://me:secret@a"), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{`--depth="2" has no effect: --host="http://me:xxxxx@a" is given`,
		`the demonstration has no target of its own: --host="http://me:xxxxx@a" is given`}, config.remarks())
	config, err = configured(t, app, words("--depth=2"), nil)
	require.NoError(t, err)
	assert.Empty(t, config.remarks())
}

func TestRemarksOnSettingsWithoutEffect(t *testing.T) {
	config, err := configured(t, shop(), words("--processes 4 --headless --autostart"), nil)
	require.NoError(t, err)
	lines := strings.Join(config.remarks(), "\n")
	assert.Contains(t, lines, `--processes="4" has no effect: one process uses every core`)
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
		assert.Equalf(t, c.want, config.values.demo, "%q %v", c.args, c.env)
		if c.want && !config.given("run-time") {
			assert.Equalf(t, time.Minute, config.values.runTime, "%q %v", c.args, c.env)
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
	assert.Equal(t, "http://shop:80", config.values.host)
	assert.Equal(t, "constant(5s)", config.values.think.String())
}

func TestUsageErrorOfTheProgram(t *testing.T) {
	app := shop()
	app.Options = []Option{{Flag: "size", Env: []string{"LOAD_SIZE"}, Accepts: "small or large", Set: func(text string) error {
		return errors.New("no such size")
	}}}
	_, err := configured(t, app, nil, map[string]string{"LOAD_SIZE": "huge\nline"})
	require.EqualError(t, err, `LOAD_SIZE="huge\nline": no such size; accepted: small or large`)
}

func TestEveryOptionIsWhole(t *testing.T) {
	var v values
	seen := make(map[string]bool)
	for _, o := range table(&v) {
		for _, name := range append([]string{o.Flag, o.Short}, o.Env...) {
			if name != "" {
				assert.Falsef(t, seen[name], "%s stands twice", name)
				seen[name] = true
			}
		}
		if o.removed != "" {
			continue
		}
		require.NotNilf(t, o.Set, "--%s", o.Flag)
		if o.group != hidden {
			assert.NotEmptyf(t, o.Help, "--%s", o.Flag)
		}
		if o.Default != "" {
			assert.NoErrorf(t, o.Set(o.Default), "--%s: default", o.Flag)
		}
		if o.Switch {
			assert.NotEmptyf(t, o.Accepts, "--%s", o.Flag)
		}
	}
}

// TestLocustsFlags holds the names of the contract: none may go missing.
func TestLocustsFlags(t *testing.T) {
	var v values
	options := &settings{options: table(&v)}
	for flag, env := range map[string]string{
		"locustfile": "LOCUST_LOCUSTFILE", "config": "", "host": "LOCUST_HOST", "users": "LOCUST_USERS", "spawn-rate": "LOCUST_SPAWN_RATE",
		"run-time": "LOCUST_RUN_TIME", "list": "", "config-users": "LOCUST_CONFIG_USERS", "web-host": "LOCUST_WEB_HOST", "web-port": "LOCUST_WEB_PORT",
		"web-base-path": "LOCUST_WEB_BASE_PATH", "headless": "LOCUST_HEADLESS", "headful": "LOCUST_HEADFUL", "autostart": "LOCUST_AUTOSTART",
		"autoquit": "LOCUST_AUTOQUIT", "web-login": "LOCUST_WEB_LOGIN", "tls-cert": "LOCUST_TLS_CERT", "tls-key": "LOCUST_TLS_KEY",
		"class-picker": "LOCUST_USERCLASS_PICKER", "master": "LOCUST_MODE_MASTER", "master-bind-host": "LOCUST_MASTER_BIND_HOST",
		"master-bind-port": "LOCUST_MASTER_BIND_PORT", "expect-workers": "LOCUST_EXPECT_WORKERS", "expect-workers-max-wait": "LOCUST_EXPECT_WORKERS_MAX_WAIT",
		"enable-rebalancing": "", "worker": "LOCUST_MODE_WORKER", "processes": "LOCUST_PROCESSES", "master-host": "LOCUST_MASTER_NODE_HOST",
		"master-port": "LOCUST_MASTER_NODE_PORT", "tags": "LOCUST_TAGS", "exclude-tags": "LOCUST_EXCLUDE_TAGS", "csv": "LOCUST_CSV",
		"csv-full-history": "LOCUST_CSV_FULL_HISTORY", "print-stats": "LOCUST_PRINT_STATS", "only-summary": "LOCUST_ONLY_SUMMARY",
		"reset-stats": "LOCUST_RESET_STATS", "html": "LOCUST_HTML", "json": "", "json-file": "", "skip-log-setup": "LOCUST_SKIP_LOG_SETUP",
		"loglevel": "LOCUST_LOGLEVEL", "logfile": "LOCUST_LOGFILE", "show-task-ratio": "", "show-task-ratio-json": "",
		"exit-code-on-error": "LOCUST_EXIT_CODE_ON_ERROR", "stop-timeout": "LOCUST_STOP_TIMEOUT", "equal-weights": "", "profile": "",
		"otel": "LOCUST_ENABLE_OPENTELEMETRY", "version": "", "help": "", "web-auth": "", "legacy-ui": "", "slave": "", "expect-slaves": "",
		"web-host-display-name": "LOCUST_WEB_HOST_DISPLAY_NAME", "build-path": "LOCUST_BUILD_PATH",
	} {
		o := options.find(flag)
		if assert.NotNilf(t, o, "--%s", flag) && env != "" {
			assert.Containsf(t, o.Env, env, "--%s", flag)
		}
	}
	for short, flag := range map[string]string{"f": "locustfile", "H": "host", "u": "users", "r": "spawn-rate", "t": "run-time", "l": "list",
		"P": "web-port", "T": "tags", "E": "exclude-tags", "L": "loglevel", "s": "stop-timeout", "V": "version", "h": "help"} {
		assert.Equalf(t, short, options.find(flag).Short, "--%s", flag)
	}
}

func TestHelpBeatsMistakes(t *testing.T) {
	c, err := configured(t, shop(), words("--help --users=x"), nil)
	require.ErrorIs(t, err, errHelp)
	assert.True(t, c.values.help)
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
