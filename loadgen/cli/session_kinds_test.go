package cli

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/scenario/feed"
)

// Kinds of users are what Locust calls user classes, through all of its doors.
func TestKindsAreClasses(t *testing.T) {
	list := start(t, mall(), nil, "--list")
	assert.Equal(t, "Available Users:\n    buyer\n    browser\n    admin\n", list.stdout)

	ratio := start(t, mall(), nil, "-u", "12", "--show-task-ratio")
	assert.Zero(t, ratio.code, ratio.stderr)
	inOrder(t, ratio.stdout, "Task ratio per User class", " *  66.7 buyer\n   *  50.0 list\n", " *  16.7 browser\n", " *  16.7 admin\n", "Total task ratio", " *  66.7 buyer\n   *  33.3 list\n")
	ratio = start(t, mall(), nil, "-u", "8", "--show-task-ratio-json", "buyer", "browser")
	assert.JSONEq(t, `{
		"per_class": {"buyer": {"ratio": 0.75, "tasks": {"list": {"ratio": 0.5}, "buy": {"ratio": 0.5}}}, "browser": {"ratio": 0.25, "tasks": {"list": {"ratio": 0.5}, "buy": {"ratio": 0.5}}}},
		"total": {"buyer": {"ratio": 0.75, "tasks": {"list": {"ratio": 0.375}, "buy": {"ratio": 0.375}}}, "browser": {"ratio": 0.25, "tasks": {"list": {"ratio": 0.125}, "buy": {"ratio": 0.125}}}}
	}`, ratio.stdout)

	ratio = start(t, mall(), nil, "--stages", "0s:12,60s:12,0s:2,1s:2", "--show-task-ratio")
	inOrder(t, ratio.stdout, " *  66.5 buyer\n", " *  16.6 browser\n", " *  16.9 admin\n")

	prefix := filepath.Join(t.TempDir(), "x")
	got, _ := virtual(t, mall(), nil, "-u", "12", "-r", "1", "-t", "60", "--assert", "buyer GET /list p95 < 30ms", "--assert", "admin failures = 0", "--csv", prefix)
	assert.Zero(t, got.code, got.stderr)
	sums, over := map[string]int64{}, map[string]int64{}
	rows := sheet(t, prefix+"_stats_kinds.csv")
	assert.Equal(t, append([]string{"Kind"}, sheet(t, prefix+"_stats.csv")[0]...), rows[0])
	for _, row := range rows[1:] {
		assert.Contains(t, []string{"buyer", "browser", "admin"}, row[0])
		sums[row[1]+" "+row[2]] += whole(t, row[3])
	}
	for _, row := range sheet(t, prefix+"_stats.csv")[1:] {
		if row[1] != report.Aggregated {
			over[row[0]+" "+row[1]] = whole(t, row[2])
		}
	}
	assert.Equal(t, over, sums, "the rows over all kinds, as Locust has them, are the sums")
	assert.Greater(t, len(rows), len(over)+1)
	assert.Contains(t, got.stderr, `All users spawned: {"admin":2,"browser":2,"buyer":8} (12 total users)`)

	for args, want := range map[string]string{
		"LOCUST_USER_CLASSES": `kinds (all phases): buyer 100 %`,
		"--equal-weights":     `kinds (all phases): buyer 50 %, browser 50 %, admin 2 fixed`,
		`--config-users=[{"user_class_name":"admin","weight":10},{"user_class_name":"buyer","fixed_count":3,"tasks":["buy"]},{"user_class_name":"browser","weight":0}]`: "kinds (all phases): buyer 3 fixed, browser 0 %, admin 100 %",
	} {
		line, env := []string{args}, map[string]string(nil)
		if args == "LOCUST_USER_CLASSES" {
			line, env = nil, map[string]string{args: "buyer"}
		}
		plan := start(t, mall(), env, append(line, "--plan", "-u", "12", "-t", "60")...)
		assert.Zero(t, plan.code, plan.stderr)
		assert.Contains(t, plan.stdout, want)
	}
	sale := start(t, mall(), nil, "--plan", "-u", "12", "-t", "120", "--warmup-duration", "60", "--intervention-kinds", `{"buyer": 1, "browser": 1}`)
	assert.Contains(t, sale.stdout, "kinds (intervention): buyer 50 %, browser 50 %, admin 2 fixed", sale.stderr)
	limited := start(t, mall(), nil, "--config-users", `{"user_class_name":"buyer","tasks":["buy"]}`, "--plan", "-u", "12", "-t", "60")
	assert.Contains(t, limited.stdout, "do not run for buyer (all phases): list")
}

// Rows that are lent out can be used by kinds of users, as by users of one kind.
func TestKindsBorrowRows(t *testing.T) {
	rows, err := feed.ReadCSV("rows.csv", strings.NewReader("name\na\nb\nc\n"), feed.Lend)
	require.NoError(t, err)
	app := mall()
	app.New = func(context.Context, Settings) (*Job, error) {
		as := func(env scenario.Env) (scenario.User, error) {
			_, err := rows.Row(env)
			return measured{}, err
		}
		return &Job{Kinds: []scenario.Kind{{Name: "buyer", Weight: 1, NewUser: as}, {Name: "browser", Weight: 1, NewUser: as}, {Name: "admin", Count: 1, NewUser: as}}}, nil
	}
	plan := start(t, app, nil, "--plan", "-u", "7", "-t", "60")
	assert.Zero(t, plan.code, plan.stderr)
	plan = start(t, app, nil, "--plan", "-u", "9", "-t", "60")
	assert.Contains(t, plan.stderr, "rows.csv has 3 rows for 4 users of kind buyer at once")
}

// The tasks that are set of a kind hold whatever its users need to be made, and those that it does not have are refused.
func TestTasksOfAKind(t *testing.T) {
	app := mall()
	var fault error
	app.New = func(context.Context, Settings) (*Job, error) {
		as := func(env scenario.Env) (scenario.User, error) {
			env.Rand.IntN(3)
			return measured{}, fault
		}
		return &Job{Kinds: []scenario.Kind{{Name: "buyer", Weight: 1, NewUser: as}, {Name: "browser", Weight: 1, NewUser: as}, {Name: "admin", Count: 1, NewUser: as}}}, nil
	}
	set := func(kind, task string, words ...string) outcome {
		return start(t, app, nil, append(words, "--plan", "-u", "7", "-t", "60", "--config-users", `{"user_class_name":"`+kind+`","tasks":["`+task+`"]}`)...)
	}
	plan := set("buyer", "buy")
	assert.Zero(t, plan.code, plan.stderr)
	assert.Contains(t, plan.stdout, "do not run for buyer (all phases): list")
	for _, kind := range []string{"buyer", "browser"} {
		plan = set(kind, "nope", "buyer")
		assert.Equal(t, exitUsage, plan.code)
		assert.Contains(t, plan.stderr, `tasks of "`+kind+`": unknown task "nope": want list, buy`)
		assert.Equal(t, 1, strings.Count(plan.stderr, "\n"), plan.stderr)
	}
	fault = errors.New("no account is left")
	plan = set("buyer", "nope")
	assert.Equal(t, exitFailure, plan.code)
	assert.Equal(t, "mall: kind \"buyer\": no account is left\n", plan.stderr)
}

func TestKindsRefused(t *testing.T) {
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"seller"}, 1, `"seller": no such user class or command; accepted: buyer, browser, admin, `},
		{[]string{"buyer", "buyer"}, 1, `"buyer": this user class is given twice`},
		{[]string{"--config-users", `{"weight": 3}`}, 255, "object 1 has no user_class_name"},
		{[]string{"--config-users", `{"user_class_name": "buyer", "wait_time": 3}`}, 255, `unknown field "wait_time"; want objects of user_class_name, weight, fixed_count, tasks and host`},
		{[]string{"--config-users", `{"user_class_name": "seller"}`}, 2, `no kind of users "seller": want buyer, browser, admin`},
		{[]string{"--config-users", `{"user_class_name": "buyer", "tasks": ["sell"]}`}, 2, `tasks of "buyer": unknown task "sell": want list, buy`},
		{[]string{"--config-users", `{"user_class_name": "buyer", "host": "http://elsewhere"}`}, 2, `host of "buyer" is another one than the target`},
		{[]string{"--intervention-task-weights", `{"list": 1}`}, 2, `several kinds have a task "list": want buyer/list or browser/list or admin/list`},
		{[]string{"--intervention-kinds", `{"seller": 1}`}, 2, `unknown kind "seller": want one of buyer, browser`},
		{[]string{"--intervention-kinds", `{"buyer": 0, "browser": 0}`}, 2, `--intervention-kinds="{\"buyer\": 0, \"browser\": 0}": all weights are zero: want at least one of buyer, browser above 0`},
		{[]string{"--baseline-kinds", `{"admin": 1}`}, 2, `--baseline-kinds="{\"admin\": 1}": kind "admin" has a fixed count: want one of buyer, browser`},
		{[]string{"--intervention-kinds", `{}`}, 2, `--intervention-kinds="{}": the mix of kinds is empty; accepted: a JSON object of kinds`},
		{[]string{"--stages", "2s:1,2s:0"}, 2, `--stages="2s:1,2s:0": the highest level is 1, and 2 admin have a fixed count: want at least 2, or 0`},
		{[]string{"--stages", "2s:1/s", "admin"}, 2, `--stages="2s:1/s": all kinds have a fixed count, 2 admin`},
		{[]string{"admin", "-u", "3"}, 2, `--users="3": the highest level is 3, and all kinds have a fixed count, 2 admin`},
		{[]string{"--config-users", `[{"user_class_name":"buyer","weight":0},{"user_class_name":"browser","weight":0}]`}, 2, "all weights are zero: want at least one of buyer, browser above 0"},
		{[]string{"-u", "12", "--config-users", `{"user_class_name":"buyer","fixed_count":50}`}, 2, `--config-users="{\"user_class_name\":\"buyer\",\"fixed_count\":50}": the highest level is 12, and 50 buyer, 2 admin have a fixed count: want at least 52, or 0`},
		{[]string{"--intervention-task-weights", `{"admin/list": 0}`}, 2, `--intervention-task-weights="{\"admin/list\": 0}": kind "admin": `},
		{[]string{"--intervention-task-weights", `{}`}, 2, `the mix is empty: want at least one of buyer/list`},
		{[]string{"--matched", "--warmup-duration", "30s", "-t", "60s", "--intervention-kinds", `{"buyer": 1}`}, 2, `--matched="true": the arms have other kinds of users; accepted: the same --baseline-kinds and --intervention-kinds`},
		{[]string{"-u", "1"}, 2, `--users="1": the highest level is 1, and 2 admin have a fixed count: want at least 2, or 0`},
		{[]string{"--assert", "seller GET /list p95 < 1s"}, 2, `no phase "seller"`},
	} {
		got := start(t, mall(), nil, append([]string{"--headless", "-t", "1"}, tc.args...)...)
		assert.Equal(t, tc.code, got.code, "%v: %s", tc.args, got.stderr)
		assert.Contains(t, got.stderr, tc.want)
		assert.NotContains(t, got.stderr, "Runner")
		assert.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
	}
	idle := mall()
	idle.New = func(ctx context.Context, s Settings) (*Job, error) {
		job, err := mall().New(ctx, s)
		job.Kinds[1].NewUser = func(scenario.Env) (scenario.User, error) { return taskless{}, nil }
		return job, err
	}
	assert.Equal(t, outcome{2, "", "mall: browser: has no tasks; accepted: at least one\n"}, start(t, idle, nil, "-u", "12"))
	other := mall()
	other.Kinds = []string{"buyer"}
	got := start(t, other, nil, "--plan")
	assert.Contains(t, got.stderr, `App.Kinds is ["buyer"] and the job has kinds ["buyer" "browser" "admin"]; want the same names`)
}

// taskless is a user without tasks.
type taskless struct{}

func (taskless) Tasks() []scenario.Task { return nil }

// A start may choose the kinds that take part, and one of a run in progress may not choose others.
func TestStartOfSomeKinds(t *testing.T) {
	config, err := configured(t, mall(), words("--class-picker buyer"), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"buyer"}, config.picks(nil))
	assert.Equal(t, []string{"admin"}, config.picks([]string{"admin"}))
	job, err := mall().New(t.Context(), Settings{})
	require.NoError(t, err)
	kinds, err := config.kinds(job, nil, []string{"admin"}, "")
	require.NoError(t, err)
	assert.Len(t, kinds, 1)
}

// POST /user changes a kind for the runs that start from then on; what cannot be changed is refused in a line.
func TestKindsAreSetFromThePage(t *testing.T) {
	got, _ := visiting(t, mall(), "--autostart=false --class-picker buyer browser", func(v *visit) {
		user := func(body string) (int, string) {
			v.t.Helper()
			answer, err := v.client.Post(v.base+"/user", "application/json", strings.NewReader(body))
			require.NoError(v.t, err)
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			require.NoError(v.t, err)
			message, _ := object(v.t, string(text))["message"].(string)
			return answer.StatusCode, message
		}
		refused := func(body, want string) {
			v.t.Helper()
			code, message := user(body)
			assert.Equal(v.t, 400, code)
			assert.Equal(v.t, want, message)
		}
		refused(`{"user_class_name": "owner", "weight": 1}`, "user_class_name: the classes are buyer, browser, admin.")
		refused(`{"user_class_name": "buyer", "wait_time": 1}`, `json: unknown field "wait_time"; want objects of user_class_name, weight, fixed_count, tasks and host`)
		refused(`{"user_class_name": "buyer", "weight": -1}`, `weight of "buyer" is -1; want a number of at least 0`)
		refused(`{"user_class_name": "buyer", "tasks": ["sell"]}`, `tasks of "buyer": unknown task "sell": want list, buy`)
		refused(`{"user_class_name": "admin", "fixed_count": 0}`, `fixed_count of "admin" is 0, and it has no weight; want one of them`)
		refused(`{"user_class_name": "buyer", "host": "http://other"}`, `host of "buyer" is another one than the target; all kinds have the same`)

		set := func(body string) {
			v.t.Helper()
			code, message := user(body)
			assert.Equal(v.t, 201, code, message)
		}
		users := func(kinds ...string) map[string]any {
			v.t.Helper()
			fields := []string{"user_count", "12", "spawn_rate", "100"}
			for _, k := range kinds {
				fields = append(fields, "user_classes", k)
			}
			answer := v.swarm(fields...)
			require.Equal(v.t, true, answer["success"], answer)
			time.Sleep(2 * time.Second)
			return answer
		}
		assert.Equal(v.t, []any{"buyer", "browser"}, users()["user_classes"], "those of the command line")
		set(`{"user_class_name": "buyer", "weight": 1}`)
		set(`{"user_class_name": "browser", "weight": 2, "tasks": ["buy"]}`)
		set(`{"user_class_name": "browser", "tasks": ["list"]}`)
		users() // the run keeps its kinds
		answer := v.swarm("user_count", "5", "spawn_rate", "1", "user_classes", "admin")
		assert.Equal(v.t, false, answer["success"])
		assert.Equal(v.t, "user_classes: a run of buyer, browser is in progress; stop it before choosing other kinds of users", answer["message"])
		assert.Equal(v.t, "user_classes", answer["field"])
		users("browser", "buyer")
		v.object("/stop")
		users()
		total := v.object("/tasks")["total"].(map[string]any)
		assert.Equal(v.t, map[string]any{"list": map[string]any{"ratio": 2. / 3}, "buy": map[string]any{"ratio": 0.}}, total["browser"].(map[string]any)["tasks"])
		v.object("/stop")
		set(`{"user_class_name": "buyer", "fixed_count": 5}`)
		users("admin", "buyer", "browser")
		v.object("/stop")
		answer = v.swarm("user_count", "4", "spawn_rate", "100")
		assert.Equal(v.t, `phase "manual": the highest level is 4, and 5 buyer have a fixed count: want at least 5, or 0`, answer["message"])
		set(`{"user_class_name": "buyer", "weight": 0}`)
		set(`{"user_class_name": "browser", "weight": 0}`)
		answer = v.swarm("user_count", "12", "spawn_rate", "100", "user_classes", "buyer", "user_classes", "browser")
		assert.Equal(v.t, false, answer["success"])
		assert.Contains(v.t, answer["message"], "all weights are zero: want at least one of buyer, browser above 0")
		assert.NotContains(v.t, answer["message"], "\n")
		v.terminate()
	})
	inOrder(t, got.stderr, `All users spawned: {"browser":2,"buyer":10} (12 total users)`, `All users spawned: {"browser":8,"buyer":4}`, `All users spawned: {"admin":2,"browser":5,"buyer":5}`)
}
