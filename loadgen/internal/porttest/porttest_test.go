package porttest

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func refuses(t *testing.T, address string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err == nil {
		conn.Close()
	}
	require.ErrorContains(t, err, "refused")
}

func TestRefusingKeepsItsPort(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		address := Refusing(t)
		assert.False(t, seen[address], "two have one port")
		seen[address] = true
		refuses(t, address)
	}
	for range 500 { // listeners on any port, at any address
		l, err := net.Listen("tcp", ":0")
		require.NoError(t, err)
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		require.NoError(t, err)
		assert.False(t, seen["127.0.0.1:"+port], "another one got the port")
	}
}

func TestReservedIsForWhoNamesIt(t *testing.T) {
	address := Reserved(t)
	for range 3 {
		refuses(t, address)
		l, err := net.Listen("tcp", address)
		require.NoError(t, err)
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.NoError(t, conn.Close())
	}
}
