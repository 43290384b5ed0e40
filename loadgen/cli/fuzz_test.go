package cli

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/phase"
)

// FuzzCommandLine checks that no command line makes more than one short line of
// error, which begins with a setting or a word of the command line, and that
// what is accepted makes a valid plan or one more such line. Whatever the
// sources were, the same as flags alone means the same.
func FuzzCommandLine(f *testing.F) {
	f.Add("--users 10 -r2 -t 1m --warmup-duration 10s", "LOAD_THINK", "1s..3s")
	f.Add("--tags a b -- --users", "LOCUST_USERS", "x\ny")
	f.Add("-u=3 --json --on gamma", "LOAD_INTERVENTION_TASK_WEIGHTS", `{"list": -1}`)
	f.Add("--design=pairs=3 --level 99% --margin=5% -t 10m", "LOAD_ASSERT", "p95 < 5ms;\n generator healthy")
	f.Add("--design=load-x-intervention=2 -u 50 --baseline-users 10 -t 10m", "LOAD_ASSERT", "high vs low p95 < +50%")
	f.Add("--web-host * -P0 Shopper", "LOAD_WEB_ALLOWED_HOSTS", `["a", 'b']`)
	f.Add("---x --=5 -", "LOCUST_AUTOQUIT", "1_0")
	home := f.TempDir()
	f.Fuzz(func(t *testing.T, line, name, text string) {
		args := words(line)
		for _, arg := range args {
			if strings.Contains(arg, "config") {
				return // names files of this machine
			}
		}
		app := shop()
		c, err := app.configure(process{args: args, env: map[string]string{name: text}, home: home, dir: home})
		if err == nil {
			var s phase.Schedule
			if s, err = c.schedule(); err == nil {
				require.NoError(t, s.Validate())
				_, err = c.pacer()
			}
		}
		if errors.Is(err, errHelp) {
			return
		}
		if err != nil {
			usage, ok := errors.AsType[*setting.Error](err)
			require.True(t, ok, "%v", err)
			require.True(t, c.knows(usage.Where), "%v", err)
			require.NotContains(t, err.Error(), "\n")
			require.Less(t, utf8.RuneCountInString(err.Error()), 2500)
			return
		}
		again, err := app.configure(process{args: c.asFlags(), home: home, dir: home})
		require.NoError(t, err, c.asFlags())
		require.Equal(t, c.values.line(), again.values.line(), c.asFlags())
	})
}

// knows reports whether a message names a setting, or quotes a word of the
// command line.
func (c *config) knows(where string) bool {
	name := strings.TrimLeft(where, "-")
	for o := range c.table.All() {
		for _, known := range append([]string{o.Flag, o.Short}, o.Env...) {
			if rest, ok := strings.CutPrefix(name, known); ok && known != "" && (rest == "" || strings.ContainsAny(rest[:1], "= ")) {
				return true
			}
		}
	}
	return where == "schedule" || strings.HasPrefix(where, "-") || strings.HasPrefix(where, `"`) || strings.HasPrefix(where, "bad flag syntax: ")
}

// asFlags is what was given, as flags.
func (c *config) asFlags() (args []string) {
	for o := range c.table.All() {
		from := o.Source()
		if !from.Given() || o.Removed != "" {
			continue
		}
		texts := from.Texts()
		if !o.Many {
			texts = texts[len(texts)-1:]
		}
		for _, text := range texts {
			args = append(args, "--"+o.Flag+"="+text)
		}
	}
	return append(append(args, "--"), c.table.Args()...)
}
