package bus

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/internal/porttest"
)

func TestAFailedDialSaysWhy(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	dead := porttest.Refusing(t)
	s := serve(t, Config{Listen: "127.0.0.1:0", Token: "k3wl"})
	for name, c := range map[string]struct {
		target string
		kind   error
		text   string // @ is the address
	}{
		"nothing there":    {dead, ErrUnreachable, "nothing listens at @"},
		"no such name":     {"coordinator.invalid:5557", ErrUnreachable, `the name "coordinator.invalid" of the master is not known`},
		"several, none up": {"nats://" + dead + ",nats://" + dead, ErrUnreachable, "nothing listens at "},
		"a page":           {web.Listener.Addr().String(), ErrNotBus, "@ is an HTTP server, not a master of this program"},
		"Locust":           {answering(t, "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f"), ErrNotBus, "@ is a master of Locust in Python (ZeroMQ), not a master of this program"},
		"mail":             {answering(t, "220 mail.example ESMTP\r\n"), ErrNotBus, `@ is a server of another protocol (it says "220 mail.example"), not a master of this program`},
		"an old server":    {answering(t, `INFO {"server_id":"x","version":"1.4.1","proto":1,"max_payload":1048576}`+"\r\nPONG\r\n"), ErrTooOld, "@ is a NATS server of version 1.4.1, and 2.2 or later is needed"},
		"a narrow server":  {answering(t, `INFO {"server_id":"x","version":"2.10.0","proto":1,"headers":true,"max_payload":65536}`+"\r\nPONG\r\n"), ErrTooNarrow, "@ takes messages of at most 65536 bytes, and 1048576 are needed"},
		"a wrong token":    {s.Addr() + "#guess", ErrDenied, "@ refuses this worker: the token or the password is not the right one"},
		"no token":         {s.Addr(), ErrDenied, "@ refuses this worker: the token or the password is not the right one, as none was given"},
		"no credentials":   {"nats://" + s.Addr() + "?creds=/none.creds", ErrDenied, "the credentials of the bus: open /none.creds"},
		"no TLS":           {s.Addr() + "#k3wl#" + strings.Repeat("0", 64), ErrCertificate, "@ does not speak TLS, which the address or the join string asks for"},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name == "a page" {
				t.Skip("waits for five seconds")
			}
			t.Parallel()
			target, o := join(t, c.target), Options{ID: "w1"}
			conn, err := Dial(t.Context(), target, o)
			if c.kind != ErrUnreachable && errors.Is(err, ErrUnreachable) {
				conn, err = insist(t, target, o) // it answers too late for a busy machine
			}
			assert.Nil(t, conn)
			require.ErrorIs(t, err, c.kind)
			address, _, _ := strings.Cut(c.target, "#")
			assert.Contains(t, err.Error(), strings.ReplaceAll(c.text, "@", address))
			assert.NotContains(t, err.Error(), "\n")
			assert.NotContains(t, err.Error(), "guess")
		})
	}
}

func TestASilentServerTakesFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, Config{})
		began := time.Now()
		_, err := Dial(t.Context(), s.WorkerTarget(), Options{ID: "w1", Wrap: func(c net.Conn) net.Conn {
			_ = c.Close()
			silent, _ := net.Pipe()
			return silent
		}})
		assert.ErrorIs(t, err, ErrUnreachable)
		assert.ErrorContains(t, err, "this process accepts connections, but does not answer")
		assert.Equal(t, patience, time.Since(began))
	})
}

func TestDialEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, Config{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := Dial(ctx, s.WorkerTarget(), Options{ID: "w1", Wrap: func(c net.Conn) net.Conn {
			_ = c.Close()
			silent, _ := net.Pipe()
			return silent
		}})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(began))
		_, err = Dial(ctx, s.WorkerTarget(), Options{ID: "w1"})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// authority signs certificates, and writes them where Files can name them.
type authority struct {
	folder string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &authority{t.TempDir(), &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}, key}
	a.write(t, "ca.pem", a.cert, key)
	return a
}

func (a *authority) ca() string { return filepath.Join(a.folder, "ca.pem") }

func (a *authority) write(t *testing.T, name string, c *x509.Certificate, key *ecdsa.PrivateKey) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), a.key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	require.NoError(t, os.WriteFile(filepath.Join(a.folder, name), text, 0o600))
}

// files are a certificate of a host that ends then, and its key; the CA is that of the other end.
func (a *authority) files(t *testing.T, name, host string, end time.Time) Files {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: end, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	}
	a.write(t, name, c, key)
	path := filepath.Join(a.folder, name)
	return Files{Cert: path, Key: path, CA: a.ca()}
}

func TestBothEndsProveThemselves(t *testing.T) {
	ours, theirs, later := newAuthority(t), newAuthority(t), time.Now().Add(time.Hour)
	server := ours.files(t, "server", "127.0.0.1", later)
	worker := ours.files(t, "worker", "w1", later)
	mutual := Config{Listen: "127.0.0.1:0", Files: server}
	oneWay := Config{Listen: "127.0.0.1:0", Token: "k3wl", Files: Files{Cert: server.Cert, Key: server.Key}}
	with := func(change func(*Files)) Config {
		c := mutual
		change(&c.Files)
		return c
	}
	for name, c := range map[string]struct {
		config Config
		files  Files
		why    string // empty: it connects
	}{
		"mutual":                        {mutual, worker, ""},
		"one way and token":             {oneWay, Files{CA: ours.ca()}, ""},
		"a worker without certificate":  {mutual, Files{CA: ours.ca()}, "@ does not accept the certificate of this worker, or misses one"},
		"a worker of another authority": {mutual, func() Files { f := theirs.files(t, "x", "w1", later); f.CA = ours.ca(); return f }(), "@ does not accept the certificate of this worker, or misses one"},
		"a worker that expired":         {mutual, ours.files(t, "old worker", "w1", time.Now().Add(-time.Hour)), "@ does not accept the certificate of this worker, or misses one: " + filepath.Join(ours.folder, "old worker") + " was valid until "},
		"a server that expired":         {with(func(f *Files) { *f = ours.files(t, "old", "127.0.0.1", time.Now().Add(-time.Hour)) }), worker, "the certificate of @ has expired or is not valid yet by this machine's clock"},
		"a server of another authority": {with(func(f *Files) {
			f.Cert, f.Key = theirs.files(t, "y", "127.0.0.1", later).Cert, filepath.Join(theirs.folder, "y")
		}), worker, "the certificate of @ is not trusted here: give the token of the master"},
		"a server of another name": {with(func(f *Files) { *f = ours.files(t, "z", "10.0.0.1", later) }), worker, "the certificate of @ is for another name: give the token of the master, the join string that it logs, or a name in the certificate"},
		"no CA here":               {oneWay, Files{}, "the certificate of @ is not trusted here: give the token of the master"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.config)
			conn, err := insist(t, join(t, s.Join("")).WithFiles(c.files), Options{ID: "w1"})
			if c.why == "" {
				require.NoError(t, err)
				conn.Close()
				return
			}
			assert.Nil(t, conn)
			require.ErrorIs(t, err, ErrCertificate, "%v", err)
			assert.Contains(t, err.Error(), strings.ReplaceAll(c.why, "@", s.Addr()))
		})
	}
	var log bytes.Buffer
	expired := Config{Listen: "127.0.0.1:0", Files: ours.files(t, "gone", "127.0.0.1", time.Now().Add(-time.Hour)), Log: slog.New(slog.NewTextHandler(&log, nil))}
	serve(t, expired)
	assert.Contains(t, log.String(), "workers refuse the certificate of the master: "+expired.Files.Cert+" was valid until ")
	_, err := Dial(t.Context(), join(t, "127.0.0.1:1").WithFiles(Files{CA: server.Key + ".none"}), Options{})
	assert.ErrorContains(t, err, "CA: ")
}

func TestTheJoinStringNamesTheCertificate(t *testing.T) {
	s, other := serve(t, Config{Listen: "*:0", Token: "k3wl"}), serve(t, Config{Listen: "*:0", Token: "an0ther"})
	target := join(t, s.Join("localhost"))
	assert.True(t, dial(t, target, Options{ID: "w1"}).Connected(), "neither name nor authority matter")
	target.pin = other.pin
	_, err := insist(t, target, Options{ID: "w1"})
	assert.ErrorIs(t, err, ErrCertificate)
	assert.ErrorContains(t, err, "is not the one that the join string names: another one answers there, or it has another token now")
	target.pin = ""
	assert.True(t, dial(t, target, Options{ID: "w1"}).Connected(), "the token vouches for it")
	target.ours = false // as of another NATS server
	_, err = insist(t, target, Options{ID: "w1"})
	assert.ErrorIs(t, err, ErrCertificate)
}

// answering is a server that says something to each client, and then waits for its end.
func answering(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = c.Write([]byte(text))
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
	return l.Addr().String()
}
