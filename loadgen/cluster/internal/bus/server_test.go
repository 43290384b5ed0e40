package bus

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestAServerRefusesToBeOpen(t *testing.T) {
	for _, c := range []struct {
		config Config
		why    string
	}{
		{Config{Prefix: prefix, Listen: "*:0"}, "anyone who reaches *:0 could join as a worker: give a token, or a CA for the certificates of workers, or listen on 127.0.0.1"},
		{Config{Prefix: prefix, Listen: "0.0.0.0:0"}, "anyone who reaches 0.0.0.0:0"},
		{Config{Prefix: prefix, Listen: "[::]:0"}, "anyone who reaches [::]:0"},
		{Config{Prefix: prefix, Listen: "no host:0"}, "the bus cannot listen on no host:0: no host does not resolve: lookup no host"},
		{Config{Prefix: prefix, Listen: "127.0.0.1"}, `"127.0.0.1" is not host:port`},
		{Config{Prefix: prefix, Listen: "127.0.0.1:x"}, `"x" is not a port`},
		{Config{Prefix: "a b"}, `"a b" cannot be the prefix`},
		{Config{Prefix: "a.>"}, `"a.>" cannot be the prefix`},
		{Config{Prefix: prefix, Token: "a#b"}, "a token is of printable ASCII characters"},
		{Config{Prefix: prefix, Listen: "127.0.0.1:0", Files: Files{CA: "ca.pem"}}, "needs a certificate and its key"},
		{Config{Prefix: prefix, Listen: "127.0.0.1:0", Files: Files{Cert: "none.pem", Key: "none.pem"}}, "no such file"},
	} {
		s, err := Serve(c.config)
		if assert.Error(t, err, "%+v", c.config) {
			assert.Contains(t, err.Error(), c.why)
		}
		assert.Nil(t, s)
	}
}

func TestABusyPortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, err = Serve(Config{Prefix: prefix, Listen: l.Addr().String()})
	assert.EqualError(t, err, "the bus cannot listen on "+l.Addr().String()+": another program does")
}

func TestJoinNamesWhatAWorkerNeeds(t *testing.T) {
	open := serve(t, Config{Listen: "localhost:0"})
	_, port, err := net.SplitHostPort(open.Addr())
	require.NoError(t, err)
	assert.NotEqual(t, "0", port)
	assert.Equal(t, "localhost:"+port, open.Join(""))
	assert.Empty(t, serve(t, Config{}).Addr())

	shared := serve(t, Config{Listen: "127.0.0.1:0", Token: "k3wl"})
	assert.Equal(t, shared.Addr()+"#k3wl", shared.Join(""))

	wide := serve(t, Config{Listen: "*:0", Token: "k3wl"})
	_, port, err = net.SplitHostPort(wide.Addr())
	require.NoError(t, err)
	assert.Regexp(t, `^coordinator\.example:`+port+`#k3wl#[0-9a-f]{64}$`, wide.Join("coordinator.example"))
	c := dial(t, join(t, wide.Join("127.0.0.1")), Options{ID: "w1"})
	assert.True(t, c.Connected())
}

func TestNothingIsLeft(t *testing.T) {
	before := goleak.IgnoreCurrent()
	for _, c := range []Config{{Listen: "127.0.0.1:0"}, {Listen: "*:0", Token: "k3wl"}} {
		c.Prefix = prefix
		s, err := Serve(c)
		require.NoError(t, err)
		w, err := Dial(t.Context(), join(t, s.Join("127.0.0.1")), Options{ID: "w1"})
		require.NoError(t, err)
		_, err = w.Subscribe(prefix+".all.>", func(Message) {})
		require.NoError(t, err)
		require.NoError(t, w.Flush(t.Context()))
		late, err := Dial(t.Context(), s.Target(), Options{})
		require.NoError(t, err)
		w.Close()
		s.Close()
		late.Close() // while it reconnects
		s.Close()
		assert.ErrorIs(t, late.Publish(prefix+".all.cmd", nil), ErrDisconnected)
	}
	var left error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); { // goleak itself waits for less than a second
		if left = goleak.Find(before); left == nil {
			break
		}
	}
	assert.NoError(t, left)
}
