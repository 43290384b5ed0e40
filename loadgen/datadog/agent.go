package datadog

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// agentTimeout is how long the tracer waits for the agent. Datadog's own 10 s let
// a hundred payloads pile up behind an agent that hangs.
func agentTimeout() time.Duration {
	if seconds, err := strconv.Atoi(getenv("DD_TRACE_AGENT_TIMEOUT")); err == nil {
		return time.Duration(seconds) * time.Second
	}
	return 2 * time.Second
}

// agentClient returns a client for the trace agent, whatever host a request names
// where the agent listens on a Unix socket.
func (e *Exporter) agentClient(timeout time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext,
		MaxIdleConns: 100, MaxIdleConnsPerHost: 100, IdleConnTimeout: 90 * time.Second,
	}
	if u, err := url.Parse(e.agent); err == nil && u.Scheme == "unix" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", u.Path)
		}
	}
	return &http.Client{Timeout: timeout, Transport: strictTransport{transport, &e.sending}}
}

// strictTransport asks the agent to report refused payloads: by default it answers
// 200 and drops what it has no room for. It counts the traces on their way.
type strictTransport struct {
	*http.Transport
	sending *atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (f strictTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Datadog-Send-Real-Http-Status", "true")
	if traces, err := strconv.ParseInt(r.Header.Get("X-Datadog-Trace-Count"), 10, 64); err == nil {
		f.sending.Add(traces)
		defer f.sending.Add(-traces)
	}
	return f.Transport.RoundTrip(r)
}

// probe asks the agent once whether it is there, so that its absence is logged at
// the start and not when the first trace is lost.
func (e *Exporter) probe() {
	client := e.agentClient(e.limits.start)
	defer client.CloseIdleConnections()
	target := e.agent
	if u, err := url.Parse(e.agent); err == nil && u.Scheme == "unix" {
		target = "http://unix"
	}
	answer, err := client.Get(target + "/info")
	if err != nil {
		e.trouble("the Datadog agent cannot be reached", err)
		return
	}
	_ = answer.Body.Close()
	if answer.StatusCode >= 500 {
		e.trouble("the Datadog agent reports an error", fmt.Errorf("it answers %s", answer.Status))
	}
}
