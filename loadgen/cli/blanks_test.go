package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// around is what files of secrets, .env files, editors and other scripts put
// before and behind a value.
var around = []string{" ", "\t", "\n", "\r\n", "\r", "\v\f", " \n\n ", "\u00a0", "\u2003\u2028", "\u3000", "\u0085", "\ufeff", "\u200b", "\u2060", "\x00"}

// samples are texts of which every option accepts one.
var samples = []string{
	"a  b", "2", "0.5", "99%", "1s", "true", "INFO", "json", "p95", "ab", "net/http", `{"list": 1}`, "p95 < 1s", "http://127.0.0.1:1",
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
