package cli

import (
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
)

func TestSpawnRate(t *testing.T) {
	accepts(t, spawnRate, map[string]float64{"0.5": 0.5, "1e2": 100, "2": 2, "inf": 0})
	refuses(t, spawnRate, "", "0", "-1", "nan", "-inf", "fast")
}

func TestLogLevel(t *testing.T) {
	accepts(t, levelName, map[string]string{"info": "INFO", "WARNING": "WARNING", "Debug": "DEBUG", "error": "ERROR", "critical": "CRITICAL"})
	refuses(t, levelName, "", "warn", "trace", "10")
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
			require.Containsf(t, []string{"ab", "aba", "pairs", "aa"}, d.kind, "parseDesign(%q)", text)
			require.Truef(t, d.n >= 2 && d.n <= 1000, "parseDesign(%q) = %v", text, d)
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
