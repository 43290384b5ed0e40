package httpclient_test

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
)

// openFiles counts those of this process.
func openFiles(t *testing.T) int {
	files, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(files)
}

// dropping is the address of a listener whose queue is full, so that the system
// drops every packet, as a firewall does.
func dropping(t *testing.T) string {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for d, n := soon, 0; n < 100; n++ {
		conn, err := net.DialTimeout("tcp", address, d)
		switch {
		case err == nil:
			t.Cleanup(func() { conn.Close() })
		case d > soon:
			return "http://" + address
		default:
			d = 8 * soon // the first time it may have been the machine
		}
	}
	require.Fail(t, "the queue has no end")
	return ""
}

// TestDialsThatHang leave nothing behind: goleak looks when the tests are over,
// long before the system gives up.
func TestDialsThatHang(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testDialsThatHang)
}

func testDialsThatHang(t *testing.T, newClient maker) {
	web := newClient(t, dropping(t), httpclient.Config{})
	for _, own := range []time.Duration{soon, 0} { // the second one is under way when the client is closed
		if own == 0 {
			time.AfterFunc(soon, web.Close)
		}
		err := web.Get(t.Context(), "/", httpclient.Timeout(own)).Err()
		assert.EqualError(t, err, map[bool]string{true: "GET /: client closed", false: "GET /: timeout"}[own == 0])
	}
}

// TestFaultsLeaveNoConnection: what broke is closed at once, not when the client
// is. Targets and clients are in this process, so each connection is two files.
func TestFaultsLeaveNoConnection(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many sockets")
	}
	onEachWire(t, testFaultsLeaveNoConnection)
}

func testFaultsLeaveNoConnection(t *testing.T, newClient maker) {
	for _, f := range faults() {
		if strings.HasPrefix(f.want, "http ") || strings.HasPrefix(f.want, "redirect: ") { // after those the connection is good
			continue
		}
		target := f.target(t)
		for _, own := range []bool{false, true} {
			f.config.PerUserConns = own
			web := newClient(t, target, f.config)
			before := openFiles(t)
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() { assert.Error(t, web.Get(t.Context(), "/").Err(), f.name) })
			}
			all.Wait()
			assert.Eventually(t, func() bool { return openFiles(t) <= before }, time.Minute, time.Millisecond,
				"%s, own %v: the targets close theirs a moment later", f.name, own)
		}
	}
}
