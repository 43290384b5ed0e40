package bus

import (
	"bufio"
	"fmt"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// debians starts nats-server of Debian's package with options, on a free port, and returns its address.
func debians(t *testing.T, options ...string) string {
	t.Helper()
	path, err := exec.LookPath("nats-server")
	if err != nil {
		t.Skip("nats-server is not installed (Debian: apt-get install nats-server)")
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"-a", "127.0.0.1", "-p", "-1"}, options...)...)
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	listening := regexp.MustCompile(`Listening for client connections on (\S+)`)
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			return m[1]
		}
	}
	t.Fatal("nats-server ended")
	return ""
}

// exchange asks a question and answers it over two connections.
func exchange(t *testing.T, target Target) {
	t.Helper()
	mine, w := dial(t, target, Options{}), dial(t, target, Options{ID: "w1"})
	_, err := mine.Subscribe(prefix+".join", func(m Message) { assert.NoError(t, m.Respond(append([]byte("welcome "), m.Data...))) })
	require.NoError(t, err)
	require.NoError(t, mine.Flush(t.Context()))
	answer, err := w.Request(t.Context(), prefix+".join", []byte("w1"))
	require.NoError(t, err)
	assert.Equal(t, "welcome w1", string(answer))
	_, err = w.Request(t.Context(), prefix+".clock", nil)
	assert.ErrorIs(t, err, ErrNoAnswer)
}

func TestAnExternalServer(t *testing.T) {
	user, token := debians(t, "--user", "load", "--pass", "s3cret"), debians(t, "--auth", "k3wlk3wl")
	for name, text := range map[string]string{
		"open":     "nats://" + debians(t),
		"user":     "nats://load:s3cret@" + user,
		"token":    "nats://k3wlk3wl@" + token,
		"failover": "nats://127.0.0.1:1,nats://load:s3cret@" + user,
	} {
		t.Run(name, func(t *testing.T) { exchange(t, join(t, text)) })
	}
	exchange(t, join(t, "nats://"+token).WithToken("k3wlk3wl"))
	for _, text := range []string{"nats://load:wr0ng@" + user, "nats://" + user, "nats://wr0ng@" + token} {
		_, err := Dial(t.Context(), join(t, text), Options{ID: "w1"})
		assert.ErrorIs(t, err, ErrDenied)
		assert.NotContains(t, err.Error(), "wr0ng")
	}
}

// cluster starts three servers that pass on each other's messages.
func cluster(t *testing.T) (all []*server.Server, urls string) {
	t.Helper()
	var routes []*url.URL
	var texts []string
	for i := range 3 {
		s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, ServerName: fmt.Sprintf("n%d", i),
			Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: -1}, Routes: routes})
		require.NoError(t, err)
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		require.True(t, s.ReadyForConnections(time.Minute))
		routes = append(routes, &url.URL{Scheme: "nats", Host: s.ClusterAddr().String()})
		texts = append(texts, "nats://"+s.Addr().String())
		all = append(all, s)
	}
	require.Eventually(t, func() bool {
		for _, s := range all {
			if s.NumRoutes() < 2 {
				return false
			}
		}
		return true
	}, time.Minute, 10*time.Millisecond)
	return all, strings.Join(texts, ",")
}

// Whichever server ends, those who were connected to it come back on another one, and no subscription is lost.
func TestAClusterLosesAServer(t *testing.T) {
	servers, urls := cluster(t)
	up := make(chan string, 10)
	subscriber := dial(t, join(t, urls), Options{Up: func() { up <- "subscriber" }})
	publisher := dial(t, join(t, urls), Options{ID: "w1", Up: func() { up <- "publisher" }})
	rows := make(chan string, 1000)
	_, err := subscriber.Subscribe(prefix+".w.>", func(m Message) { rows <- string(m.Data) })
	require.NoError(t, err)
	require.NoError(t, subscriber.Flush(t.Context()))
	arrives(t, publisher, rows, "before")

	lost := subscriber.present().nats.ConnectedServerName()
	returns := 1
	if publisher.present().nats.ConnectedServerName() == lost {
		returns = 2
	}
	for _, s := range servers {
		if s.Name() == lost {
			s.Shutdown()
		}
	}
	for range returns {
		select {
		case <-up:
		case <-time.After(time.Minute):
			t.Fatal("no connection came back")
		}
	}
	assert.NotEqual(t, lost, subscriber.present().nats.ConnectedServerName())
	arrives(t, publisher, rows, "after")
}

// arrives sends until it comes: the subscription is on its way through the cluster.
func arrives(t *testing.T, publisher *Conn, rows <-chan string, text string) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for end := time.After(time.Minute); ; {
		if err := publisher.Publish(prefix+".w.w1.row", []byte(text)); err != nil {
			require.ErrorIs(t, err, ErrDisconnected)
		}
		select {
		case got := <-rows:
			if got == text {
				return
			}
		case <-again.C:
		case <-end:
			t.Fatalf("%q does not arrive", text)
		}
	}
}
