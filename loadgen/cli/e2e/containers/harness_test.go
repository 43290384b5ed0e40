//go:build containers

package containers

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

// patience is how long a container may take before a test gives up on it: on a busy machine one that has nearly no
// memory left takes long for what it still does.
const patience = 3 * time.Minute

// tag is that of the images and the names of this run of the tests, so that several
// may run at once.
var tag = "test-" + strconv.Itoa(os.Getpid())

// image is that of examples/todo.
var image = "load-generator:" + tag

const repository = "../../../.." // as seen from here

// TestMain builds the images by the Dockerfile as it is, on an image golang that is
// made of this machine's Go.
func TestMain(m *testing.M) { os.Exit(buildAndTest(m)) }

// buildAndTest builds the images, runs the tests and removes the images.
func buildAndTest(m *testing.M) int {
	defer func() {
		_ = exec.Command("docker", "image", "rm", "--force", image, "toxiproxy:"+tag, "golang:"+tag).Run()
		_ = exec.Command("docker", "image", "prune", "--force", "--filter", "label=golang="+tag).Run() // what was built on it
	}()
	for _, step := range [][]string{
		{".ci/golang-image", tag, "./examples/todo", "github.com/Shopify/toxiproxy/v2/cmd/server"},
		{"docker-compose", "--env-file", ".env.example", "--profile", "chaos", "build", "todo-backend", "toxiproxy"},
	} {
		cmd := exec.Command(step[0], step[1:]...)
		cmd.Dir, cmd.Env = repository, environment()
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", strings.Join(step, " "), err)
			return 1
		}
	}
	return m.Run()
}

// environment is that of docker-compose, without BuildKit, which the engine of the
// tests has no client for. A .env of the developer's gives way to --env-file.
func environment(more ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "GOFLAGS=" + os.Getenv("GOFLAGS"),
		"DOCKER_HOST=" + os.Getenv("DOCKER_HOST"), "DOCKER_BUILDKIT=0", "TAG=" + tag, "GO=" + tag, "PORT=0",
		"VERSION=v9.8.7", "COMMIT=0123456789ab"}
	return append(env, more...)
}

// docker runs a command of the engine and returns its output, blanks around it cut.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", args...).CombinedOutput()
	require.NoError(t, err, "docker %s: %s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

// container is one that the test has started.
type container struct {
	t    *testing.T
	name string
}

// run starts a container of the image with options of docker run, and the program's
// arguments after "--". The end of the test removes it.
func run(t *testing.T, words ...string) *container {
	t.Helper()
	c := &container{t, name()}
	options, args := words, []string(nil)
	for i, word := range words {
		if word == "--" {
			options, args = words[:i], words[i+1:]
			break
		}
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "--force", "--volumes", c.name).Run() }) // also one that does not start
	docker(t, append(append(append([]string{"run", "--detach", "--name", c.name}, options...), image), args...)...)
	return c
}

// name is new in each call.
func name() string { return fmt.Sprintf("lg-%s-%d", tag, names.Add(1)) }

// names counts the names given to containers and networks.
var names atomic.Int64

// wait waits for the end and returns the exit code.
func (c *container) wait() int {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", "wait", c.name).Output()
	require.NoError(c.t, err, "%s", c.log())
	code, err := strconv.Atoi(strings.TrimSpace(string(out)))
	require.NoError(c.t, err)
	return code
}

// log is what the container has written.
func (c *container) log() string {
	out, _ := exec.Command("docker", "logs", c.name).CombinedOutput()
	return string(out)
}

// says waits for a part of the log.
func (c *container) says(part string) {
	c.t.Helper()
	eventually(c.t, func() error {
		if log := c.log(); !strings.Contains(log, part) {
			return fmt.Errorf("no %q in:\n%s", part, log)
		}
		return nil
	})
}

// file is a file of the container, which may have ended.
func (c *container) file(path string) []byte {
	c.t.Helper()
	content, err := c.copy(path)
	require.NoError(c.t, err)
	return content
}

func (c *container) copy(path string) ([]byte, error) {
	out, err := exec.Command("docker", "cp", c.name+":"+path, "-").Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	archive := tar.NewReader(bytes.NewReader(out))
	if _, err := archive.Next(); err != nil {
		return nil, err
	}
	return io.ReadAll(archive)
}

// summary reads the summary in /out, once it is there.
func (c *container) summary() *report.Summary {
	c.t.Helper()
	var content []byte
	eventually(c.t, func() (err error) {
		content, err = c.copy("/out/summary.json")
		return err
	})
	sum, err := report.ReadSummary(bytes.NewReader(content))
	require.NoError(c.t, err)
	return sum
}

// state asks the engine for a field of the container's state.
func (c *container) state(field string) string {
	return docker(c.t, "inspect", "--format", "{{.State."+field+"}}", c.name)
}

// project is compose.yaml while it is up, under its own name.
type project struct {
	t   *testing.T
	env []string
	arg []string
}

// up starts services with variables, and with what stands in an override file.
func up(t *testing.T, env []string, override string, services ...string) *project {
	t.Helper()
	file := filepath.Join(t.TempDir(), "override.yaml")
	require.NoError(t, os.WriteFile(file, []byte(override), 0o600))
	p := &project{t: t, env: environment(env...), arg: []string{"--project-name", name(), "--env-file", ".env.example", "--profile", "chaos", "--profile", "cluster", "--file", "compose.yaml"}}
	if override != "" {
		p.arg = append(p.arg, "--file", file)
	}
	t.Cleanup(func() { _, _ = p.try("down", "--volumes", "--timeout", "1") })
	p.compose(append([]string{"up", "--detach", "--no-build"}, services...)...)
	return p
}

// try runs docker-compose. It must not end with the test, which cleans up by it.
func (p *project) try(words ...string) (string, error) {
	cmd := exec.Command("docker-compose", append(append([]string(nil), p.arg...), words...)...)
	cmd.Dir, cmd.Env = repository, p.env
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (p *project) compose(words ...string) string {
	p.t.Helper()
	out, err := p.try(words...)
	require.NoError(p.t, err, out)
	return out
}

// service is the container of a service.
func (p *project) service(name string) *container {
	p.t.Helper()
	return &container{p.t, p.compose("ps", "--quiet", name)}
}

// healthy waits until the engine has found a service healthy.
func (p *project) healthy(name string) *container {
	p.t.Helper()
	c := p.service(name)
	eventually(p.t, func() error {
		if s := c.state("Health.Status"); s != "healthy" {
			return fmt.Errorf("%s is %s", name, s)
		}
		return nil
	})
	return c
}

// ask sends a request to the page and returns status and body. The token is
// "secret"; a form makes it a POST.
func (p *project) ask(path string, form url.Values) (int, string) {
	p.t.Helper()
	status, body, err := request("http://"+p.compose("port", "load-generator", "8089")+path, form, "secret")
	require.NoError(p.t, err)
	return status, body
}

// request sends a form, or asks without one, and returns status and body.
func request(address string, form url.Values, token string) (int, string, error) {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

// stats is what pollers of Locust's API read.
type stats struct {
	State     string      `json:"state"`
	UserCount int         `json:"user_count"`
	FailRatio float64     `json:"fail_ratio"`
	Stats     []operation `json:"stats"`
}

// operation is a row of the page's statistics.
type operation struct {
	Name        string `json:"name"`
	NumRequests int    `json:"num_requests"`
	NumFailures int    `json:"num_failures"`
}

// total is the last row.
func (s stats) total() (row operation) {
	if len(s.Stats) > 0 {
		row = s.Stats[len(s.Stats)-1]
	}
	return row
}

// polls asks for /stats/requests until ok.
func (p *project) polls(what string, ok func(stats) bool) stats {
	p.t.Helper()
	var s stats
	eventually(p.t, func() error {
		status, body := p.ask("/stats/requests", nil)
		if status != http.StatusOK {
			return fmt.Errorf("status %d: %s", status, body)
		}
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			return err
		}
		if !ok(s) {
			return errors.New(what + ": " + body)
		}
		return nil
	})
	return s
}

// eventually calls check until it returns nil.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	var last error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if last = check(); last == nil {
			return
		}
	}
	assert.NoError(t, last)
	t.FailNow()
}

// busy are the options of a run that loads the target until it is stopped.
const busy = "--run-time=10m --headless --always-on --think=100ms -u 20 -r 20 --summary-file=/out/summary.json"

// target starts one and returns its network and the arguments of a program that
// loads it.
func target(t *testing.T) (network string, args []string) {
	t.Helper()
	network = name()
	docker(t, "network", "create", network)
	t.Cleanup(func() { _ = exec.Command("docker", "network", "rm", network).Run() })
	backend(t, network)
	return network, strings.Fields("--host=http://target:8081 " + busy)
}

// backend starts a target in a network.
func backend(t *testing.T, network string) *container {
	t.Helper()
	c := run(t, "--network", network, "--network-alias", "target", "--health-cmd=none", "--", "backend", "--host", "0.0.0.0")
	c.says("Serving the to-do API")
	return c
}
