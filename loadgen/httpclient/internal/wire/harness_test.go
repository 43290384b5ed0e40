package wire

import (
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(patient{m}) }

// patient waits for what tests leave to end: goleak itself waits for less than a second.
type patient struct{ *testing.M }

func (p patient) Run() int {
	code := p.M.Run()
	for end := time.Now().Add(time.Minute); goleak.Find() != nil && time.Now().Before(end); {
	}
	return code
}

// newMessage is a request without a body for the root of a host.
func newMessage(method, host string) *Message {
	header := (&Fields{Header: http.Header{}}).Written()
	return &Message{Method: method, Origin: Origin{"http", host}, Target: []byte("/"), Header: header, Limit: 1 << 10, Memory: new(Memory)}
}

// reasonOf is the reason of an error; "" for none.
func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	return Reason(err)
}
