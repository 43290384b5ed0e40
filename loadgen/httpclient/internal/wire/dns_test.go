package wire

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Response codes of DNS.
const (
	dnsSuccess     = 0
	dnsServerFails = 2
	dnsNoSuchName  = 3
	dnsSilence     = 255 // no code: answered with the next query
)

// nameServer is a DNS server on loopback that knows every name as its hosts
// there, as long as its code says success.
type nameServer struct {
	conn *net.UDPConn
	host []byte // last bytes of the addresses
	code atomic.Uint32
	done chan struct{}
}

func newNameServer(t *testing.T, host ...byte) *nameServer {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	s := &nameServer{conn: conn, host: host, done: make(chan struct{})}
	go s.serve()
	t.Cleanup(func() {
		conn.Close()
		<-s.done
	})
	return s
}

func (s *nameServer) serve() {
	defer close(s.done)
	var late []func()
	for {
		query := make([]byte, 1500)
		n, from, err := s.conn.ReadFromUDP(query)
		if err != nil {
			return
		}
		late = append(late, func() { s.conn.WriteToUDP(s.answer(query[:n]), from) })
		if s.code.Load() == dnsSilence {
			continue
		}
		for _, answer := range late {
			answer()
		}
		late = nil
	}
}

// answer keeps the header and the question and adds an address for type A.
func (s *nameServer) answer(query []byte) []byte {
	const header = 12
	end := header + bytes.IndexByte(query[header:], 0) + 5 // the name, its type and class
	a := append([]byte(nil), query[:end]...)
	a[2] |= 0x80 // an answer
	a[3] = 0x80 | byte(s.code.Load())
	a[10], a[11] = 0, 0 // no additional records
	if kind := a[end-3]; kind == 1 && s.code.Load() == dnsSuccess {
		a[7] = byte(len(s.host))
		for _, host := range s.host {
			a = append(a, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, host)
		}
	}
	return a
}

// resolver asks s whatever the system says.
func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", s.conn.LocalAddr().String())
	}}
}

func TestNamesThatFailThenWork(t *testing.T) {
	forBoth(t, testNamesThatFailThenWork)
}

func testNamesThatFailThenWork(t *testing.T, open func(*Sockets) Wire) {
	names := newNameServer(t, 1)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	s := NewSockets(Config{})
	defer s.Close()
	s.dialer.Resolver = names.resolver()
	w := open(s)

	for _, step := range []struct {
		code uint32
		want string
	}{{dnsServerFails, "dns: failed"}, {dnsNoSuchName, "dns: no such host"}, {dnsSuccess, ""}} {
		names.code.Store(step.code)
		err := w.Exchange(t.Context(), newMessage(http.MethodGet, "shop.example.:"+at.Port()))
		assert.Equal(t, step.want, reasonOf(err))
	}
}

func TestNamesThatGetNoAnswer(t *testing.T) {
	forBoth(t, func(t *testing.T, open func(*Sockets) Wire) {
		names := newNameServer(t)
		names.code.Store(dnsSilence)
		s := NewSockets(Config{})
		s.dialer.Resolver = names.resolver()
		m := newMessage(http.MethodGet, "shop.example.")
		m.Usual, m.Deadline = true, time.Now().Add(100*time.Millisecond)
		assert.Equal(t, "timeout", reasonOf(open(s).Exchange(t.Context(), m)))
		s.Close()
		names.code.Store(dnsNoSuchName) // so that nothing waits on
		_, err := names.resolver().LookupHost(t.Context(), "other.example.")
		assert.Error(t, err)
	})
}

// TestDeadAddresses before a living one cost time and no failure.
func TestDeadAddresses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	forBoth(t, func(t *testing.T, open func(*Sockets) Wire) {
		for last, want := range map[byte]string{1: "", 7: "connect: refused"} {
			names := newNameServer(t, 9, 8, last)
			s := NewSockets(Config{})
			s.dialer.Resolver = names.resolver()
			assert.Equal(t, want, reasonOf(open(s).Exchange(t.Context(), newMessage(http.MethodGet, "shop.example.:"+port))))
			s.Close()
		}
	})
}

// forBoth runs a test on each wire; open makes it of sockets.
func forBoth(t *testing.T, test func(t *testing.T, open func(*Sockets) Wire)) {
	t.Run("net/http", func(t *testing.T) { test(t, (*Sockets).NetHTTP) })
	t.Run("fast", func(t *testing.T) { test(t, (*Sockets).Fast) })
}
