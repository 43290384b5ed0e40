package wire_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

func ExampleSockets_Fast() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	defer server.Close()
	sockets := wire.NewSockets(wire.Config{Timeout: time.Second, IdleTimeout: time.Minute})
	defer sockets.Close()
	m := &wire.Message{
		Method: http.MethodGet,
		Origin: wire.Origin{Scheme: "http", Host: strings.TrimPrefix(server.URL, "http://")},
		Target: []byte("/"),
		Header: wire.NewFields(false).Written(),
		Limit:  1 << 20, // bytes of the body
		Memory: new(wire.Memory),
	}
	err := sockets.Fast().Exchange(context.Background(), m)
	fmt.Println(m.Status, string(m.Data), err)
	// Output: 200 hello <nil>
}
