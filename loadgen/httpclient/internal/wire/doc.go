// Package wire carries one HTTP request to its target and the answer back. It has
// two wires that give the same verdict on whatever a target answers: Go's own
// client (nethttp.go, [Sockets.NetHTTP]) and one with its own connections and
// reader, which costs half the CPU ([Sockets.Fast]).
//
// A [Message] is the request and then its answer. [Sockets] dials, and knows every
// open connection and every request in flight, so that closing leaves none.
// Nothing here knows of cookies, redirects, checks or what is measured.
package wire
