package link_test

import (
	"fmt"
	"net"
	"time"

	"github.com/gensim/load-generator/loadgen/cluster/internal/bus/link"
)

func Example() {
	near, far := net.Pipe()
	wire := link.New(20*time.Millisecond, 0)
	client := wire.Wrap(near)
	began := time.Now()
	_, _ = client.Write([]byte("hello"))
	b := make([]byte, 5)
	_, _ = far.Read(b)
	fmt.Println(string(b), time.Since(began) >= 20*time.Millisecond)
	wire.Cut()
	_, err := client.Write(b)
	fmt.Println(err)
	// Output:
	// hello true
	// io: read/write on closed pipe
}
