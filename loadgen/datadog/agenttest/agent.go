// Package agenttest receives what a program sends to Datadog with Datadog's own
// code: the trace agent (github.com/DataDog/datadog-agent/pkg/trace) with its
// receiver, normaliser, samplers, statistics and writers, on loopback. After it comes
// an intake that decodes what the agent would send to Datadog. The agent's DogStatsD
// server is not published as a module; the one here is our own and strict.
//
// It is a separate module, so that users of Load Generator do not inherit the
// agent.
package agenttest

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	gzip "github.com/DataDog/datadog-agent/comp/trace/compression/impl-gzip"
	"github.com/DataDog/datadog-agent/pkg/trace/agent"
	"github.com/DataDog/datadog-agent/pkg/trace/config"
	"github.com/DataDog/datadog-agent/pkg/trace/telemetry"
	"github.com/DataDog/datadog-go/v5/statsd"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/internal/porttest"
)

// Agent is a running trace agent with its intake.
type Agent struct {
	*Intake
	Port int // of the trace agent, on 127.0.0.1

	agent *agent.Agent
	stop  context.CancelFunc
}

// Start starts an agent that sends to in, on a port that is its until the end of the
// test. It stops then.
func Start(t testing.TB, in *Intake) *Agent {
	address, err := net.ResolveTCPAddr("tcp", porttest.Reserved(t))
	require.NoError(t, err)
	return StartAt(t, in, address.Port)
}

// StartAt is Start on a port of the caller's choice.
func StartAt(t testing.TB, in *Intake, port int) *Agent {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	a := &Agent{Intake: in, Port: port, stop: cancel}
	a.agent = agent.NewAgent(ctx, configuration(in, port), telemetry.NewNoopCollector(), &statsd.NoOpClient{}, gzip.NewComponent())
	go a.agent.Run()
	t.Cleanup(a.Stop)
	await(t, port)
	return a
}

// configuration is that of an agent as it is installed, except for addresses.
func configuration(in *Intake, port int) *config.AgentConfig {
	c := config.New()
	c.Hostname = "agent.test"
	c.AgentVersion = "7.85.2"
	c.ReceiverHost, c.ReceiverPort = "127.0.0.1", port
	// What an installed agent gets from its configuration file. Without it, one
	// connection is served, and payloads that meet another one are dropped. Only the time
	// for one to be decoded, in ms, is longer than there, for machines that are busy.
	c.MaxConnections, c.Decoders, c.DecoderTimeout = 200, 4, 60_000
	c.Endpoints = []*config.Endpoint{{Host: in.URL, APIKey: "none"}}
	c.TraceWriter.FlushPeriodSeconds = 0.05
	c.StatsWriter.FlushPeriodSeconds = 0.05
	c.StatsdEnabled = false
	c.EVPProxy.Enabled, c.OpenLineageProxy.Enabled, c.TelemetryConfig.Enabled = false, false, false
	c.HTTPTransportFunc = func() *http.Transport { // whatever the agent wants to reach
		return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", in.address)
		}}
	}
	return c
}

// Stop ends the agent, after it has sent everything on.
func (a *Agent) Stop() {
	a.stop()
	limit, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = a.agent.WaitForStopped(limit) // past the limit the test says what is missing
}

// Environment points the DD_* variables of this process at the agent, for the test.
func (a *Agent) Environment(t *testing.T) {
	Environment(t, map[string]string{
		"DD_AGENT_HOST":       "127.0.0.1",
		"DD_TRACE_AGENT_PORT": strconv.Itoa(a.Port),
		"DD_DOGSTATSD_PORT":   strconv.Itoa(a.StatsdPort),
	})
}

// Environment sets variables for the test, and turns off what has nothing to do with it.
func Environment(t *testing.T, variables map[string]string) {
	t.Setenv("DD_INSTRUMENTATION_TELEMETRY_ENABLED", "false")
	t.Setenv("DD_REMOTE_CONFIGURATION_ENABLED", "false")
	for name, text := range variables {
		t.Setenv(name, text)
	}
}

// await waits until something answers at a port.
func await(t testing.TB, port int) {
	require.Eventually(t, func() bool {
		answer, err := http.Get("http://127.0.0.1:" + strconv.Itoa(port) + "/info")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, time.Minute, 10*time.Millisecond, "the agent does not listen")
}
