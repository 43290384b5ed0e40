package wire

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUserAddress(t *testing.T) {
	for address, want := range map[string]string{
		"shop.example:80": "shop.example~7:80",
		"[::1]:8080":      "[::1~7]:8080",
		"a~b:1":           "a~b~7:1",
	} {
		got := userAddress(address, 7)
		assert.Equal(t, want, got)
		host, port, user := splitUser(got)
		assert.Equal(t, address, net.JoinHostPort(host, port))
		assert.EqualValues(t, 7, user)
	}
	host, port, user := splitUser("a~b:1")
	assert.Equal(t, []any{"a~b", "1", uint64(0)}, []any{host, port, user})
}

func TestSocketsKnowTheirUsers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	s := NewSockets(Config{})
	dial := func(user uint64) *socket {
		c, err := s.dial(t.Context(), "tcp", userAddress(listener.Addr().String(), user))
		require.NoError(t, err)
		return c.(*socket)
	}
	count := func(user uint64) (n int) {
		for c := s.users[user]; c != nil; c = c.next {
			n++
		}
		return n
	}
	o := Origin{Scheme: "http", Host: "target"}
	private := s.NewPrivate(o)
	one, two := private.user, s.NewPrivate(o).user
	first, middle, last, others := dial(one), dial(one), dial(one), dial(two)
	for left, c := range []*socket{middle, first, last} {
		c.Close()
		c.Close()
		assert.Equal(t, 2-left, count(one))
	}
	dial(one)
	s.ClosePrivate(private)
	assert.Zero(t, count(one))
	assert.Equal(t, one, s.NewPrivate(o).user, "numbers are used again")
	s.Close()
	assert.Empty(t, s.users)
	_, err = others.Write([]byte("x"))
	assert.ErrorIs(t, err, net.ErrClosed)
	_, err = s.dial(t.Context(), "tcp", listener.Addr().String())
	assert.ErrorIs(t, err, ErrClosed)
}
