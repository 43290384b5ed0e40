package loadtest_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outside is a load test of a target that a variable names, and plain a test of the same kind that Go may
// cache.
const (
	outside = `package outside

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/loadtest"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/scenario"
)

type user struct{ web *httpclient.Client }

func (u user) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "visit", Weight: 1, Do: func(ctx context.Context) error { return u.web.Get(ctx, "/").Err() }}}
}

func TestOutside(t *testing.T) {
	web, err := httpclient.New(httpclient.Config{Host: os.Getenv("TARGET")})
	if err != nil {
		t.Fatal(err)
	}
	defer web.Close()
	loadtest.Run(t, loadgen.Runner{
		NewUser: func(scenario.Env) (scenario.User, error) { return user{web.Session()}, nil },
		Pace: scenario.Between(10*time.Millisecond, 20*time.Millisecond), StopTimeout: time.Second,
		Schedule: phase.Schedule{{Name: "all", For: 3 * time.Second, Users: 1}},
	}, "failures = 0")
}
`
	plain = `package plain

import (
	"net/http"
	"os"
	"testing"
)

func TestPlain(t *testing.T) {
	resp, err := http.Get(os.Getenv("TARGET") + "/plain")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}
`
)

// TestALoadTestIsNeverCached runs go test twice: each time the target must see the load.
func TestALoadTestIsNeverCached(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	var visits, plains atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/plain" {
			plains.Add(1)
		} else {
			visits.Add(1)
		}
	}))
	defer server.Close()
	dir := consumer(t, map[string]string{"outside/outside_test.go": outside, "plain/plain_test.go": plain})
	for range 3 {
		before := visits.Load()
		out := goTest(t, dir, "TARGET="+server.URL)
		assert.Greater(t, visits.Load(), before, out)
		assert.NotRegexp(t, `/outside.*\(cached\)`, out)
	}
	assert.EqualValues(t, 1, plains.Load(), "go test caches the other one, or this shows nothing")
}

// consumer is a separate module that uses this one.
func consumer(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	here, err := filepath.Abs("../..")
	require.NoError(t, err)
	sums, err := os.ReadFile(filepath.Join(here, "go.sum"))
	require.NoError(t, err)
	files["go.sum"] = string(sums)
	files["go.mod"] = "module consumer\n\ngo 1.26.0\n\nrequire github.com/gensim/load-generator v0.0.0\n\nreplace github.com/gensim/load-generator => " + here + "\n"
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return dir
}

func goTest(t *testing.T, dir string, env ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "test", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(env, "GOFLAGS=-mod=mod", "GOWORK=off")...)
	out, err := cmd.CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	return string(out)
}
