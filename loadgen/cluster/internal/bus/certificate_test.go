package bus

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheTokenVouchesForTheServer: beyond loopback a worker that has the token needs no fingerprint and no CA, and one that has
// another learns so before it shows it.
func TestTheTokenVouchesForTheServer(t *testing.T) {
	s, err := Serve(Config{Listen: "0.0.0.0:0", Prefix: "lg1.x", Token: "sesame-open-4711"})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Addr())
	require.NoError(t, err)
	for token, says := range map[string]string{"sesame-open-4711": "", "sesame-shut-4711": "the token or the password is not the right one"} {
		target, err := ParseJoin("127.0.0.1:"+port, 5557)
		require.NoError(t, err)
		c, err := insist(t, target.WithToken(token), Options{ID: "w0"})
		if says == "" {
			require.NoError(t, err)
			c.Close()
			continue
		}
		require.ErrorIs(t, err, ErrCertificate)
		assert.ErrorContains(t, err, says)
		assert.NotContains(t, err.Error(), token)
	}
	assert.True(t, keyOf("a").Equal(keyOf("a")))
	assert.False(t, keyOf("a").Equal(keyOf("b")))
}

// A token does not leave this machine in the clear for one that answers in the place of our server.
func TestATokenLeavesThisMachineByTLSAlone(t *testing.T) {
	for text, want := range map[string]bool{
		"192.0.2.1:5557#k3wl": true, "192.0.2.1": false, "127.0.0.1:5557#k3wl": false, "[::1]:1#k3wl": false,
		"nats://worker:k3wl@192.0.2.1": false, "tls://192.0.2.1": true,
	} {
		target, err := ParseJoin(text, 5557)
		require.NoError(t, err)
		known := false
		if target.key != nil {
			target.key = func() ed25519.PublicKey { known = true; return nil }
		}
		n := nats.GetDefaultOptions()
		require.NoError(t, (&dialer{target: target}).secure(&n))
		assert.Equal(t, want, n.Secure, text)
		assert.Equal(t, want && target.key != nil, known, "the time for TLS has to suffice for TLS")
	}
}

// TestTLSThatTakesTooLong may pass by itself, so a worker tries again.
func TestTLSThatTakesTooLong(t *testing.T) {
	err := unwelcome("h:1", []byte("INFO"), fmt.Errorf("%w: %w", nats.ErrTLS, os.ErrDeadlineExceeded))
	assert.ErrorIs(t, err, ErrUnreachable)
	assert.EqualError(t, err, "TLS with h:1 takes too long")
	assert.ErrorIs(t, unwelcome("h:1", []byte("INFO"), fmt.Errorf("%w: %w", nats.ErrTLS, errors.New("no"))), ErrCertificate)
}

// TestAServerThatIsStartedAgainIsKnown by the join string that it had before.
func TestAServerThatIsStartedAgainIsKnown(t *testing.T) {
	_, pin, err := Files{}.serving("token")
	require.NoError(t, err)
	_, again, err := Files{}.serving("token")
	require.NoError(t, err)
	_, other, err := Files{}.serving("another")
	require.NoError(t, err)
	assert.Equal(t, pin, again)
	assert.NotEqual(t, pin, other)
}
