package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// orderBook takes down what is ordered.
type orderBook struct {
	*fake.Load
	last *web.Order
}

// Start implements web.Control.
func (o *orderBook) Start(x web.Order) error {
	o.last = &x
	return nil
}

// requireMeant reads a form anew, with other parsers: it says what was ordered.
func requireMeant(t *testing.T, kind, body string, order *web.Order) {
	form, err := url.ParseQuery(body)
	if kind != "application/x-www-form-urlencoded" || err != nil || order.Planned {
		return
	}
	number := func(field string) string { return strings.ReplaceAll(strings.TrimSpace(form.Get(field)), "_", "") }
	users, err := strconv.Atoi(number("user_count"))
	require.NoError(t, err, body)
	require.Equal(t, users, order.Users, body)
	rate, err := strconv.ParseFloat(number("spawn_rate"), 64)
	require.NoError(t, err, body)
	require.Equal(t, rate, order.SpawnRate, body)
	if span := form.Get("run_time"); span != "" {
		if strings.Trim(span, "0123456789") == "" {
			span += "s"
		}
		want, err := time.ParseDuration(span)
		require.NoError(t, err, body)
		require.Equal(t, want, order.RunTime, body)
	}
}

// FuzzForm sends any body, of any kind, to the addresses that read one: the
// answer is JSON, and what is ordered is within its limits.
func FuzzForm(f *testing.F) {
	const form, object, parts = "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"
	f.Add("/swarm", form, "user_count=10&spawn_rate=2.5&run_time=1h20m&host=http%3A%2F%2Flocalhost%3A8081")
	f.Add("/swarm", form, "user_count=1_000&spawn_rate=1e-300&run_time=9223372036s")
	f.Add("/swarm", form, "schedule=true&shape_class=Schedule")
	f.Add("/swarm", form, "user_count=%zz;&spawn_rate=NaN&user_count=-1")
	f.Add("/swarm", object, `{"user_count": 5, "spawn_rate": 1.5, "run_time": "1m", "user_classes": ["User"], "host": null}`)
	f.Add("/swarm", object, `{"user_count": 1e3, "spawn_rate": [1], "x": {}}`)
	f.Add("/swarm", parts, "--b\r\nContent-Disposition: form-data; name=\"user_count\"\r\n\r\n5\r\n--b--\r\n")
	f.Add("/user", object, `{"user_class_name": "User", "tasks": ["list"]}`)
	f.Add("/api/timeline?from=-1", "", "")
	f.Fuzz(func(t *testing.T, path, kind, body string) {
		address, query, _ := strings.Cut(path, "?")
		method := http.MethodPost
		switch address {
		case "/swarm", "/user":
		case "/api/timeline", "/stats/report":
			method = http.MethodGet
		default:
			return
		}
		o := &orderBook{Load: fake.New(fake.Todo(), fake.Schedule())}
		h, err := web.New(o, web.Options{Control: o, Schedule: fake.Schedule(), AllowHost: true, MaxUsers: 1000, UserClass: "User", Host: "http://todo"})
		require.NoError(t, err)
		defer h.Close()
		r := httptest.NewRequest(method, address, strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Less(t, w.Code, 500)
		if method == http.MethodGet {
			return
		}
		var answer struct {
			Success *bool
			Message string
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer), "%s", w.Body)
		if o.last == nil {
			require.NotContains(t, answer.Message, "\n")
			require.True(t, address == "/user" || answer.Success != nil && !*answer.Success && answer.Message != "", "%s", w.Body)
			return
		}
		requireMeant(t, kind, body, o.last)
		require.Equal(t, http.StatusOK, w.Code)
		require.True(t, o.last.Users >= 0 && o.last.Users <= 1000, "%+v", o.last)
		require.True(t, o.last.Planned || o.last.SpawnRate > 0 && o.last.SpawnRate <= 1e6, "%+v", o.last)
		require.True(t, o.last.RunTime >= 0 && o.last.RunTime%time.Second == 0, "%+v", o.last)
		require.True(t, o.last.Host == "" || strings.HasPrefix(strings.ToLower(o.last.Host), "http"), "%+v", o.last)
	})
}
