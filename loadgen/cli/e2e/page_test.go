package e2e

import (
	"encoding/csv"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
)

func TestASessionOnThePage(t *testing.T) {
	t.Parallel()
	s := visit(t, nil, "--autostart=false")
	s.until("ready", 0)
	_, _, page := s.ask("GET", "/")
	assert.Contains(t, page, "window.templateArgs")
	assert.Contains(t, page, `"available_user_tasks":{"TodoUser":["list_todos","create_todo","update_todo","complete_todo","delete_todo"]}`)

	assert.Equal(t, "Swarming started", s.swarm("user_count", "3", "spawn_rate", "50")["message"])
	s.until("running", 3)
	s.requests()
	s.swarm("user_count", "6", "spawn_rate", "50")
	s.until("running", 6)
	tasks := s.get("/tasks")["total"].(map[string]any)["TodoUser"].(map[string]any)
	assert.InDelta(t, 0.4, tasks["tasks"].(map[string]any)["list_todos"].(map[string]any)["ratio"], 1e-9)
	_, _, body := s.ask("GET", "/stats/reset")
	assert.Equal(t, "ok", body)
	s.requests()
	assert.Equal(t, map[string]any{"success": true, "message": "Test stopped"}, s.get("/stop"))
	s.until("stopped", 0)

	s.swarm("user_count", "2", "spawn_rate", "50", "run_time", "6s")
	s.waitFor("(2 total users)")
	s.until("stopped", 0)
	s.signal(syscall.SIGTERM)
	assert.Zero(t, s.wait(), s.stderr.String())
	todotest.InOrder(t, s.stderr.String(), "Ramping to 3 users at a rate of 50.00 per second", "Ramping to 6 users", "Test stopped",
		"Response time percentiles", "Run time limit set to 6 seconds", "--run-time limit reached, stopping test", "Phase manual", "Got SIGTERM signal", "Shutting down (exit code 0)")
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	s := visit(t, nil, "-u", "3")
	s.requests()
	for path, kind := range map[string]string{
		"/": "text/html", "/stats/requests": "application/json", "/exceptions": "application/json", "/tasks": "application/json",
		"/logs": "application/json", "/worker-count": "application/json", "/stats/requests/csv": "text/csv", "/stats/failures/csv": "text/csv",
		"/exceptions/csv": "text/csv", "/stats/report?theme=dark": "text/html", "/api/summary": "application/json",
	} {
		code, header, _ := s.ask("GET", path)
		assert.Equal(t, 200, code, path)
		assert.True(t, strings.HasPrefix(header.Get("Content-Type"), kind), "%s: %s", path, header.Get("Content-Type"))
		code, _, body := s.ask("HEAD", path)
		assert.Equal(t, 200, code, path)
		assert.Empty(t, body, path)
	}
	for request, want := range map[string]int{
		"GET /swarm": 405, "POST /stop": 405, "GET /nowhere": 404, "GET /stats/requests_full_history/csv": 404, "GET /login": 200,
	} {
		method, path, _ := strings.Cut(request, " ")
		code, _, _ := s.ask(method, path)
		assert.Equal(t, want, code, request)
	}
	_, header, _ := s.ask("GET", "/stats/requests")
	assert.Equal(t, "*", header.Get("Access-Control-Allow-Origin"))
	lines := s.get("/logs")["master"].([]any)
	assert.Contains(t, lines[0], "INFO/todo: No host given: started the embedded to-do backend")
	s.signal(os.Interrupt)
	assert.Zero(t, s.wait(), s.stderr.String())
}

// TestSIGTERM is what docker stop sends: users go, tables, files and exit code
// come.
func TestSIGTERM(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"page": {"--web-port=0"}, "headless": {"--headless"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "summary.json")
			p := start(t, nil, append(args, "-u", "5", "-r", "50", "--always-on", "--think", "50ms", "--csv", filepath.Join(dir, "run"), "--csv-full-history",
				"--html", filepath.Join(dir, "{u}_{r}_{t}.html"), "--summary-file", file)...)
			p.waitFor("All users spawned")
			recorded(t, file, worked)
			p.signal(syscall.SIGTERM)
			assert.Zero(t, p.wait(), p.stderr.String())
			todotest.InOrder(t, p.stderr.String(), "Got SIGTERM signal", "Phase intervention", "failures/s", "Response time percentiles (approximated)", "Shutting down (exit code 0)")
			complete(t, dir)
		})
	}
}

// complete checks that all files of a run are there and agree.
func complete(t *testing.T, dir string) {
	t.Helper()
	sum := todotest.Summary(t, filepath.Join(dir, "summary.json"))
	require.Positive(t, sum.Total.Requests)
	requests, failures := strconv.FormatInt(sum.Total.Requests, 10), strconv.FormatInt(sum.Total.Failures, 10)
	stats := sheet(t, filepath.Join(dir, "run_stats.csv"))
	assert.Equal(t, []string{"", "Aggregated", requests, failures}, stats[len(stats)-1][:4])
	history := sheet(t, filepath.Join(dir, "run_stats_history.csv"))
	last := history[len(history)-1]
	assert.Equal(t, []string{"", "Aggregated"}, last[2:4])
	assert.Equal(t, []string{requests, failures}, last[17:19], "the final row is complete")
	sheet(t, filepath.Join(dir, "run_failures.csv"))
	sheet(t, filepath.Join(dir, "run_exceptions.csv"))
	page, err := os.ReadFile(filepath.Join(dir, "5_50_0.html"))
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(strings.TrimSpace(string(page)), "</html>"))
	left, err := filepath.Glob(filepath.Join(dir, "*.part"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func sheet(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.NotEmpty(t, rows, path)
	return rows
}

func TestPageOnABusyPort(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	for source, p := range map[string]*process{
		`--web-port="` + port + `"`:      run(t, nil, "-u", "1", "--web-port", port),
		`LOCUST_WEB_PORT="` + port + `"`: run(t, []string{"LOCUST_WEB_PORT=" + port}),
	} {
		assert.Equal(t, 1, p.code())
		assert.Equal(t, "todo: "+source+": port "+port+" is busy; accepted: a free port, 0 for any, or --headless\n", p.stderr.String())
		assert.Empty(t, p.stdout.String())
	}
}
