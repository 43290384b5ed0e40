package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// The keys of Locust's answers.
var (
	percentileKeys = map[string]string{"response_time_percentile_0.5": anInt0, "response_time_percentile_0.95": anInt0}
	statsKeys      = map[string]string{
		"method": aText, "name": aText, "num_requests": anInt, "num_failures": anInt,
		"min_response_time": aNumber, "max_response_time": aNumber, "avg_response_time": aNumber, "median_response_time": aNumber,
		"response_time_percentile_0.95": anInt, "response_time_percentile_0.99": anInt, "avg_content_length": aNumber,
		"current_rps": aNumber, "current_fail_per_sec": aNumber, "total_rps": aNumber, "total_fail_per_sec": aNumber,
	}
	errorKeys = map[string]string{
		"method": aText, "name": aText, "error": aText, "occurrences": anInt, "first_seen": aNumber, "last_seen": aNumber,
	}
	exceptionKeys = map[string]string{"count": anInt, "msg": aText, "traceback": aText, "nodes": aText}
	argsKeys      = map[string]string{
		"available_shape_classes": aList, "available_user_classes": aList, "available_user_tasks": aMap,
		"extra_options": aMap, "hide_common_options": aBool, "history": aList, "host": aText0, "is_distributed": aBool,
		"is_host_required": aBool, "locustfile": aText, "missing_host_warning": aBool, "num_users": anInt,
		"override_host_warning": aBool, "percentiles_to_chart": aList, "percentiles_to_statistics": aList,
		"profile": aText0, "run_time": aText, "shape_use_common_options": aBool, "show_userclass_picker": aBool,
		"spawn_rate": aNumber, "state": aText, "stats_history_enabled": aBool, "tasks": aMap, "user_count": anInt,
		"users": aMap, "version": aText, "worker_count": anInt,
	}
	historyKeys = map[string]string{
		"current_rps": aList, "current_fail_per_sec": aList, "total_avg_response_time": aList, "user_count": aList,
		"response_time_percentile_0.5": aList, "response_time_percentile_0.95": aList, "time": aText,
	}
)

func TestStatsRequests(t *testing.T) {
	load, s := running(t, 60*time.Second)
	a := s.get("/stats/requests")
	assert.Equal(t, 200, a.code)
	assert.Equal(t, "application/json", a.header.Get("Content-Type"))
	assert.True(t, strings.HasSuffix(a.body, "}\n") && strings.HasPrefix(a.body, "{\n  \""), "indented by 2, a final newline")
	body := a.object(t)
	requireKeys(t, "answer", body, requestsKeys)
	requireKeys(t, "percentiles", body["current_response_time_percentiles"].(map[string]any), percentileKeys)
	assert.EqualValues(t, report.Running, body["state"])
	assert.Equal(t, json.Number("40"), body["user_count"])

	rows := body["stats"].([]any)
	require.Len(t, rows, len(fake.Todo())+1)
	var order []string
	for _, row := range rows {
		row := row.(map[string]any)
		requireKeys(t, "stats row", row, statsKeys)
		order = append(order, row["name"].(string)+" "+row["method"].(string))
	}
	assert.Equal(t, "Aggregated ", order[len(order)-1], "the aggregate is last, its method empty")
	assert.True(t, slices.IsSorted(order[:len(order)-1]), "rows are sorted by name and method: %v", order)

	load.Advance(10 * time.Second)
	require.NoError(t, load.Stop())
	body = s.get("/stats/requests").object(t)
	assert.EqualValues(t, report.Stopped, body["state"], "a new state shows at once")
	for _, e := range body["errors"].([]any) {
		requireKeys(t, "error", e.(map[string]any), errorKeys)
	}
	require.NotEmpty(t, body["errors"])
}

// TestKeysAreSorted compares the order of keys with that of a sorted map.
func TestKeysAreSorted(t *testing.T) {
	_, s := running(t, 5*time.Second)
	var keys []string
	for _, m := range regexp.MustCompile(`(?m)^  "([^"]+)":`).FindAllStringSubmatch(s.get("/stats/requests").body, -1) {
		keys = append(keys, m[1])
	}
	assert.Greater(t, len(keys), 10)
	assert.True(t, slices.IsSorted(keys), "%v", keys)
}

func TestBeforeTheFirstRun(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	s := serve(t, load, web.Options{Control: load})
	body := s.get("/stats/requests").object(t)
	requireKeys(t, "answer", body, requestsKeys)
	assert.EqualValues(t, report.Ready, body["state"])
	assert.Empty(t, body["errors"])
	require.Len(t, body["stats"], 1)
	requireKeys(t, "aggregate", body["stats"].([]any)[0].(map[string]any), statsKeys)
	assert.Equal(t, map[string]any{"response_time_percentile_0.5": nil, "response_time_percentile_0.95": nil}, body["current_response_time_percentiles"])
	assert.Equal(t, "{\n  \"exceptions\": []\n}\n", s.get("/exceptions").body)
	for _, path := range []string{"/", "/stats/report", "/stats/requests/csv", "/stats/failures/csv", "/exceptions/csv", "/tasks", "/logs", "/api/timeline", "/api/phases", "/api/effect", "/api/failures"} {
		assert.Equal(t, 200, s.get(path).code, path)
	}
	assert.Equal(t, 404, s.get("/api/summary").code)
}

func TestOtherAnswers(t *testing.T) {
	load, s := running(t, 20*time.Second)
	load.Panic("panic", "index out of range", "goroutine 1 [running]:")
	load.Advance(2 * time.Second)
	require.NoError(t, load.Start(web.Order{Users: 41, SpawnRate: 1}))

	for _, x := range s.get("/exceptions").object(t)["exceptions"].([]any) {
		x := x.(map[string]any)
		requireKeys(t, "exception", x, exceptionKeys)
		assert.Equal(t, "local", x["nodes"])
		assert.Equal(t, "index out of range", x["msg"])
	}
	assert.Equal(t, map[string]any{"worker_count": json.Number("0")}, s.get("/worker-count").object(t))
	assert.Equal(t, map[string]any{"master": []any{}, "workers": map[string]any{}}, s.get("/logs").object(t))

	tasks := s.get("/tasks").object(t)
	for _, key := range []string{"per_class", "total"} {
		class := tasks[key].(map[string]any)["Todo"].(map[string]any)
		requireKeys(t, key, class, map[string]string{"ratio": aNumber, "tasks": aMap})
		require.Len(t, class["tasks"], len(fake.Todo()))
		for name, task := range class["tasks"].(map[string]any) {
			requireKeys(t, name, task.(map[string]any), map[string]string{"ratio": aNumber})
		}
	}
}

func TestTasksAreZeroWithoutUsers(t *testing.T) {
	load, s := running(t, 20*time.Second)
	require.NoError(t, load.Stop())
	class := s.get("/tasks").object(t)["total"].(map[string]any)["Todo"].(map[string]any)
	assert.Equal(t, json.Number("0"), class["ratio"])
}

// number is a JSON number.
func number(t *testing.T, v any) float64 {
	f, err := v.(json.Number).Float64()
	require.NoError(t, err)
	return f
}

func TestTemplateArgs(t *testing.T) {
	_, s := running(t, 30*time.Second)
	a := s.get("/")
	assert.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
	m := regexp.MustCompile(`(?s)window\.templateArgs = (\{.*?\})</script>`).FindStringSubmatch(a.body)
	require.NotNil(t, m, "a script that looks for the object in Locust's page finds it")
	args := answer{body: m[1]}.object(t)
	requireKeys(t, "templateArgs", args, argsKeys)
	assert.Equal(t, "todo.py", args["locustfile"])
	require.Len(t, args["history"], 6, "one point each 5 s")
	var mean float64
	for _, point := range args["history"].([]any) {
		requireKeys(t, "history", point.(map[string]any), historyKeys)
		mean = number(t, point.(map[string]any)["total_avg_response_time"].([]any)[1])
	}
	rows := s.get("/stats/requests").object(t)["stats"].([]any)
	whole := number(t, rows[len(rows)-1].(map[string]any)["avg_response_time"])
	require.InEpsilon(t, whole, mean, .1, "the last one is the mean of the whole run")
	user := args["users"].(map[string]any)["Todo"].(map[string]any)
	requireKeys(t, "user", user, map[string]string{"host": aText0, "weight": anInt, "fixed_count": anInt, "tasks": aList})
}

// TestMethods checks every address with every method.
func TestMethods(t *testing.T) {
	get, post := "GET, HEAD, OPTIONS", "POST, OPTIONS"
	for path, allowed := range map[string]string{
		"/": get, "/stop": get, "/stats/reset": get, "/stats/requests": get, "/stats/requests/csv": get, "/stats/failures/csv": get,
		"/stats/requests_full_history/csv": get, "/exceptions": get, "/exceptions/csv": get, "/stats/report": get, "/tasks": get,
		"/logs": get, "/worker-count": get, "/login": get, "/assets/main.js": get, "/api/phases": get, "/swarm": post, "/user": post,
	} {
		_, s := running(t, time.Second)
		assert.Equal(t, 200, s.send("OPTIONS", path, "").code, path)
		assert.Equal(t, allowed, s.send("OPTIONS", path, "").header.Get("Allow"), path)
		for _, method := range []string{"PUT", "DELETE", "PATCH", map[string]string{get: "POST", post: "GET"}[allowed]} {
			assert.Equal(t, http.StatusMethodNotAllowed, s.send(method, path, "").code, "%s %s", method, path)
		}
		if allowed == get {
			want := s.send("HEAD", path, "").code
			assert.Contains(t, []int{200, 302, 404}, want, "HEAD %s", path)
			assert.EqualValues(t, report.Spawning, s.get("/stats/requests").object(t)["state"], "HEAD %s changes nothing", path)
			assert.Equal(t, want, s.get(path).code, path)
		}
	}
}

// TestHeadOfStream checks that no client waits for a stream that has no body.
func TestHeadOfStream(t *testing.T) {
	_, s := running(t, time.Second)
	assert.Equal(t, 200, s.send("HEAD", "/api/events", "").code)
}

func TestUnknownAddress(t *testing.T) {
	_, s := running(t, time.Second)
	for _, path := range []string{"/nothing", "/stats", "/assets/", "/assets/none.js", "/assets/index.html", "/assets/..%2fpage.go", "/api/"} {
		a := s.get(path)
		assert.Equal(t, http.StatusNotFound, a.code, path)
		assert.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"), path)
	}
	a := s.get("/login")
	assert.Equal(t, http.StatusFound, a.code, "there is no login page")
	assert.Equal(t, "./", a.header.Get("Location"))
}

func TestCORS(t *testing.T) {
	_, s := running(t, time.Second)
	for _, path := range []string{"/", "/stats/requests", "/stats/requests/csv", "/stats/failures/csv", "/exceptions", "/exceptions/csv", "/stats/report", "/tasks", "/logs", "/worker-count"} {
		assert.Equal(t, "*", s.get(path).header.Get("Access-Control-Allow-Origin"), path)
	}
	for _, path := range []string{"/api/timeline", "/api/operation", "/api/phases", "/api/effect", "/api/failures", "/api/runs", "/api/runs/1/report", "/api/runs/1/summary", "/api/runs/compare", "/api/summary"} {
		assert.Empty(t, s.get(path).header.Get("Access-Control-Allow-Origin"), path)
	}
	assert.Empty(t, s.get("/stats/reset").header.Get("Access-Control-Allow-Origin"), "no other site may read the answer to a change")
	preflight := s.send("OPTIONS", "/swarm", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	for name := range preflight.header {
		assert.NotContains(t, name, "Access-Control-Allow")
	}
}

func TestStopAndReset(t *testing.T) {
	load, s := running(t, 30*time.Second)
	before := s.get("/stats/requests").object(t)
	assert.NotEqual(t, json.Number("0"), before["stats"].([]any)[0].(map[string]any)["num_requests"])

	a := s.get("/stats/reset")
	assert.Equal(t, "ok", a.body)
	assert.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
	after := s.get("/stats/requests").object(t)
	rows := after["stats"].([]any)
	assert.Equal(t, json.Number("0"), rows[len(rows)-1].(map[string]any)["num_requests"], "zero at once")
	assert.EqualValues(t, report.Running, after["state"], "the run continues")
	load.Advance(5 * time.Second)

	a = s.get("/stop")
	assert.Equal(t, "{\n  \"message\": \"Test stopped\",\n  \"success\": true\n}\n", a.body)
	assert.EqualValues(t, report.Stopped, s.get("/stats/requests").object(t)["state"])
	assert.Equal(t, 200, s.get("/stop").code, "also when nothing runs")
}

// TestStopWaits checks that /stop answers when users are down, and that the
// state says cleanup until then.
func TestStopWaits(t *testing.T) {
	load, s := running(t, 5*time.Second)
	load.HoldStop = make(chan struct{})
	stopped := make(chan answer)
	go func() { stopped <- s.get("/stop") }()
	require.Eventually(t, func() bool { return load.State() == report.Cleanup }, time.Minute, time.Millisecond)
	assert.EqualValues(t, report.Cleanup, s.get("/stats/requests").object(t)["state"])
	select {
	case <-stopped:
		require.Fail(t, "/stop answered while users were up")
	default:
	}
	refused := s.post("/swarm", "user_count=1&spawn_rate=1").object(t)
	assert.Equal(t, false, refused["success"])
	close(load.HoldStop)
	assert.Equal(t, 200, (<-stopped).code)
	assert.EqualValues(t, report.Stopped, s.get("/stats/requests").object(t)["state"])
}
