package machines

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/todo"
)

var (
	program string // the path of examples/todo once it is built
	missing string // why there are no namespaces; "": there are
)

// TestMain builds the program if this machine can do the tests at all.
func TestMain(m *testing.M) {
	if flag.Parse(); testing.Short() {
		missing = "builds programs"
		os.Exit(m.Run())
	}
	sweep()
	if missing = lacks(); missing != "" {
		os.Exit(m.Run())
	}
	os.Exit(todotest.Main(m, &program, 8))
}

// prefix begins the names of all namespaces of these tests, before the number of their process.
const prefix = "lg-e2e-"

// lacks says what keeps this machine from having namespaces on a bridge.
func lacks() string {
	if os.Geteuid() != 0 {
		return "needs root, for network namespaces"
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return "needs ip (Debian: apt-get install iproute2)"
	}
	name := fmt.Sprintf("%s%d-try", prefix, os.Getpid())
	defer func() { _ = exec.Command("ip", "netns", "del", name).Run() }()
	for _, args := range [][]string{{"netns", "add", name}, {"-n", name, "link", "add", "lan", "type", "bridge"}} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Sprintf("this machine forbids namespaces: ip %s: %s", strings.Join(args, " "), bytes.TrimSpace(out))
		}
	}
	return ""
}

// sweep removes what tests have left that were killed.
func sweep() {
	names, _ := filepath.Glob("/run/netns/" + prefix + "*")
	for _, name := range names {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(name), prefix), "-")
		if pid, err := strconv.Atoi(owner); err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = exec.Command("ip", "netns", "del", filepath.Base(name)).Run()
		}
	}
}

// Addresses of the machines of a network, which no other network sees.
const (
	masterIP = "10.0.0.1"
	targetIP = "10.0.0.2"
	relayIP  = "10.0.0.3"
	port     = "5557"
	token    = "sesame-open-1234"
)

// workerIP is the address of a worker.
func workerIP(i int) string { return fmt.Sprintf("10.0.0.%d", 11+i) }

// lan is a bridge with machines on it.
type lan struct {
	t      *testing.T
	name   string
	target *target
}

// lans counts the networks, so that each has a name.
var (
	lansMu sync.Mutex
	lans   int
)

// network makes a network of a master, a target and workers. The end of the test removes it.
func network(t *testing.T, workers int) *lan {
	t.Helper()
	if missing != "" {
		t.Skip(missing)
	}
	lansMu.Lock()
	lans++
	n := &lan{t: t, name: fmt.Sprintf("%s%d-%d", prefix, os.Getpid(), lans)}
	lansMu.Unlock()
	n.add("lan")
	n.ip("lan", "link", "add", "lan", "type", "bridge")
	n.ip("lan", "link", "set", "lan", "up")
	n.machine("master", masterIP)
	n.machine("target", targetIP)
	for i := range workers {
		n.machine(worker(i), workerIP(i))
	}
	n.target = serve(t, n.space("target"))
	return n
}

// worker is the machine of a worker.
func worker(i int) string { return fmt.Sprintf("worker%d", i) }

// space is the namespace of a machine, or of the bridge.
func (n *lan) space(machine string) string { return n.name + "-" + machine }

// add makes a namespace.
func (n *lan) add(machine string) {
	n.t.Helper()
	n.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", n.space(machine)).Run() })
	out, err := exec.Command("ip", "netns", "add", n.space(machine)).CombinedOutput()
	require.NoError(n.t, err, "%s", out)
}

// machine puts a machine on the bridge.
func (n *lan) machine(name, address string) {
	n.t.Helper()
	n.add(name)
	n.ip("lan", "link", "add", "to-"+name, "type", "veth", "peer", "name", "eth0", "netns", n.space(name))
	n.ip("lan", "link", "set", "to-"+name, "master", "lan", "up")
	n.ip(name, "link", "set", "lo", "up")
	n.ip(name, "address", "add", address+"/24", "dev", "eth0")
	n.ip(name, "link", "set", "eth0", "up")
}

// ip runs a command of iproute2 in a namespace.
func (n *lan) ip(machine string, args ...string) {
	n.t.Helper()
	out, err := exec.Command("ip", append([]string{"-n", n.space(machine)}, args...)...).CombinedOutput()
	require.NoError(n.t, err, "ip %s: %s", strings.Join(args, " "), out)
}

// unplug takes a machine off the bridge. heal puts it back.
func (n *lan) unplug(machine string) (heal func()) {
	n.t.Helper()
	n.ip("lan", "link", "set", "to-"+machine, "down")
	return func() { n.t.Helper(); n.ip("lan", "link", "set", "to-"+machine, "up") }
}

// deafen drops what comes to a machine from an address, while what it sends arrives. heal ends it.
func (n *lan) deafen(machine, from string) (heal func()) {
	n.t.Helper()
	n.nft(machine, fmt.Sprintf("table ip deaf {\nchain in {\ntype filter hook input priority 0; policy accept;\nip saddr %s drop\n}\n}\n", from))
	return func() { n.t.Helper(); n.nft(machine, "delete table ip deaf\n") }
}

// part keeps a worker and the master from each other; both still reach the target.
func (n *lan) part(i int) (heal func()) {
	n.t.Helper()
	one, other := n.deafen(worker(i), masterIP), n.deafen("master", workerIP(i))
	return func() { n.t.Helper(); one(); other() }
}

// nft runs a script of nftables on a machine; without it the test is skipped.
func (n *lan) nft(machine, script string) {
	n.t.Helper()
	if _, err := exec.LookPath("nft"); err != nil {
		n.t.Skip("needs nft (Debian: apt-get install nftables)")
	}
	cmd := exec.Command("ip", "netns", "exec", n.space(machine), "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	require.NoError(n.t, err, "%s", out)
}

// target is the backend of the demonstration in a namespace. It counts the requests that reach it, by
// the machine that they come from, and notes when users begin: with a health check.
type target struct {
	mu     sync.Mutex
	count  map[string]int64
	begins map[string][]time.Time
}

// serve starts a target in a namespace.
func serve(t *testing.T, space string) *target {
	t.Helper()
	s := &target{count: make(map[string]int64), begins: make(map[string][]time.Time)}
	backend, err := todo.NewBackend(todo.BackendConfig{})
	require.NoError(t, err)
	listener, err := listenIn(space, targetIP+":80")
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		from, _, _ := net.SplitHostPort(r.RemoteAddr)
		s.mu.Lock()
		s.count[from]++
		if r.URL.Path == "/health" {
			s.begins[from] = append(s.begins[from], now)
		}
		s.mu.Unlock()
		backend.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

// from is how many requests a machine has sent so far; "": all.
func (s *target) from(address string) (sum int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from, n := range s.count {
		if address == "" || from == address {
			sum += n
		}
	}
	return sum
}

// began is when the users of a machine began.
func (s *target) began(address string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.begins[address])
}

// listenIn listens in a namespace, to which the socket belongs from then on.
func listenIn(space, address string) (l net.Listener, err error) {
	within(space, &err, func() { l, err = net.Listen("tcp", address) })
	return l, err
}

// within does something in a namespace, on a thread that ends with it, unless err says why it cannot.
func within(space string, err *error, do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		file, failed := os.Open("/run/netns/" + space)
		if failed == nil {
			defer file.Close()
			failed = unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
		}
		if *err = failed; failed == nil {
			do()
		}
	}()
	<-done
}

// relay is a machine between a worker and the master, which it stands for: what comes from the worker takes there, what it
// gets takes back.
func (n *lan) relay(there, back time.Duration) (address string) {
	n.t.Helper()
	n.machine("relay", relayIP)
	l, err := listenIn(n.space("relay"), relayIP+":"+port)
	require.NoError(n.t, err)
	n.t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			var far net.Conn
			if within(n.space("relay"), &err, func() { far, err = net.Dial("tcp", masterIP+":"+port) }); err != nil {
				_ = near.Close()
				continue
			}
			go carry(far, near, there)
			go carry(near, far, back)
		}
	}()
	return relayIP
}

// carry passes on what comes, each piece a while later, until one end is closed.
func carry(to, from net.Conn, late time.Duration) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	pieces := make(chan piece, 1000)
	go func() {
		defer close(pieces)
		for {
			b := make([]byte, 32<<10)
			n, err := from.Read(b)
			pieces <- piece{b[:n], time.Now().Add(late)}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		<-time.After(time.Until(p.due))
		_, _ = to.Write(p.bytes) // where that is closed, so is the other end soon
	}
	_ = to.Close()
}

// process is a program on a machine. It sees no variables but those of the test, and
// no configuration files.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stderr todotest.Output
}

// start starts the program on a machine.
func (n *lan) start(machine string, env []string, args ...string) *process {
	n.t.Helper()
	return n.launch(machine, env, append([]string{program}, args...)...)
}

// launch starts a command on a machine.
func (n *lan) launch(machine string, env []string, command ...string) *process {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), todotest.Patience)
	n.t.Cleanup(cancel)
	p := &process{t: n.t, cmd: exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", n.space(machine)}, command...)...)}
	p.cmd.Dir = n.t.TempDir()
	p.cmd.Env = append([]string{"HOME=" + p.cmd.Dir, "PATH=" + os.Getenv("PATH")}, env...)
	p.cmd.Stderr = &p.stderr
	require.NoError(n.t, p.cmd.Start())
	n.t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() }) // one that a failed test has not waited for
	return p
}

// secret are the variables of all who know the token.
var secret = []string{"LOAD_CLUSTER_TOKEN=" + token}

// lead starts a master for a short load, and returns it with the join string that it logs.
func (n *lan) lead(workers int, args ...string) (p *process, file, join string) {
	n.t.Helper()
	file = filepath.Join(n.t.TempDir(), "sum.json")
	p = n.start("master", secret, append([]string{"--master", "--master-bind-host", masterIP, "--headless", "--host", "http://" + targetIP,
		"--expect-workers", strconv.Itoa(workers), "-u", "12", "-r", "50", "--always-on", "--think", "200ms", "--summary-file", file}, args...)...)
	line := p.waitFor("Waiting for workers at " + masterIP)
	found := regexp.MustCompile(`--master-host '([^']+)'`).FindStringSubmatch(line)
	require.NotNil(n.t, found, line)
	return p, file, found[1]
}

// work starts a worker on its machine. around is a command that starts it; none: it is started as it is.
func (n *lan) work(i int, join string, around ...string) *process {
	n.t.Helper()
	return n.launch(worker(i), secret, append(around, program, "--worker", "--master-host", join, "--worker-index", strconv.Itoa(i))...)
}

// wait waits for the end and returns the exit code.
func (p *process) wait() int {
	_ = p.cmd.Wait() // the code says it all
	return p.cmd.ProcessState.ExitCode()
}

// waitFor returns the first line of standard error that holds part.
func (p *process) waitFor(part string) string {
	p.t.Helper()
	return p.stderr.WaitFor(p.t, part)
}

// balanced checks that the figures of a run agree with each other, and with what the target has seen.
func (n *lan) balanced(sum *report.Summary) {
	n.t.Helper()
	n.agrees(sum, n.target.from(""))
}

// agrees checks that the figures of a run agree with each other, and with how many requests the target has seen.
func (n *lan) agrees(sum *report.Summary, seen int64) {
	t := n.t
	t.Helper()
	c, parts := sum.Total.Counters, int64(0)
	assert.Positive(t, sum.Total.Requests)
	assert.Equal(t, c.Planned, c.Started+c.Missed+c.Dropped+c.Lost)
	assert.Equal(t, c.Started, c.Finished+c.Unfinished)
	assert.Equal(t, c.Sent, sum.Total.Requests+c.CutOff+c.InFlight)
	for i, w := range sum.Workers {
		assert.Equal(t, i, w.Index)
		assert.Positive(t, w.Requests, w.ID)
		parts += w.Requests
		t.Logf("%s: %d requests, clock %+.3f ms (known to %.3f ms), start %+.3f ms late", w.ID, w.Requests, w.ClockMS, w.ClockBoundMS, w.StartSkewMS)
	}
	assert.Equal(t, sum.Total.Requests, parts)
	assert.LessOrEqual(t, sum.Total.Requests, seen, "requests that the target has seen")
	assert.LessOrEqual(t, seen, sum.Total.Requests+c.CutOff+int64(sum.Phases[0].Users), "with %d that were cut off, of which it need not have seen all, and what users begin at the end itself, which is in no figure", c.CutOff)
}
