package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/scenario"
)

// TestSettingsMakeTheSameRunElsewhere: what a coordinator hands over makes, in a process that was
// given nothing, the plan that the coordinator has.
func TestSettingsMakeTheSameRunElsewhere(t *testing.T) {
	t.Setenv("NO_PROXY", "*")
	for i, c := range []struct {
		args string
		env  map[string]string
		app  func() App // nil: the market
	}{
		{args: "-t 30"},
		{args: "-u 20 -t 1m --seed 7", env: map[string]string{"LOAD_INTERVENTION_USERS": "50"}},
		{args: "-t 4m --warmup-duration 1m --matched --settle 5 --design aba", env: map[string]string{"LOCUST_USERS": "20", "LOAD_BASELINE_USERS": "3", "LOCUST_SPAWN_RATE": "inf"}},
		{args: `-t 10m --design load-x-intervention --baseline-users 3 -u 20 --matched --intervention-task-weights={"list":1}`},
		{args: "-t 10m --design pairs=3 --think 1s..3s --always-on -r 0.25"},
		{args: `-t 1m --intervention-task-weights {"buy":1} --on 5s --off 7s`},
		{args: "--stages 2m:10,5m:50,30s:0 --warmup-duration 1m", env: map[string]string{"LOAD_INTERVENTION_USERS": "50"}},
		{args: "--stages 0:50/s,1s500ms:7.25/s -t 30"},
		{args: "-u 7 -t 30", env: map[string]string{"LOAD_STAGES": "2m:10"}},
		{args: "--demo"},
		{args: `-u 12 -t 30 --intervention-kinds {"browser":1,"buyer":3} --intervention-task-weights {"buyer/buy":1,"browser/list":1,"admin/list":1}`, app: mall},
		{args: `-u 12 -t 30 --equal-weights --config-users {"user_class_name":"admin","fixed_count":3,"tasks":["buy"]}`, app: mall},
	} {
		if testing.Short() && i%3 != 2 {
			continue
		}
		if c.app == nil {
			c.app = func() App { return market(nil) }
		}
		app := c.app()
		app.Demo = map[string]string{"run-time": "60", "warmup-duration": "30", "matched": "true", "baseline-users": "7"}
		boss := new(crewed)
		app.Parts = []part.Part{boss.part()}
		got, _ := virtual(t, app, c.env, append(words(c.args), "--lead", "--log-format", "text", "-L", "ERROR")...)
		require.Contains(t, []int{0, 1}, got.code, got.stderr)

		helper := c.app()
		helper.Demo = app.Demo
		hand := new(crewed)
		var plan *loadgen.Plan
		hand.do = func(_ context.Context, w part.Work) error {
			maker, err := w.Configure(boss.setup.Settings, boss.setup.Secrets)
			if err != nil {
				return err
			}
			r, err := maker(loadgen.StartRequest{Planned: true})
			if err == nil {
				plan, err = r.Plan()
			}
			return err
		}
		helper.Parts = []part.Part{hand.part()}
		worked := start(t, helper, nil, "--work")
		require.Zero(t, worked.code, worked.stderr)
		assert.Equal(t, digestOf(t, app, c.env, words(c.args)), plan.Digest(), "%s %v", c.args, boss.setup.Settings)
	}
}

// digestOf is that of the plan of a single process.
func digestOf(t *testing.T, app App, env map[string]string, args []string) string {
	t.Helper()
	app.Parts = nil
	c, err := configured(t, app, args, env)
	require.NoError(t, err)
	s := &session{config: c, values: &c.values}
	require.NoError(t, s.prepare(t.Context()))
	return s.plan.Digest()
}

// Stages that do not fit into the message to the workers are refused before the run.
func TestTooManyStagesToShare(t *testing.T) {
	file := filepath.Join(t.TempDir(), "day.csv")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("1,1.123456789\n", 40_000)), 0o600))
	app := market(nil)
	app.Parts = []part.Part{new(crewed).part()}
	got := start(t, app, nil, "--lead", "--stages", "@"+file)
	assert.Equal(t, outcome{2, "", fmt.Sprintf("shop: --stages=%q: 40,000 stages are 600 kB of text, and several processes take at most 500 kB: want fewer\n", "@"+file)}, got)
	got = start(t, market(nil), nil, "--plan", "--stages", "@"+file)
	assert.Zero(t, got.code, got.stderr)
}

// TestWhatIsSharedWithWorkers: what bears on the load, without secrets and defaults.
func TestWhatIsSharedWithWorkers(t *testing.T) {
	var tables setting.Value[[]string]
	app := shop()
	app.New = func(context.Context, Settings) (*Job, error) {
		return &Job{Host: "http://127.0.0.1:4711", NewUser: func(scenario.Env) (scenario.User, error) { return shopper{}, nil }}, nil
	}
	app.Options = []setting.Option{{Flag: "table", Env: []string{"LOAD_TABLE"}, Many: true, Help: "a table", Set: setting.Items(&tables)}}
	app.HostlessOptions = []setting.Option{{Flag: "backend", Default: "1", Help: "of the backend", Set: setting.Check(setting.Int)}}
	share := func(env map[string]string, args string) (map[string]string, []string) {
		boss := new(crewed)
		app.Parts = []part.Part{boss.part()}
		got, _ := virtual(t, app, env, append(words(args), "--lead", "-t", "1", "-L", "CRITICAL")...)
		require.Contains(t, []int{0, 1, 3}, got.code, got.stderr)
		return boss.setup.Settings, boss.setup.Secrets
	}
	settings, secrets := share(map[string]string{"LOAD_TABLE": "[a, b]", "LOAD_OAUTH2_BEARER": planted}, "-u 5 --backend 3 --csv "+filepath.Join(t.TempDir(), "x")+" --web-port 1 --timeout 2s --assert p95<1s --primary p99 --exit-code-on-error 5")
	assert.Equal(t, map[string]string{
		"host": "http://127.0.0.1:4711", "run-time": "1", "timeout": "2s", "table": `["a","b"]`, "seed": "1",
		"baseline-users": "5", "baseline-spawn-rate": "2", "intervention-users": "5", "intervention-spawn-rate": "2",
	}, settings)
	assert.Equal(t, []string{"oauth2-bearer"}, secrets)

	settings, secrets = share(nil, "-H http://target:1 --header Accept:text --insecure --proxy= --max-connections 3")
	assert.Empty(t, secrets)
	for flag, want := range map[string]string{"host": "http://target:1", "header": `["Accept:text"]`, "insecure": "true", "proxy": "", "max-connections": "3"} {
		got, known := settings[flag]
		assert.True(t, known, flag)
		assert.Equal(t, want, got)
	}

	settings, secrets = share(map[string]string{"LOAD_HEADER": "Accept: text\nX-Api-Key: " + planted}, "-H http://ann:"+planted+"@target:1 --proxy http://p:"+planted+"@proxy:1")
	assert.Equal(t, []string{"header", "host", "proxy"}, secrets)
	for flag, text := range settings {
		assert.NotContains(t, text, planted, flag)
	}
}
