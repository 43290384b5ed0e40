package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// planted is a secret that no output may hold.
const planted = "S3CRET-9f"

// plantings are values that hold it.
var plantings = []string{
	"http://u:" + planted + "@127.0.0.1:1", "u:" + planted + "@127.0.0.1", "http://127.0.0.1:1/?token=" + planted, "http://" + planted + "-of-an-account@127.0.0.1:1",
	"ftp://u:" + planted + "@h", "http://u:" + planted + "@[::1", "http://u:" + planted + "@h:99999", "//u:a@b" + planted + "@h",
}

// TestNoRefusalShowsASecret plants it in every setting, in every way.
func TestNoRefusalShowsASecret(t *testing.T) {
	some := 0
	for o := range options().All() {
		values := slices.Clone(plantings)
		if testing.Short() { // another one for each option
			some++
			values = []string{plantings[0], plantings[some%len(plantings)]}
		}
		if o.Flag == "header" {
			values = append(values, "X-Key: "+planted, "X-Key "+planted)
		}
		if o.Secret || o.Flag == "oauth2-bearer" {
			values = append(values, planted, planted+" "+planted)
		}
		for _, text := range values {
			ways := []process{{args: []string{"--" + o.Flag + "=" + text}}, {args: []string{"--" + o.Flag + "x=" + text}}, {args: []string{"--=" + text}}}
			for _, name := range o.Env {
				ways = append(ways, process{env: map[string]string{name: text}})
			}
			files := []string{o.Flag + " = " + text, o.Flag + "; " + text, "= " + text, o.Flag + "[ " + text}
			if !o.Secret && text != plantings[0] || testing.Short() && some%4 > 0 {
				files = nil // some will do: files are slow
			}
			for _, content := range files {
				dir := t.TempDir()
				write(t, filepath.Join(dir, "locust.conf"), content)
				ways = append(ways, process{dir: dir})
			}
			if files != nil {
				dir := t.TempDir()
				write(t, filepath.Join(dir, "pyproject.toml"), "[tool.locust]\n"+o.Flag+" = "+planted)
				ways = append(ways, process{dir: dir})
			}
			for _, p := range ways {
				app := shop()
				c, err := app.configure(p)
				if err != nil {
					require.NotContains(t, err.Error(), planted, "%v", p)
					continue
				}
				require.NotContains(t, strings.Join(c.remarks(), "\n"), planted, "%v", p)
			}
		}
	}
}

// TestWordsOfASecretAreNotRepeated: a value with a blank lacked its quotes.
func TestWordsOfASecretAreNotRepeated(t *testing.T) {
	for _, args := range []string{
		"--header X-Key: " + planted, "--oauth2-bearer Bearer " + planted, planted + " --web-token x", "--web-password correct " + planted,
	} {
		got := start(t, shop(), nil, strings.Fields("--headless --host http://127.0.0.1:1 "+args)...)
		assert.Equal(t, 1, got.code, args)
		assert.Equal(t, `shop: "xxxxx": one word too many, not shown since it may be a secret; a value with a blank needs quotes`+"\n", got.stderr)
	}
	got := start(t, shop(), nil, strings.Fields("--headless --host http://127.0.0.1:1 --web-token x ShopUsr")...)
	assert.Contains(t, got.stderr, `"ShopUsr": no such user class`, "nearly a name")
}

// TestNoOutputShowsASecret runs a load whose target, password and token hold it,
// and looks into the log, the tables and all files.
func TestNoOutputShowsASecret(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	env := map[string]string{
		"LOCUST_HOST": "http://u:" + planted + "@127.0.0.1:1", "LOAD_WEB_PASSWORD": planted, "LOAD_WEB_TOKEN": `"` + planted + `"`,
	}
	got, _ := virtual(t, market(errors.New("sold out")), env, "-t", "30", "-L", "DEBUG", "--summary-file", "s.json", "--html", "h.html", "--markdown", "m.md",
		"--junit", "j.xml", "--csv", "c", "--json", "--json-file", "l", "--logfile", "log", "--profile", "x")
	assert.Equal(t, 1, got.code)
	assert.NotContains(t, got.stdout+got.stderr, planted)
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	assert.Len(t, names, 10)
	for _, name := range names {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.NotContains(t, string(content), planted, name)
	}
	got = start(t, market(nil), env, "--plan", "-t", "30")
	assert.NotContains(t, got.stdout+got.stderr, planted)
}

// TestRefusalsOfThePage: in the page's own words, with the field.
func TestRefusalsOfThePage(t *testing.T) {
	visiting(t, market(nil), "--autostart=false --allow-host-change --warmup-duration 60 -t 120 --host http://127.0.0.1:1", func(v *visit) {
		refused := func(field, message string, form ...string) {
			answer := v.swarm(form...)
			assert.Equal(t, []any{false, field, message}, []any{answer["success"], answer["field"], answer["message"]})
		}
		nothing := "user_count: 0 users would do nothing; give 1 or more to start, 0 only during a run"
		refused("user_count", nothing, "user_count", "0", "spawn_rate", "1")
		assert.Equal(t, true, v.swarm("user_count", "1", "spawn_rate", "1")["success"])
		assert.Equal(t, true, v.swarm("user_count", "0", "spawn_rate", "1")["success"], "down to none")
		refused("host", "A run is in progress. Stop it before changing the target.", "user_count", "1", "spawn_rate", "1", "host", "http://127.0.0.1:2")
		refused("schedule", "A run is in progress. Stop it before starting the schedule.", "schedule", "true")
		v.get("/stop")
		refused("user_count", nothing, "user_count", "0", "spawn_rate", "1")
		v.terminate()
	})
}

// TestThePageShowsNoSecret: neither its own nor that of a target that a
// start names, whatever the program says of it.
func TestThePageShowsNoSecret(t *testing.T) {
	for _, allow := range []string{"false", "true"} {
		app := market(nil)
		make := app.New
		app.New = func(ctx context.Context, s Settings) (*Job, error) {
			if strings.Contains(s.Host, "bad") {
				return nil, errors.New("cannot use " + s.Host + ": " + planted)
			}
			return make(ctx, s)
		}
		got, _ := visiting(t, app, "--autostart=false --allow-host-change="+allow+" --host http://u:"+planted+"@127.0.0.1:1", func(v *visit) {
			for _, host := range append(plantings, "http://u:"+planted+"@bad", "http://127.0.0.1:2/") {
				body := v.swarm("user_count", "1", "spawn_rate", "1", "run_time", "1", "host", host)
				assert.NotContains(t, fmt.Sprint(body), planted, host)
			}
			for _, path := range []string{"/", "/stats/requests", "/logs", "/stats/report", "/tasks", "/api/summary", "/swarm", "/nothing?" + url.QueryEscape(planted)} {
				_, body := v.get(path)
				assert.NotContains(t, body, planted, path)
			}
			v.terminate()
		})
		assert.NotContains(t, got.stdout+got.stderr, planted)
	}
}
