// Package collectortest receives what a program sends to OpenTelemetry with the receiver of the collector itself
// (go.opentelemetry.io/collector/receiver/otlpreceiver), by gRPC and HTTP, on loopback, and keeps it.
//
// It is a separate module, so that users of Load Generator do not inherit the collector.
package collectortest

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/gensim/load-generator/loadgen/internal/porttest"
)

// Collector is a receiver that runs. All methods are safe for concurrent use.
type Collector struct {
	GRPC, HTTP string // its URLs

	mu      sync.Mutex
	traces  []ptrace.Traces
	metrics []pmetric.Metrics
	logs    []plog.Logs
}

// Start starts a collector, which ends with the test.
func Start(t testing.TB) *Collector {
	t.Helper()
	byGRPC, byHTTP := porttest.Reserved(t), porttest.Reserved(t)
	c := &Collector{GRPC: "http://" + byGRPC, HTTP: "http://" + byHTTP}
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig().(*otlpreceiver.Config)
	config.Protocols.GRPC.GetOrInsertDefault().NetAddr.Endpoint = byGRPC
	config.Protocols.HTTP.GetOrInsertDefault().ServerConfig.NetAddr.Endpoint = byHTTP

	ctx, as := context.Background(), receivertest.NewNopSettings(factory.Type())
	traces, err := consumer.NewTraces(func(_ context.Context, x ptrace.Traces) error { keep(c, &c.traces, x); return nil })
	require.NoError(t, err)
	metrics, err := consumer.NewMetrics(func(_ context.Context, x pmetric.Metrics) error { keep(c, &c.metrics, x); return nil })
	require.NoError(t, err)
	logs, err := consumer.NewLogs(func(_ context.Context, x plog.Logs) error { keep(c, &c.logs, x); return nil })
	require.NoError(t, err)
	server, err := factory.CreateTraces(ctx, as, config, traces) // with one config all three are one server
	require.NoError(t, err)
	_, err = factory.CreateMetrics(ctx, as, config, metrics)
	require.NoError(t, err)
	_, err = factory.CreateLogs(ctx, as, config, logs)
	require.NoError(t, err)
	require.NoError(t, server.Start(ctx, componenttest.NewNopHost()))
	t.Cleanup(func() { _ = server.Shutdown(ctx) })
	return c
}

func keep[T any](c *Collector, in *[]T, x T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*in = append(*in, x)
}

// Span is a span with the resource that sent it.
type Span struct {
	ptrace.Span
	Resource map[string]any
}

// Spans are those that have arrived.
func (c *Collector) Spans() (all []Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.traces {
		for _, r := range x.ResourceSpans().All() {
			for _, s := range r.ScopeSpans().All() {
				for _, span := range s.Spans().All() {
					all = append(all, Span{span, r.Resource().Attributes().AsRaw()})
				}
			}
		}
	}
	return all
}

// Line is a line of a log with the resource that sent it.
type Line struct {
	plog.LogRecord
	Resource map[string]any
}

// Lines are those that have arrived.
func (c *Collector) Lines() (all []Line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.logs {
		for _, r := range x.ResourceLogs().All() {
			for _, s := range r.ScopeLogs().All() {
				for _, line := range s.LogRecords().All() {
					all = append(all, Line{line, r.Resource().Attributes().AsRaw()})
				}
			}
		}
	}
	return all
}

// Last are the metrics of the export that arrived last, by name.
func (c *Collector) Last(t testing.TB) map[string]pmetric.Metric {
	c.mu.Lock()
	defer c.mu.Unlock()
	require.NotEmpty(t, c.metrics)
	all := map[string]pmetric.Metric{}
	for _, r := range c.metrics[len(c.metrics)-1].ResourceMetrics().All() {
		for _, s := range r.ScopeMetrics().All() {
			for _, m := range s.Metrics().All() {
				all[m.Name()] = m
			}
		}
	}
	return all
}
