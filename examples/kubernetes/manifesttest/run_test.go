package manifesttest_test

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

// The commands of the pods, with what the image and the ConfigMap set, make a run together:
// on this machine, where paths, ports and the target are others, and shorter.
func TestThePodsOfTheManifestsMakeARun(t *testing.T) {
	todo, mem := program(t), newTree(t)
	mem.edit(t, overlay+"/load.yaml", `"4"`, `"2"`)
	mem.edit(t, overlay+"/load.yaml", `LOCUST_USERS: "400"`, `LOCUST_USERS: "40"`)
	mem.edit(t, overlay+"/load.yaml", "LOCUST_RUN_TIME: 10m", "LOCUST_RUN_TIME: 3s")
	mem.edit(t, overlay+"/load.yaml", `LOCUST_AUTOQUIT: "10"`, `LOCUST_AUTOQUIT: "0"`)
	mem.edit(t, overlay+"/load.yaml", "p95 < 250ms", "p95 < 25s") // on a busy machine
	mem.edit(t, overlay+"/load.yaml", "http://todo-backend.shop.svc:8081", target(t, todo))
	c := mem.built(t)
	m := &machine{cluster: c, program: todo, port: freePort(t)}

	master := m.start(t, c.master(), nil)
	var workers []*process
	for i := range int(*c.jobs["lg-workers"].Spec.Completions) {
		workers = append(workers, m.start(t, c.worker(), map[string]string{"JOB_COMPLETION_INDEX": strconv.Itoa(i)}))
	}
	for _, p := range append(workers, master) {
		assert.NoError(t, p.Wait(), p.out.String())
		for _, secret := range secrets {
			for name, value := range secret {
				assert.False(t, value != "" && strings.Contains(p.out.String(), value), name)
			}
		}
	}
	for i := range workers {
		assert.Contains(t, master.out.String(), fmt.Sprintf("(index %d) reported as ready.", i))
	}
	for _, file := range []string{"summary.json", "report.html", "report.md"} {
		assert.FileExists(t, filepath.Join(master.folder, file))
	}
	summary, err := os.ReadFile(filepath.Join(master.folder, "summary.json"))
	require.NoError(t, err)
	assert.NotRegexp(t, `"requests": ?0\b`, string(summary))
	assert.Contains(t, string(summary), `"GET"`)
}

// machine is this one, in place of the nodes.
type machine struct {
	*cluster
	program string
	port    int
}

// process is a container that runs.
type process struct {
	*exec.Cmd
	out    bytes.Buffer
	folder string // at /out
}

// start runs the only container of a pod.
func (m *machine) start(t *testing.T, pod *corev1.PodTemplateSpec, more map[string]string) *process {
	t.Helper()
	p := &process{folder: t.TempDir()}
	local := strings.NewReplacer("/out/", p.folder+"/", "="+m.service.Name, "=localhost")
	var args []string
	for _, arg := range pod.Spec.Containers[0].Args {
		args = append(args, local.Replace(arg))
	}
	env := image(t)
	maps.Copy(env, m.environment(t, pod))
	maps.Copy(env, more)
	port := strconv.Itoa(m.port)
	maps.Copy(env, map[string]string{"LOCUST_MASTER_BIND_PORT": port, "LOCUST_MASTER_NODE_PORT": port, "LOCUST_WEB_PORT": "0"})
	p.Cmd = exec.Command(m.program, args...)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		p.Env = append(p.Env, name+"="+env[name])
	}
	p.Dir, p.Stdout, p.Stderr = p.folder, &p.out, &p.out
	require.NoError(t, p.Start())
	guard(t, p.Cmd)
	return p
}

// guard ends a process with the test, or after three minutes.
func guard(t *testing.T, cmd *exec.Cmd) {
	timer := time.AfterFunc(3*time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		timer.Stop()
		cmd.Process.Kill()
		cmd.Wait()
	})
}

// image is what the Dockerfile sets for every container. The page listens on loopback.
func image(t *testing.T) map[string]string {
	t.Helper()
	host := regexp.MustCompile(`LOCUST_HOST=(\S+)`).FindSubmatch(read(t, "Dockerfile"))
	require.NotNil(t, host)
	return map[string]string{"LOCUST_HOST": string(host[1]), "LOCUST_WEB_HOST": "127.0.0.1"}
}

// program builds the program of the image.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "todo")
	cmd := exec.Command("go", "build", "-o", path, "./examples/todo")
	cmd.Dir = "../../.."
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// target serves the to-do API in a process, and returns its address.
func target(t *testing.T, todo string) string {
	t.Helper()
	port := freePort(t)
	cmd := exec.Command(todo, "backend", "--port", strconv.Itoa(port))
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	guard(t, cmd)
	_, err = log.Read(make([]byte, 1)) // it says that it serves
	require.NoError(t, err)
	return "http://127.0.0.1:" + strconv.Itoa(port)
}

// freePort is a port of 127.0.0.1 on which nothing listens. Until the test ends a connection
// from it stays, so that only a listener that asks for it by its number gets it.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	far, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	near, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { far.Close(); near.Close() })
	require.NoError(t, l.Close())
	return l.Addr().(*net.TCPAddr).Port
}
