package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
)

func TestSpawnRate(t *testing.T) {
	for text, want := range map[string]float64{"0.5": 0.5, "1e2": 100, "2": 2, "inf": 0} {
		assert.InDelta(t, want, must(spawnRate(text)), 0, text)
	}
	for _, text := range []string{"", "0", "-1", "nan", "-inf", "fast"} {
		_, err := spawnRate(text)
		assert.Error(t, err, text)
	}
}

func TestLogLevel(t *testing.T) {
	for text, want := range map[string]string{"info": "INFO", "WARNING": "WARNING", "Debug": "DEBUG", "error": "ERROR", "critical": "CRITICAL"} {
		assert.Equal(t, want, must(levelName(text)))
	}
	for _, text := range []string{"", "warn", "trace", "10"} {
		_, err := levelName(text)
		assert.Error(t, err, text)
	}
}

// must is the value of a parser that has to take its text.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// FuzzNumbers checks that what is accepted is in range and that the parsers
// agree where their languages overlap.
func FuzzNumbers(f *testing.F) {
	for _, seed := range []string{"5", " 5 ", "1_000", "10.0", "1e2", "-1", "inf", "0x10", "", "_", "1h30m", "250ms", "5%", "1e-320", "pairs=10", "aa=3", "65536", "\u0663"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := setting.Int(text); err == nil {
			x, err := setting.Float(text)
			require.NoErrorf(t, err, "%q is an int and no float", text)
			require.InEpsilonf(t, float64(n)+0.5, x+0.5, 1e-9, "%q", text)
		}
		if rate, err := spawnRate(text); err == nil {
			require.Falsef(t, rate < 0 || math.IsNaN(rate) || math.IsInf(rate, 0), "spawnRate(%q) = %v", text, rate)
		}
		d, err := setting.Duration(text)
		if err == nil {
			require.GreaterOrEqualf(t, d, time.Duration(0), "Duration(%q)", text)
		}
		if plain, wrong := time.ParseDuration(text); wrong == nil && plain > 0 {
			require.NoErrorf(t, err, "Duration(%q)", text)
			require.Equalf(t, plain, d, "Duration(%q)", text)
		}
		if span, err := timespan(text); err == nil {
			require.Equalf(t, span.Truncate(time.Second), span, "timespan(%q)", text)
			require.Equalf(t, span, must(timespan(strconv.Itoa(int(span/time.Second)))), "timespan(%q)", text)
		}
		if n, err := portNumber(text); err == nil {
			require.Truef(t, n >= 0 && n <= 65535, "portNumber(%q) = %v", text, n)
		}
		if m, err := parseMargin(text); err == nil {
			require.Truef(t, m > 0 && m < 1, "parseMargin(%q) = %v", text, m)
			require.Equalf(t, m, must(parseMargin(strconv.FormatFloat(m, 'g', -1, 64))), "parseMargin(%q)", text)
		}
		if d, err := parseDesign(text); err == nil {
			require.Containsf(t, []string{"ab", "aba", "pairs", "aa", loadXIntervention}, d.kind, "parseDesign(%q)", text)
			require.Truef(t, (d.n >= 2 || d.kind == loadXIntervention && d.n == 1) && d.n <= 1000, "parseDesign(%q) = %v", text, d)
		}
		if s, err := setting.Share(text); err == nil {
			require.Truef(t, s >= 0 && s <= 1, "Share(%q) = %v", text, s)
		}
	})
}

func TestEveryOptionIsWhole(t *testing.T) {
	seen := make(map[string]bool)
	for o := range options().All() {
		for _, name := range append([]string{o.Flag, o.Short}, o.Env...) {
			if name != "" {
				assert.Falsef(t, seen[name], "%s stands twice", name)
				seen[name] = true
			}
		}
		if o.Removed != "" {
			continue
		}
		require.NotNilf(t, o.Set, "--%s", o.Flag)
		if !o.Hidden {
			assert.NotEmptyf(t, o.Help, "--%s", o.Flag)
		}
		if o.Default != "" {
			assert.NoErrorf(t, o.Set.Set(o.Default), "--%s: default", o.Flag)
		}
		if o.Switch {
			assert.NotEmptyf(t, o.Accepts, "--%s", o.Flag)
		}
	}
}

// TestLocustsFlags holds the names of the contract: none may go missing.
func TestLocustsFlags(t *testing.T) {
	options := options()
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
		o := options.ByKey(flag)
		if i := slices.IndexFunc(known, func(k knownPart) bool { return k.has(flag) }); i >= 0 {
			assert.True(t, env == "" || known[i].variables[env] == flag, "%s, of a part", env)
			continue
		}
		if assert.NotNilf(t, o, "--%s", flag) && env != "" {
			assert.Containsf(t, o.Env, env, "--%s", flag)
		}
	}
	for short, flag := range map[string]string{"f": "locustfile", "H": "host", "u": "users", "r": "spawn-rate", "t": "run-time", "l": "list",
		"P": "web-port", "T": "tags", "E": "exclude-tags", "L": "loglevel", "s": "stop-timeout", "V": "version", "h": "help"} {
		assert.Equalf(t, short, options.ByKey(flag).Short, "--%s", flag)
	}
}

// TestEveryOptionIsDescribed holds docs/command.md against the table of options.
func TestEveryOptionIsDescribed(t *testing.T) {
	content, err := os.ReadFile("../../docs/command.md")
	require.NoError(t, err)
	text := string(content)
	for o := range options().All() {
		if o.Removed != "" {
			continue
		}
		flag := "--" + o.Flag
		if o.Short != "" {
			flag = "-" + o.Short + " " + flag
		}
		assert.Contains(t, text, "`"+flag+"`")
		for _, name := range o.Env {
			assert.Contains(t, text, "`"+name+"`")
		}
	}
}

// around is what files of secrets, .env files, editors and other scripts put
// before and behind a value.
var around = []string{" ", "\t", "\n", "\r\n", "\r", "\v\f", " \n\n ", "\u00a0", "\u2003\u2028", "\u3000", "\u0085", "\ufeff", "\u200b", "\u2060", "\x00"}

// samples are texts of which every option accepts one.
var samples = []string{
	"a  b", "2", "0.5", "2m:10", "99%", "1s", "15s", "true", "INFO", "json", "p95", "ab", "net/http", `{"list": 1}`, "p95 < 1s", "http://127.0.0.1:1",
}

// valuesOf are the values that some sources of one option lead to, in one line.
func valuesOf(flag string, args []string, env map[string]string) (string, error) {
	v, app := new(values), shop()
	sections := app.sections(v)
	for i := range sections {
		sections[i].Options = slices.DeleteFunc(sections[i].Options, func(o setting.Option) bool { return o.Flag != flag })
	}
	err := setting.NewTable(sections...).Read(args, env)
	return v.line(), err
}

// TestBlanksAroundASetting: whatever stands around the value of any option, in
// a flag or any of its variables, it is the same value. Package setting holds the
// same of files.
func TestBlanksAroundASetting(t *testing.T) {
	long(t)
	for o := range options().All() {
		if o.Removed != "" {
			continue
		}
		all := map[string]func(text string) (args []string, env map[string]string){
			"flag": func(text string) ([]string, map[string]string) { return []string{"--" + o.Flag + "=" + text}, nil },
		}
		for _, name := range o.Env {
			all[name] = func(text string) ([]string, map[string]string) { return nil, map[string]string{name: text} }
		}
		for name, way := range all {
			sampled := false
			for _, sample := range samples {
				args, env := way(sample)
				want, err := valuesOf(o.Flag, args, env)
				if err != nil || sampled {
					continue
				}
				sampled = true
				for _, blank := range around {
					text := blank + sample + blank
					args, env := way(text)
					got, err := valuesOf(o.Flag, args, env)
					require.NoError(t, err, "%s %s=%q", name, o.Flag, text)
					require.Equal(t, want, got, "%s %s=%q", name, o.Flag, text)
				}
			}
			assert.True(t, sampled, "no sample is a value of --%s: add one", o.Flag)
		}
	}
}

// TestBlanksInFilesOfSettings goes through the files themselves.
func TestBlanksInFilesOfSettings(t *testing.T) {
	for _, blank := range around {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "locust.conf"), "web-token ="+blank+"a  b"+blank+"\nusers = \"7"+blank+"\"\r\n")
		write(t, filepath.Join(dir, "pyproject.toml"), "[tool.locust]\nweb-password = "+quoteTOML(blank+"c  d"+blank)+"\n")
		app := shop()
		c, err := app.configure(process{dir: dir})
		if strings.ContainsAny(blank, "\n\r") {
			continue // another line
		}
		require.NoError(t, err, "%q", blank)
		assert.Equal(t, []any{"a  b", "c  d", 7}, []any{c.values.web.token.V, c.values.web.password.V, c.values.users.V}, "%q", blank)
	}
}

func quoteTOML(text string) string {
	var out strings.Builder
	for _, r := range text {
		fmt.Fprintf(&out, `\u%04X`, r)
	}
	return `"` + out.String() + `"`
}

// TestBlanksAroundVariables goes through the whole start: a class, a host of
// blanks and the word that makes a demonstration.
func TestBlanksAroundVariables(t *testing.T) {
	for _, blank := range around {
		c, err := configured(t, shop(), nil, map[string]string{
			"LOCUST_HOST": "http://127.0.0.1:1" + blank, "LOCUST_RUN_TIME": blank + "1" + blank, "LOAD_WEB_TOKEN": "abc" + blank,
			"LOAD_WEB_ALLOWED_HOSTS": blank + "[a, b]" + blank, "LOCUST_USER_CLASSES": "Shopper" + blank,
		})
		require.NoError(t, err, "%q", blank)
		assert.Equal(t, []any{"http://127.0.0.1:1", "abc", []string{"a", "b"}}, []any{c.values.host.V, c.values.web.token.V, c.values.web.hosts.V})
		app := shop()
		app.Demo = map[string]string{"users": "3"}
		c, err = configured(t, app, nil, map[string]string{"LOCUST_HOST": blank})
		require.NoError(t, err)
		assert.True(t, c.values.demo.V, "a host of %q is none", blank)
	}
}

// TestQuotesCount: docker's --env-file takes no quotes off, so they are part of
// the value, and said.
func TestQuotesCount(t *testing.T) {
	c, err := configured(t, shop(), nil, map[string]string{"LOAD_WEB_PASSWORD": `"my secret"`, "LOAD_WEB_TOKEN": `it"s`})
	require.NoError(t, err)
	assert.Equal(t, `"my secret"`, c.values.web.password.V)
	assert.Equal(t, []string{"LOAD_WEB_PASSWORD begins and ends with a quote, which counts: docker's --env-file takes none off"}, c.remarks())
	_, err = configured(t, shop(), nil, map[string]string{"LOCUST_USERS": `"10"`})
	require.EqualError(t, err, `LOCUST_USERS="\"10\""; accepted: `+acceptsUsers)
}

// TestASecretOfBlanksOpensNothing: the file of a secret that went lost must not
// leave the page open.
func TestASecretOfBlanksOpensNothing(t *testing.T) {
	for _, name := range []string{"LOAD_WEB_PASSWORD", "LOAD_WEB_TOKEN"} {
		_, err := configured(t, shop(), nil, map[string]string{name: "\n"})
		require.EqualError(t, err, name+": holds blanks alone; accepted: a secret, or nothing at all for none")
		_, err = configured(t, shop(), nil, map[string]string{name: ""})
		require.NoError(t, err, "compose files make it of an unset variable")
	}
}

func FuzzBlanks(f *testing.F) {
	for i, blank := range around {
		f.Add(uint8(i), strconv.Itoa(i)+blank+"x", blank)
	}
	all := slices.Collect(options().All())
	f.Fuzz(func(t *testing.T, n uint8, text, blank string) {
		o := all[int(n)%len(all)]
		if o.Removed != "" || len(o.Env) == 0 || strings.Trim(blank, strings.Join(around, "")) != "" {
			return
		}
		want, err1 := valuesOf(o.Flag, nil, map[string]string{o.Env[0]: text})
		got, err2 := valuesOf(o.Flag, nil, map[string]string{o.Env[0]: blank + text + blank})
		require.Equal(t, fmt.Sprint(err1), fmt.Sprint(err2))
		require.Equal(t, want, got)
	})
}
