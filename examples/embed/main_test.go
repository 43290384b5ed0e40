package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
)

// The page shows a run that the server starts, and lists it when it is over.
func TestThePageInAServerOfItsUser(t *testing.T) {
	target := httptest.NewServer(http.NotFoundHandler())
	defer target.Close()
	client, err := httpclient.New(httpclient.Config{Host: target.URL})
	require.NoError(t, err)
	defer client.Close()
	controller := runs(client)
	defer controller.Close()
	all, err := server(controller)
	require.NoError(t, err)
	ask := func(method, path string) (int, string) {
		answer := httptest.NewRecorder()
		all.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
		return answer.Code, answer.Body.String()
	}
	code, text := ask("GET", "/load/")
	assert.Equal(t, 200, code)
	assert.Contains(t, text, "<title>Ten users</title>")
	code, _ = ask("POST", "/start")
	assert.Equal(t, 200, code)
	_, text = ask("GET", "/load/tasks")
	assert.Contains(t, text, "list")
	_, text = ask("GET", "/load/api/runs")
	assert.Contains(t, text, `"runs":[]`)
	controller.Stop()
	_, text = ask("GET", "/load/api/runs")
	assert.Equal(t, 1, strings.Count(text, `"run":1,`), text)
	code, _ = ask("GET", "/load/api/runs/1/report")
	assert.Equal(t, 200, code)

	for form, want := range map[string]string{"user_count=3&spawn_rate=30": `"success":true`, "stages=1m:5": "this program has none"} {
		answer, start := httptest.NewRecorder(), httptest.NewRequest("POST", "/load/swarm", strings.NewReader(form))
		start.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		all.ServeHTTP(answer, start)
		assert.Contains(t, strings.ReplaceAll(answer.Body.String(), `": `, `":`), want)
	}
	assert.Equal(t, "by hand", controller.Run().Phases[0].Name, "the page starts runs")
	code, _ = ask("GET", "/load/stop")
	assert.Equal(t, 200, code)
	assert.Equal(t, report.Stopped, controller.State(), "and stops them")
}
