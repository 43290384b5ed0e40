//go:build !unix

package porttest

import "net"

// hold opens a connection: at the address that it leaves from nothing listens.
func hold() (address string, release func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	conn, err := dialer.Dial("tcp", listener.Addr().String())
	if err != nil {
		_ = listener.Close()
		return "", nil, err
	}
	return conn.LocalAddr().String(), func() {
		_ = conn.Close()
		_ = listener.Close()
	}, nil
}
