package wire

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newMessage is a request without a body for the root of a host.
func newMessage(method, host string) *Message {
	header := (&Fields{Header: http.Header{}}).Written()
	return &Message{Method: method, Origin: Origin{"http", host}, Target: []byte("/"), Header: header, Limit: 1 << 10, Memory: new(Memory)}
}

// forBoth runs a test on each wire; open makes it of sockets.
func forBoth(t *testing.T, test func(t *testing.T, open func(*Sockets) Wire)) {
	t.Run("net/http", func(t *testing.T) { test(t, (*Sockets).NetHTTP) })
	t.Run("fast", func(t *testing.T) { test(t, (*Sockets).Fast) })
}

// reasonOf is the reason of an error; "" for none.
func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	return Reason(err)
}
