package e2e

import (
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// trouble is a run that has one. The page's port is any free one.
type trouble struct {
	env   []string
	until string // the line of the log after which it is stopped; "": it ends by itself
	code  int
}

// troubles are the runs whose output has what docs/troubleshooting.md quotes, by
// section and entry.
func troubles(t *testing.T) map[string][]trouble {
	t.Helper()
	short := []string{"LOCUST_HEADLESS=true", "LOCUST_RUN_TIME=6", "LOCUST_USERS=5", "LOCUST_SPAWN_RATE=50", "LOAD_ALWAYS_ON=true", "LOAD_THINK=200ms"}
	brief := func(env ...string) []string { return append(env, short...) }
	const agent, text = "DD_AGENT_HOST=127.0.0.1", "LOAD_LOG_FORMAT=text"
	return map[string][]trouble{
		"Load Generator not starting/Check target URL": {
			{[]string{"LOCUST_HOST=todo-backend:8081"}, "", 2},
			{[]string{"LOCUST_HOST=http://todo-backend:80811"}, "", 2},
		},
		"Load Generator not starting/Check connectivity": {
			{brief("LOCUST_HOST=http://todo-backend:8081"), "", 1},
			{brief("LOCUST_HOST=http://127.0.0.1:" + freePort(t)), "", 1},
		},
		"Load Generator not starting/Check port": {{[]string{"LOCUST_WEB_PORT=" + taken(t)}, "", 1}},
		"Load Generator not starting/Check logs": {
			{[]string{"LOAD_BASELINE_USERS=ten"}, "", 2},
			{[]string{"LOAD_BASELIN_USERS=10", "LOCUST_AUTOSTART=false"}, "Waiting", 0},
		},
		"No traffic generated/Check users count": {
			{[]string{"LOCUST_USERS=0"}, "", 2},
			{[]string{`LOAD_BASELINE_TASK_WEIGHTS={"list_todo": 1}`}, "", 2},
		},
		"No traffic generated/Check autostart": {{[]string{"LOCUST_AUTOSTART=false"}, "Waiting", 0}},
		"No traffic generated/Check target":    {{[]string{"LOCUST_HOST=" + hung(t)}, "answered yet", 1}},
		"Workers not joining/Check address":    {{[]string{"LOCUST_MODE_WORKER=true", "LOCUST_MASTER_NODE_PORT=" + freePort(t)}, "retry 1/60", 0}},
		"Workers not joining/Check token":      {{[]string{"LOCUST_MODE_MASTER=true", "LOCUST_MASTER_BIND_HOST=*"}, "", 1}},
		"Tracing not working/Check Datadog Agent": {
			{brief(agent, text, "DD_TRACE_AGENT_PORT="+freePort(t), "LOAD_DATADOG_SAMPLE_RATE=1"), "", 0},
		},
		"Tracing not working/Check endpoint": {
			{brief("DD_AGENT_HOST=http://dd-agent:8126"), "", 0},
			{brief(agent, "DD_TRACE_AGENT_PORT=abc"), "", 0},
		},
		"Tracing not working/Check network":     {{brief("DD_AGENT_HOST=dd-agent", text), "", 0}},
		"High error rates/Check target service": {{brief("LOAD_BACKEND_ERROR_RATE=1"), "", 1}},
		"High error rates/Check load":           {{brief("LOCUST_HOST="+hung(t), "LOAD_TIMEOUT=1s"), "", 1}},
		"High error rates/Check network":        {{brief("LOCUST_HOST=" + closing(t)), "", 1}},
		"High error rates/Check logs":           {{brief("LOAD_BACKEND_ERROR_RATE=0.5"), "", 1}},
	}
}

// taken is a port that something listens on.
func taken(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(hung(t), "http://"))
	require.NoError(t, err)
	return port
}

// closing is a target that closes every connection instead of an answer.
func closing(t *testing.T) string {
	t.Helper()
	server := http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }() // ends when the server is closed
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

// quotes are the messages in docs/troubleshooting.md by section and entry; what a
// reader may type is not one.
func quotes(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/troubleshooting.md")
	require.NoError(t, err)
	found := make(map[string][]string)
	section, entry := "", ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		switch quote, indented := strings.CutPrefix(line, "    "); {
		case strings.HasPrefix(line, "## "):
			section, entry = line[len("## "):], ""
		case strings.HasPrefix(line, "### "):
			entry = line[len("### "):]
		case indented && entry != "" && !strings.HasPrefix(quote, "docker "):
			found[section+"/"+entry] = append(found[section+"/"+entry], quote)
		}
	}
	return found
}

// TestTroubleshooting gets into each trouble of docs/troubleshooting.md and finds
// what is quoted there in the output.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds programs")
	}
	all := quotes(t)
	for entry, runs := range troubles(t) {
		quoted := all[entry]
		delete(all, entry)
		require.NotEmpty(t, quoted, entry)
		t.Run(entry, func(t *testing.T) {
			t.Parallel()
			said := ""
			for _, r := range runs {
				said += r.says(t)
			}
			for _, quote := range quoted {
				pattern := strings.ReplaceAll(regexp.QuoteMeta(quote), "…", `.*`)
				assert.Regexp(t, pattern, said)
			}
		})
	}
	assert.Empty(t, all, "entries without a run")
}

// says runs the command and returns its output, with the document's ports in place
// of those of this run.
func (r trouble) says(t *testing.T) string {
	t.Helper()
	p := start(t, append([]string{"LOCUST_WEB_PORT=0"}, r.env...))
	if r.until != "" {
		p.waitFor(r.until)
		p.signal(syscall.SIGTERM)
	}
	assert.Equal(t, r.code, p.wait(), p.stderr.String())
	said := plain(t, p.stderr.String())
	for _, setting := range r.env {
		name, value, _ := strings.Cut(setting, "=")
		switch {
		case strings.HasPrefix(value, "http://127.0.0.1:"):
			said = strings.ReplaceAll(said, value, "http://127.0.0.1:8081")
		case name == "DD_TRACE_AGENT_PORT":
			said = strings.ReplaceAll(said, ":"+value, ":8126")
		case name == "LOCUST_WEB_PORT":
			said = strings.ReplaceAll(said, value, "8089")
		}
	}
	return said
}

// plain is a log with the messages alone of lines in JSON.
func plain(t *testing.T, log string) (text string) {
	t.Helper()
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "{") {
			line = decoded(t, line)["message"].(string) + "\n"
		}
		text += line
	}
	return text
}
