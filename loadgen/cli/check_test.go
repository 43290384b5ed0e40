package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/scenario/feed"
)

// TestBadSettingsAreRefusedInOneLine is the table of bad input: exit code and exactly one line, which
// names the setting, its value and what is accepted.
func TestBadSettingsAreRefusedInOneLine(t *testing.T) {
	set := func(name, text string) map[string]string { return map[string]string{name: text} }
	for _, c := range []struct {
		args string
		env  map[string]string
		code int
		want string
	}{
		// Numbers and times.
		{"--users=10.0", nil, 2, `--users="10.0"; accepted: a whole number`},
		{"--own-connections --max-connections=5", nil, 2, "cannot stand with --own-connections"},
		{"-u ten", nil, 2, `--users="ten"; accepted: a whole number`},
		{"", set("LOCUST_USERS", ""), 2, `LOCUST_USERS=""; accepted: a whole number`},
		{"--users=0", nil, 2, `--users="0": there would be no users; accepted: 1 or more`},
		{"-u -5", nil, 2, `--users="-5": there would be no users`},
		{"", set("LOAD_INTERVENTION_USERS", "0"), 2, `LOAD_INTERVENTION_USERS="0"`},
		{"-u 100000000000", nil, 2, `--users="100000000000"; accepted: a whole number such as 10, at most 10000000`},
		{"-u 99999999999999999999", nil, 2, "at most 10000000"},
		{"-r 1e300", nil, 2, `--spawn-rate="1e300"; accepted: a number of users per second above 0 and at most 1000000`},
		{"--exit-code-on-error=256", nil, 2, `--exit-code-on-error="256"; accepted: a whole number from 0 to 255`},
		{"--exit-code-on-error=-1", nil, 2, "from 0 to 255"},
		{"--seed=18446744073709551616", nil, 2, "from 0 to 18446744073709551615"},
		{"", set("LOAD_BASELINE_USERS", "-1"), 2, `LOAD_BASELINE_USERS="-1"`},
		{"--spawn-rate=0", nil, 2, `--spawn-rate="0"; accepted: a number of users per second above 0`},
		{"--spawn-rate=nan", nil, 2, `--spawn-rate="nan"`},
		{"", set("LOAD_BASELINE_SPAWN_RATE", "-1"), 2, `LOAD_BASELINE_SPAWN_RATE="-1"; accepted: a number of users per second`},
		{"-t 1.5h", nil, 2, `--run-time="1.5h"; accepted: seconds such as 300, or`},
		{"-t 5m30", nil, 2, `--run-time="5m30"`},
		{"", set("LOCUST_RUN_TIME", "1d"), 2, `LOCUST_RUN_TIME="1d"`},
		{"", set("LOAD_WARMUP_DURATION", "ten"), 2, `LOAD_WARMUP_DURATION="ten"`},
		{"--stop-timeout=0.5", nil, 2, `--stop-timeout="0.5"`},
		{"--autoquit=10s", nil, 2, `--autoquit="10s"; accepted: whole seconds`},
		{"--timeout=-1s", nil, 2, `--timeout="-1s"; accepted: a time such as 250ms`},
		{"--wire=h2", nil, 2, `--wire="h2"; accepted: net/http or fast`},
		{"--seed=-1", nil, 2, `--seed="-1"`},
		{"--loglevel=verbose", nil, 2, `--loglevel="verbose"; accepted: DEBUG, INFO`},
		{"--headless=maybe", nil, 2, `--headless="maybe"; accepted: true, yes, on, 1`},
		{"", set("LOCUST_HEADLESS", ""), 2, `LOCUST_HEADLESS=""; accepted: true`},
		// Schedules that cannot be.
		{"--run-time=60", set("LOAD_WARMUP_DURATION", "300"), 2, `--run-time="60": the run would end before the intervention starts; accepted: more than LOAD_WARMUP_DURATION="300"`},
		{"--run-time=5m --warmup-duration=300", nil, 2, `--run-time="5m"`},
		// Weights.
		{"", set("LOAD_BASELINE_TASK_WEIGHTS", `{"list": 1`), 2, `LOAD_BASELINE_TASK_WEIGHTS="{\"list\": 1"`},
		{"", set("LOAD_BASELINE_TASK_WEIGHTS", `[1]`), 2, "a JSON object"},
		{"", set("LOAD_INTERVENTION_TASK_WEIGHTS", `{"list": -1}`), 2, `LOAD_INTERVENTION_TASK_WEIGHTS=`},
		{"", set("LOAD_INTERVENTION_TASK_WEIGHTS", `{"sell": 1}`), 2, `LOAD_INTERVENTION_TASK_WEIGHTS="{\"sell\": 1}": unknown task "sell"; accepted: list, buy`},
		{"", set("LOAD_INTERVENTION_TASK_WEIGHTS", `{"list": 0, "buy": 0}`), 2, "all weights are zero; accepted: a weight above 0 for at least one of list, buy"},
		{"", set("LOAD_INTERVENTION_TASK_WEIGHTS", `{"list": 0}`), 2, "all weights are zero; accepted: a weight above 0 for at least one of list, buy"},
		{"", set("LOAD_INTERVENTION_TASK_WEIGHTS", `{}`), 2, "the mix is empty; accepted: a weight above 0 for at least one of list, buy"},
		{"--baseline-task-weights={}", nil, 2, `--baseline-task-weights="{}": the mix is empty`},
		{"", set("LOAD_BASELINE_TASK_WEIGHTS", `{"sell": 1}`), 2, `unknown task "sell"; accepted: list, buy`},
		// Rhythm.
		{"--think=gama", nil, 2, `--think="gama"`},
		{"--off=0s", nil, 2, `--off="0s": the mean must be above zero; accepted: 2s`},
		{"", set("LOAD_THINK", "0s"), 2, `LOAD_THINK="0s": the mean must be above zero; accepted: 2s`},
		{"--always-on --think=0s", nil, 2, `--think="0s"`},
		// Flags.
		{"--usres=3", nil, 2, "--usres: unknown flag; did you mean --users?"},
		{"--frobnicate", nil, 2, "--frobnicate: unknown flag; --help lists the flags"},
		{"-x", nil, 2, "-x: unknown flag; --help lists the flags"},
		{"--users", nil, 2, "--users: needs a value; accepted: a whole number"},
		{"--slave", nil, 2, "--worker instead"},
		{"--web-auth=a:b", nil, 2, "LOAD_WEB_PASSWORD"},
		{"--legacy-ui", nil, 2, "removed from Locust"},
		{"--expect-slaves=2", nil, 2, "--expect-workers instead"},
		{"--config=absent.conf", nil, 2, `--config="absent.conf": no such file`},
		// Targets.
		{"--host=localhost:8081", nil, 2, `--host="localhost:8081"; accepted: a base URL such as http://localhost:8081`},
		{"--host=http://mü.example --wire=fast", nil, 2, `--wire="fast": this wire takes a name in ASCII; accepted: Punycode`},
		{"--host=ftp://x", nil, 2, `--host="ftp://x"`},
		{"--host=http://127.0.0.1:1?x=1", nil, 2, `--host="http://127.0.0.1:1?xxxxx": has a query or a fragment; accepted: a base URL`},
		{"", set("LOCUST_HOST", "http://a/#f"), 2, `LOCUST_HOST="http://a/#xxxxx": has a query or a fragment`},
		{"--host=http://a:99999", nil, 2, `--host="http://a:99999": port 99999 is not one from 1 to 65535; accepted: a base URL`},
		{"--host=http://me:secret@a:0", nil, 2, `--host="http://me:xxxxx@a:0": port 0`},
		{"--host=me:secret@a", nil, 2, `--host="me:xxxxx@a"; accepted`},
		{"--host=http://me:sec/ret@[::1", nil, 2, `--host="http://me:xxxxx@[::1"; accepted`},
		// What Locust leaves with other codes.
		{"Buyer", nil, 1, `"Buyer": no such user class or command; accepted: Shopper`},
		{"", set("LOCUST_USER_CLASSES", "Shopper Buyer"), 1, `"Buyer"`},
		{"--tags a", nil, 2, `--tags="a": no task has a tag, so none would be left; accepted: no tags`},
		{"--web-base-path=x", nil, 1, "begins with /"},
		{"--autostart=false --autoquit=5", nil, 1, "--autostart"},
		{"--samples-share 1%", nil, 2, "--samples-share needs the part loadgen/samples: add samples.Part(samples.Config{}) to App.Parts"},
		{"", map[string]string{"LOAD_SAMPLES": "x.csv"}, 2, "LOAD_SAMPLES needs the part loadgen/samples: add samples.Part(samples.Config{}) to App.Parts"},
		{"--worker", nil, 2, "--worker needs the part loadgen/cluster: add cluster.Part(cluster.Options{}) to App.Parts"},
		{"--on-worker-loss stop", nil, 2, "--on-worker-loss needs the part loadgen/cluster"},
		{"", map[string]string{"LOCUST_MODE_MASTER": "true"}, 2, "LOCUST_MODE_MASTER needs the part loadgen/cluster"},
		{"", map[string]string{"LOAD_CLUSTER_TOKEN": planted}, 2, "LOAD_CLUSTER_TOKEN needs the part loadgen/cluster"},
		{"--config-users={", nil, 255, "--config-users"},
		// The page.
		{"--web-base-path=/a{b}", nil, 1, "without blanks, braces"},
		{"--web-port=70000", nil, 2, `--web-port="70000"; accepted: a port from 1 to 65535`},
		{"", set("LOCUST_WEB_PORT", ""), 2, `LOCUST_WEB_PORT=""; accepted: a port`},
		{"--web-user=ann", nil, 2, "a user name without a password"},
		{"", set("LOCUST_WEB_LOGIN", "true"), 2, `LOCUST_WEB_LOGIN="true": there is no login page; accepted: a password in LOAD_WEB_PASSWORD`},
		{"--tls-cert=a.pem", nil, 2, "one without the other"},
		{"--tls-cert=a.pem --tls-key=b.pem", nil, 2, `--tls-cert="a.pem" --tls-key="b.pem"`},
		{"--web-trusted-origins=ops", nil, 2, "--web-trusted-origins"},
		{"--web-host=192.0.2.1", nil, 1, `--web-host="192.0.2.1" --web-port="8089"`},
		{"--log-format=xml", nil, 2, `--log-format="xml"; accepted: text, json or auto`},
		// Files.
		{"--summary-file=/", nil, 2, `--summary-file="/": is a folder`},
		{"--logfile=/", nil, 2, `--logfile="/"`},
		{"--csv-full-history", nil, 2, "--csv PREFIX too"},
		{"--csv=/dev/null/run", nil, 2, `--csv="/dev/null/run"`},
		{"--html=/", nil, 2, `--html="/": is a folder`},
	} {
		t.Run(strings.TrimSpace(c.args+" "+envText(c.env)), func(t *testing.T) {
			got := start(t, shop(), c.env, words(c.args)...)
			assert.Equal(t, c.code, got.code)
			assert.Empty(t, got.stdout)
			assert.Contains(t, got.stderr, c.want)
			assert.True(t, strings.HasPrefix(got.stderr, "shop: "), got.stderr)
			assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
		})
	}
}

func envText(env map[string]string) string {
	for name, text := range env {
		return name + " " + text
	}
	return ""
}

func TestUnknownKeyInAFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "locust.conf"), "usres = 10")
	var stderr bytes.Buffer
	app := shop()
	code := app.run(process{dir: dir, stderr: &stderr})
	assert.Equal(t, 2, code)
	assert.Equal(t, "shop: locust.conf: usres: unknown key; did you mean users?\n", stderr.String())
}

func TestHostIsNeeded(t *testing.T) {
	app := shop()
	app.HostOptional = false
	got := start(t, app, nil)
	assert.Equal(t, 2, got.code)
	assert.Contains(t, got.stderr, "shop: --host: not given; accepted: a base URL")
}

// TestLongValuesMakeNoLongLines: a file given in place of its name, say.
func TestLongValuesMakeNoLongLines(t *testing.T) {
	long := strings.Repeat("ä", 100_000)
	for _, arg := range []string{"--think=" + long, "--baseline-task-weights={\"" + long + "\": -1}", "--assert=p95 < " + long, "---" + long, "--" + long, "-" + long, long,
		"--summary-file=" + long, "--host=" + long} {
		got := start(t, shop(), nil, "--headless", arg)
		assert.Contains(t, []int{1, 2}, got.code)
		assert.Less(t, len(got.stderr), 4000, arg[:20])
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"))
	}
	assert.Contains(t, start(t, shop(), nil, "--assert=p95 < "+long).stderr, "write a limit such as 250ms", "the end is what helps")
}

func TestDefaultsAreNamedInMessages(t *testing.T) {
	app := shop()
	app.Defaults = map[string]string{"warmup-duration": "30s"}
	got := start(t, app, nil, "--headless", "--run-time=5")
	assert.Contains(t, got.stderr, `--run-time="5": the run would end before the intervention starts; accepted: more than --warmup-duration="30s"`)
}

// What a job is given and cannot be used is a bad argument: one line, and exit code 2.
func TestBadTestData(t *testing.T) {
	for text, want := range map[string]string{
		"name\n":           "shop: feed: u.csv has no rows; want a line that names the columns, and one for each row\n",
		"name,city\nada\n": "shop: feed: u.csv:2: 1 value, want 2: \"name\", \"city\"\n",
		"name\nada\n":      "shop: loadgen: Runner.NewUser: feed: u.csv has 1 rows for 10 users; give more rows, or use feed.Circle\n",
	} {
		app := shop()
		app.New = func(context.Context, Settings) (*Job, error) {
			rows, err := feed.ReadCSV("u.csv", strings.NewReader(text), feed.Once)
			return &Job{NewUser: func(env scenario.Env) (scenario.User, error) {
				_, err := rows.Row(env)
				return measured{nil}, err
			}}, err
		}
		got := start(t, app, nil, "--headless", "-u", "10", "--baseline-users", "10")
		assert.Equal(t, 2, got.code, "%q", text)
		assert.Equal(t, want, got.stderr)
	}
}

// TestNoRefusalShowsASecret plants it in every setting, in every way.
func TestNoRefusalShowsASecret(t *testing.T) {
	some := 0
	for o := range options().All() {
		values := slices.Clone(plantings)
		if testing.Short() { // another one for each option
			some++
			values = []string{plantings[some%len(plantings)]}
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
			enough := !o.Secret && text != plantings[0]
			if testing.Short() {
				enough = some%16 > 0
			}
			if enough { // files are slow
				files = nil
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
