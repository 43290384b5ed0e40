package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/outline"
	"github.com/gensim/load-generator/report/web"
)

// A script that sets more than there is to set hears so.
func TestFieldsThatChangeNothingAreNamed(t *testing.T) {
	_, s := desk(t, nil)
	for form, want := range map[string]any{
		"user_count=1&spawn_rate=1": nil,
		"user_count=1&spawn_rate=1&run_time=5&host=&profile=&shape_class=Default":             nil,
		"user_count=1&spawn_rate=1&profile=x&stop_timeout=3&user_classes=User&user_classes=B": []any{"profile", "stop_timeout", "user_classes"},
		"schedule=true&user_count=5": []any{"user_count"},
	} {
		answer := s.post("/swarm", form).object(t)
		assert.Equal(t, true, answer["success"], form)
		assert.Equal(t, want, answer["ignored"], form)
	}
}

func TestSwarm(t *testing.T) {
	tests := []struct {
		name, form string
		want       web.Order
		message    string
		runTime    any // in the answer; nil: not there
	}{
		{"plain", "user_count=10&spawn_rate=2", web.Order{Users: 10, SpawnRate: 2}, "Swarming started", nil},
		{"Python's numbers", "user_count=+1_000+&spawn_rate=1e2", web.Order{Users: 1000, SpawnRate: 100}, "Swarming started", nil},
		{"no users", "user_count=0&spawn_rate=0.5", web.Order{SpawnRate: .5}, "Swarming started", nil},
		{"run time in seconds", "user_count=1&spawn_rate=1&run_time=20", web.Order{Users: 1, SpawnRate: 1, RunTime: 20 * time.Second}, "Swarming started", "20"},
		{"run time in parts", "user_count=1&spawn_rate=1&run_time=3h30m10s", web.Order{Users: 1, SpawnRate: 1, RunTime: 12610 * time.Second}, "Swarming started", "12610"},
		{"empty run time", "user_count=1&spawn_rate=1&run_time=", web.Order{Users: 1, SpawnRate: 1}, "Swarming started", nil},
		{"the program's host", "user_count=1&spawn_rate=1&host=http://todo-backend:8081/", web.Order{Users: 1, SpawnRate: 1}, "Swarming started", nil},
		{"brackets in the host", "user_count=1&spawn_rate=1&host=<http://todo-backend:8081>", web.Order{Users: 1, SpawnRate: 1}, "Swarming started", nil},
		{"fields of Locust's form", "user_count=1&spawn_rate=1&user_classes=User&shape_class=Default&profile=x&stop_timeout=3", web.Order{Users: 1, SpawnRate: 1}, "Swarming started", nil},
		{"no schedule", "user_count=1&spawn_rate=1&schedule=false", web.Order{Users: 1, SpawnRate: 1}, "Swarming started", nil},
		{"stages", "stages=+2m:10,+5m:50&run_time=60", web.Order{Stages: "2m:10, 5m:50", RunTime: time.Minute}, "Swarming started", "60"},
		{"schedule", "schedule=true", web.Order{Planned: true}, "Swarming started using shape class 'Schedule'", nil},
		{"schedule as a shape", "user_count=1&spawn_rate=1&shape_class=Schedule", web.Order{Planned: true}, "Swarming started using shape class 'Schedule'", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, s := desk(t, nil)
			a := s.post("/swarm", tt.form)
			assert.Equal(t, 200, a.code)
			body := a.object(t)
			assert.Equal(t, true, body["success"], body)
			assert.Equal(t, tt.message, body["message"])
			assert.Equal(t, "http://todo-backend:8081", body["host"])
			if got := body["run_time"]; tt.runTime == nil {
				assert.Nil(t, got)
			} else {
				assert.Equal(t, json.Number(tt.runTime.(string)), got)
			}
			assert.Equal(t, []web.Order{tt.want}, o.list)
		})
	}
}

func TestSwarmRefuses(t *testing.T) {
	const missing = "Missing user_count or spawn_rate from /swarm request"
	const runTime = "Valid run_time formats are : 20, 20s, 3m, 2h, 1h20m, 3h30m10s, etc."
	tests := []struct {
		form           string
		code           int
		field, message string // the beginning of it
	}{
		{"", 200, "user_count", missing},
		{"spawn_rate=1", 200, "user_count", missing},
		{"user_count=&spawn_rate=1", 200, "user_count", missing},
		{"user_count=1", 200, "spawn_rate", missing},
		{"user_count=1&spawn_rate=", 200, "spawn_rate", missing},
		{"user_count=1&spawn_rate=0", 200, "spawn_rate", missing},
		{"user_count=-5&spawn_rate=1", 400, "user_count", `user_count: "-5" is not accepted; give a whole number from 0 to 100000`},
		{"user_count=10.5&spawn_rate=1", 400, "user_count", `user_count: "10.5"`},
		{"user_count=ten&spawn_rate=1", 400, "user_count", `user_count: "ten"`},
		{"user_count=1__0&spawn_rate=1", 400, "user_count", `user_count: "1__0"`},
		{"user_count=100001&spawn_rate=1", 400, "user_count", `user_count: "100001"`},
		{"user_count=99999999999999999999&spawn_rate=1", 400, "user_count", `user_count: "999`},
		{"user_count=1&spawn_rate=-1", 400, "spawn_rate", `spawn_rate: "-1" is not accepted; give users per second above 0`},
		{"user_count=1&spawn_rate=nan", 400, "spawn_rate", `spawn_rate: "nan"`},
		{"user_count=1&spawn_rate=inf", 400, "spawn_rate", `spawn_rate: "inf"`},
		{"user_count=1&spawn_rate=1e300", 400, "spawn_rate", `spawn_rate: "1e300"`},
		{"user_count=1&spawn_rate=fast", 400, "spawn_rate", `spawn_rate: "fast"`},
		{"user_count=1&spawn_rate=1&run_time=1.5h", 200, "run_time", runTime},
		{"user_count=1&spawn_rate=1&run_time=5m30", 200, "run_time", runTime},
		{"user_count=1&spawn_rate=1&run_time=30m1h", 200, "run_time", runTime},
		{"user_count=1&spawn_rate=1&run_time=-5", 200, "run_time", runTime},
		{"user_count=1&spawn_rate=1&run_time=+5", 200, "run_time", runTime},
		{"user_count=1&spawn_rate=1&run_time=1d", 200, "run_time", runTime},
		{"user_count=1&spawn_rate=1&run_time=99999999999999999999h", 200, "run_time", runTime},
		{"user_count=1&stages=2m:10", 400, "stages", "stages: user_count or spawn_rate gives a level as well; want one of them"},
		{"stages=2m:10&run_time=1.5h", 200, "run_time", runTime},
		{"user_count=1&spawn_rate=1&host=http://elsewhere", 400, "host", "host: the target is set by the program"},
		{"user_count=1&spawn_rate=1&shape_class=a%0Ab%1B[31m%ff", 400, "shape_class", "shape_class: \"a?b?[31m?\" is unknown"},
		{"user_count=1&spawn_rate=1&shape_class=Spike", 400, "shape_class", `shape_class: "Spike" is unknown`},
		{"user_count=1&spawn_rate=1&schedule=yes", 400, "schedule", `schedule: "yes" is not accepted; true and false are`},
	}
	for _, tt := range tests {
		t.Run(tt.form, func(t *testing.T) {
			o, s := desk(t, nil)
			a := s.post("/swarm", tt.form)
			assert.Equal(t, tt.code, a.code)
			body := a.object(t)
			assert.Equal(t, false, body["success"])
			assert.Equal(t, tt.field, body["field"])
			assert.Equal(t, "http://todo-backend:8081", body["host"])
			assert.Truef(t, strings.HasPrefix(body["message"].(string), tt.message), "%s", body["message"])
			assert.Empty(t, o.list, "nothing was started")
		})
	}
}

// The program reads stages; what it says of them stands at their field.
func TestSwarmStages(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	s := serve(t, load, web.Options{Control: load})
	a := s.post("/swarm", "stages=nonsense")
	assert.Equal(t, 400, a.code)
	body := a.object(t)
	assert.Equal(t, []any{false, "stages", "stages: want SPAN:LEVEL, such as 2m:10"}, []any{body["success"], body["field"], body["message"]})
	assert.Equal(t, true, s.post("/swarm", "stages=2m:10").object(t)["success"])
}

// Kinds of users are chosen as Locust's user classes are.
func TestSwarmKinds(t *testing.T) {
	o, s := desk(t, func(x *web.Options) { x.Kinds, x.ClassPicker = []string{"buyer", "browser"}, true })
	a := s.post("/swarm", "user_count=1&spawn_rate=1&user_classes=browser").object(t)
	assert.Equal(t, []any{true, []any{"browser"}}, []any{a["success"], a["user_classes"]})
	a = s.post("/swarm", "user_count=1&spawn_rate=1").object(t)
	assert.Equal(t, []any{"buyer", "browser"}, a["user_classes"])
	assert.Equal(t, []web.Order{{Users: 1, SpawnRate: 1, Kinds: []string{"browser"}}, {Users: 1, SpawnRate: 1}}, o.list)
	for _, classes := range []string{"seller", "buyer&user_classes=buyer"} {
		a = s.post("/swarm", "user_count=1&spawn_rate=1&user_classes="+classes).object(t)
		assert.Equal(t, []any{false, "user_classes"}, []any{a["success"], a["field"]})
		assert.Contains(t, a["message"], "give each of these at most once: buyer, browser")
	}
	o, s = desk(t, func(x *web.Options) { x.Kinds = []string{"buyer", "browser"} }) // without a picker, as in Locust
	a = s.post("/swarm", "user_count=1&spawn_rate=1&user_classes=seller").object(t)
	assert.Equal(t, []any{true, []any{"user_classes"}}, []any{a["success"], a["ignored"]})
	assert.Equal(t, []web.Order{{Users: 1, SpawnRate: 1}}, o.list)
}

func TestSwarmHost(t *testing.T) {
	o, s := desk(t, func(x *web.Options) { x.AllowHost = true })
	assert.Equal(t, 200, s.post("/swarm", "user_count=1&spawn_rate=1&host=http://elsewhere:1").code)
	assert.Equal(t, []web.Order{{Users: 1, SpawnRate: 1, Host: "http://elsewhere:1"}}, o.list)
	for _, host := range []string{"elsewhere", "ftp://elsewhere", "http://", "http://:80", "http://x:0", "http://x:99999", "http://x?y", "http://x/#y", "javascript:alert(1)", "http://%zz"} {
		a := s.post("/swarm", "user_count=1&spawn_rate=1&host="+url.QueryEscape(host))
		assert.Equal(t, 400, a.code, host)
		assert.Equal(t, "host", a.object(t)["field"], host)
	}
}

func TestSwarmWithoutSchedule(t *testing.T) {
	o, s := desk(t, func(x *web.Options) { x.Schedule = nil })
	a := s.post("/swarm", "schedule=true&user_count=1&spawn_rate=1")
	assert.Equal(t, 400, a.code)
	assert.Equal(t, "schedule", a.object(t)["field"])
	assert.Empty(t, o.list)
}

func TestSwarmBodies(t *testing.T) {
	o, s := desk(t, nil)
	a := s.send("POST", "/swarm", `{"user_count": 5, "spawn_rate": 1.5, "run_time": "1m", "user_classes": ["User"], "host": null}`, "Content-Type", "application/json")
	assert.Equal(t, 200, a.code, a.body)
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	require.NoError(t, parts.WriteField("user_count", "6"))
	require.NoError(t, parts.WriteField("spawn_rate", "3"))
	require.NoError(t, parts.Close())
	a = s.send("POST", "/swarm", form.String(), "Content-Type", parts.FormDataContentType())
	assert.Equal(t, 200, a.code, a.body)
	assert.Equal(t, []web.Order{{Users: 5, SpawnRate: 1.5, RunTime: time.Minute}, {Users: 6, SpawnRate: 3}}, o.list)

	for name, x := range map[string]struct{ kind, body, field string }{
		"no JSON":      {"application/json", "user_count=1", "body"},
		"a list":       {"application/json", "[]", "body"},
		"two objects":  {"application/json", `{"user_count": 1, "spawn_rate": 1} {}`, "body"},
		"an object":    {"application/json", `{"user_count": {}}`, "user_count"},
		"no boundary":  {"multipart/form-data", "--x", "body"},
		"wrong escape": {"application/x-www-form-urlencoded", "user_count=%zz", "body"},
	} {
		a := s.send("POST", "/swarm", x.body, "Content-Type", x.kind)
		assert.Equal(t, 400, a.code, name)
		assert.Equal(t, x.field, a.object(t)["field"], name)
		assert.NotContains(t, a.body, "interface {}", name)
	}
	a = s.post("/swarm", "user_count=1&spawn_rate=1&profile="+strings.Repeat("x", 100_000))
	assert.Equal(t, 413, a.code)
	assert.Len(t, o.list, 2)
}

// TestTwoStarts sends many starts at once: one starts, the others adjust.
func TestTwoStarts(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	s := serve(t, load, web.Options{Control: load})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { assert.Equal(t, 200, s.post("/swarm", "user_count=7&spawn_rate=7").code) })
	}
	all.Wait()
	assert.Equal(t, 1, load.Run().Number)
	assert.Len(t, load.Run().Changes, 19)
}

func TestReadOnly(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	require.NoError(t, load.Start(web.Order{Users: 1, SpawnRate: 1}))
	load.Advance(3 * time.Second)
	s := serve(t, load, web.Options{})
	for path, method := range map[string]string{"/swarm": "POST", "/stop": "GET", "/stats/reset": "GET", "/user": "POST"} {
		a := s.send(method, path, "user_count=1&spawn_rate=1", "Content-Type", "application/x-www-form-urlencoded")
		assert.Equal(t, 403, a.code, path)
		assert.Equal(t, false, a.object(t)["success"], path)
	}
	assert.Equal(t, report.Running, load.State())
	assert.Equal(t, 1, load.Run().Number)
	assert.Equal(t, 200, s.get("/stats/requests").code)
	assert.Contains(t, s.get("/").body, `"control":false`)
}

func TestUser(t *testing.T) {
	_, s := desk(t, func(x *web.Options) { x.UserClass = "Todo" })
	send := func(kind, body string) int { return s.send("POST", "/user", body, "Content-Type", kind).code }
	assert.Equal(t, 201, send("application/json", `{"user_class_name": "Todo"}`))
	assert.Equal(t, 400, send("application/json", `{"user_class_name": "Todo", "weight": 2}`), "what cannot be done is not pretended")
	assert.Equal(t, 400, send("application/json", `{"user_class_name": "Other"}`))
	assert.Equal(t, 400, send("application/json", `{}`))
	assert.Equal(t, 400, send("application/json", `[`))
	assert.Equal(t, 415, send("text/plain", `{"user_class_name": "Todo"}`))
}

// kindOrders is a Control that changes kinds of users.
type kindOrders struct {
	orders
	set []string
}

func (o *kindOrders) SetKind(object []byte) error {
	if strings.Contains(string(object), "wait_time") {
		return errors.New("no such attribute")
	}
	o.set = append(o.set, string(object))
	return nil
}

func (o *kindOrders) Kinds() []outline.Class {
	return []outline.Class{{Name: "buyer", Weight: 2.5}, {Name: "browser", Count: 3}}
}

// What a request sets of a kind reaches the program, and its refusal the client.
func TestUserChangesKinds(t *testing.T) {
	o := &kindOrders{}
	_, s := desk(t, func(x *web.Options) { x.Control, x.Kinds = o, []string{"buyer", "browser"} })
	send := func(body string) answer { return s.send("POST", "/user", body, "Content-Type", "application/json") }
	assert.Equal(t, 201, send(`{"user_class_name": "buyer", "weight": 3}`).code)
	assert.Equal(t, []string{`{"user_class_name": "buyer", "weight": 3}`}, o.set)
	a := send(`{"user_class_name": "buyer", "wait_time": 3}`)
	assert.Equal(t, 400, a.code)
	assert.Equal(t, "no such attribute", a.object(t)["message"])
	a = send(`{"user_class_name": "owner", "weight": 3}`)
	assert.Equal(t, 400, a.code)
	assert.Equal(t, "user_class_name: the classes are buyer, browser.", a.object(t)["message"])
	assert.Len(t, o.set, 1)
	assert.Contains(t, s.send("GET", "/", "").body, `"mix":[{"name":"buyer","weight":2.5,"count":0},{"name":"browser","weight":0,"count":3}]`)
	_, s = desk(t, nil)
	assert.Contains(t, s.send("GET", "/", "").body, `"mix":[]`)
}

// desk returns a site whose orders are written down.
func desk(t *testing.T, change func(*web.Options)) (*orders, *site) {
	t.Helper()
	o := &orders{}
	options := web.Options{Control: o, Host: "http://todo-backend:8081", Schedule: fake.Schedule(), MaxUsers: 100_000}
	if change != nil {
		change(&options)
	}
	return o, serve(t, fake.New(fake.Todo(), nil), options)
}
