package cli

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"syscall"
	"time"
)

// probeLimit is how long the check at the start waits for an answer.
const probeLimit = 2 * time.Second

// unreachable tries to connect to the target, without sending anything, and
// returns why it cannot be reached; "" when it can.
func unreachable(ctx context.Context, host string) string {
	u, err := url.Parse(host)
	if err != nil {
		return "no URL" // the cause would repeat it, with its password
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port)))
	if err == nil {
		_ = conn.Close() // nothing was written
		return ""
	}
	return dialReason(err)
}

func dialReason(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "dns: no such host"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connect: refused"
	case errors.Is(err, context.DeadlineExceeded):
		return "connect: timeout"
	}
	return err.Error()
}
