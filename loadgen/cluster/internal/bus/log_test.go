package bus

import (
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAStrangerIsNamedOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("opens sockets")
	}
	for name, greeting := range map[string]string{
		"a worker of Locust": "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f",
		"a browser":          "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"a proxy":            "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n",
	} {
		for kind, c := range map[string]Config{"in plain text": {Listen: "127.0.0.1:0"}, "by TLS": {Listen: "*:0", Token: "k3wl"}} {
			t.Run(name+" "+kind, func(t *testing.T) {
				log := newRecord()
				c.Log = log.logger()
				s := serve(t, c)
				_, port, err := net.SplitHostPort(s.Addr())
				require.NoError(t, err)
				for range 3 {
					knock(t, net.JoinHostPort("127.0.0.1", port), greeting)
				}
				s.Close() // no one is at the door any longer
				text := log.String()
				assert.Equal(t, 1, strings.Count(text, "\n"), text)
				assert.Contains(t, text, `msg="Bus: a client was turned away: it does not speak NATS as the workers of this program do; a worker of Locust (ZeroMQ) cannot join" from=127.0.0.1:`)
			})
		}
	}
}

// knock says something, and waits until it is turned away.
func knock(t *testing.T, address, greeting string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(c, greeting)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, c)
	var late net.Error
	if assert.False(t, err != nil && assert.ErrorAs(t, err, &late) && late.Timeout(), "it is turned away") {
		return
	}
}

func TestTheSameIsLoggedAgainAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := newRecord()
		w := &watchman{log: log.logger()}
		for range 3 {
			w.warn("10.0.0.1:1000", "a")
			w.warn("10.0.0.1:1001", "a")
			w.warn("10.0.0.1:1001", "b")
			w.warn("10.0.0.2:1001", "a")
		}
		assert.Equal(t, 3, strings.Count(log.String(), "\n"))
		time.Sleep(again)
		w.warn("10.0.0.1:1002", "a")
		assert.Equal(t, 4, strings.Count(log.String(), "\n"))
		for i := range 5000 {
			w.warn(net.IPv4(10, 1, byte(i>>8), byte(i)).String(), "a")
		}
		assert.LessOrEqual(t, len(w.said), 1001)
		new(watchman).warn("10.0.0.1", "goes nowhere")
	})
}

// A worker that reads nothing is cut off, and the coordinator's log names it.
func TestASlowWorkerIsNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("opens sockets")
	}
	log := newRecord()
	s := serve(t, Config{Listen: "127.0.0.1:0", Log: log.logger()})
	mine := dial(t, s.Target(), Options{})
	w, err := net.Dial("tcp", s.Addr())
	require.NoError(t, err)
	defer w.Close()
	subscribed := make(chan struct{})
	_, err = mine.Subscribe(prefix+".join", func(Message) { close(subscribed) })
	require.NoError(t, err)
	require.NoError(t, mine.Flush(t.Context()))
	_, err = io.WriteString(w, `CONNECT {"name":"w1","protocol":1}`+"\r\nSUB "+prefix+".all.> 1\r\nPUB "+prefix+".join 0\r\n\r\n")
	require.NoError(t, err)
	<-subscribed
	for i := 0; i < 1000 && !strings.Contains(log.String(), "Slow"); i++ {
		require.NoError(t, mine.Publish(prefix+".all.cmd", make([]byte, 1<<20)))
		require.NoError(t, mine.Flush(t.Context()))
	}
	assert.Contains(t, log.String(), `msg="Bus: \"w1\": Slow Consumer Detected`)
}
