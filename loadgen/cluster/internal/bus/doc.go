// Package bus carries messages between a coordinator and its workers. It is NATS, and the only package of this
// module that imports it: a server in the coordinator's process, or one that is there already.
//
//	srv, err := bus.Serve(bus.Config{Listen: "*:5557", Prefix: "lg1.soak", Token: token, Log: log})
//	mine, err := bus.Dial(ctx, srv.Target(), bus.Options{})           // the coordinator's own, with all rights
//	fmt.Println(srv.Join("coordinator.example"))                      // what workers are given
//
//	target, err := bus.ParseJoin("coordinator.example:5557#token#sha256", 5557)
//	conn, err := bus.Dial(ctx, target, bus.Options{ID: "worker-7"})
//
// # Delivery
//
// A message arrives at most once, in the order of its publisher, and is lost where the connection is: there is no
// store, so what must arrive is numbered, acknowledged and sent again by those who use the bus. While a connection is
// down Publish and Request fail at once with ErrDisconnected, and nothing is kept to be sent later. It comes
// back by itself; Options has functions that are called then.
//
// # Trust
//
// A worker shows a token, a certificate, or both, and the coordinator its certificate: signed by an authority that the
// worker knows, or made at start and named by its SHA-256 in the join string. In plain text the bus is spoken on
// loopback alone.
//
// A worker with the ID w may publish to PREFIX.join, PREFIX.clock and PREFIX.w.w.>, answer what it is asked, and
// subscribe to PREFIX.all.>, PREFIX.to.w.> and _INBOX.w.>. The ID is what the worker calls itself: workers with the same
// token can take each other's names. On an external bus these are the rights that its operator gives, and the
// coordinator trusts what is published under the prefix.
package bus
