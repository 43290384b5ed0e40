package bus_test

import (
	"context"
	"fmt"

	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
)

func Example() {
	ctx := context.Background()
	srv, err := bus.Serve(bus.Config{Listen: "127.0.0.1:0", Prefix: "lg1.soak", Token: "k3wl"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	coordinator, err := bus.Dial(ctx, srv.Target(), bus.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer coordinator.Close()
	_, err = coordinator.Subscribe("lg1.soak.join", func(m bus.Message) { _ = m.Respond([]byte("welcome, " + string(m.Data))) })
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = coordinator.Flush(ctx)

	target, err := bus.ParseJoin(srv.Join(""), 5557)
	if err != nil {
		fmt.Println(err)
		return
	}
	worker, err := bus.Dial(ctx, target, bus.Options{ID: "worker-7"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer worker.Close()
	answer, err := worker.Request(ctx, "lg1.soak.join", []byte("worker 7"))
	fmt.Println(string(answer), err)
	_, err = bus.Dial(ctx, target.WithToken("guess"), bus.Options{ID: "worker-8"})
	fmt.Println(err != nil)
	// Output:
	// welcome, worker 7 <nil>
	// true
}
