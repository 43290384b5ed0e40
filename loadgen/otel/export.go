package otel

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
)

// again is how a request is repeated that the collector cannot take now. It may ask for longer with Retry-After. The exporters
// have a type each for it.
var again = otlptracegrpc.RetryConfig{Enabled: true, InitialInterval: 200 * time.Millisecond, MaxInterval: 5 * time.Second, MaxElapsedTime: 20 * time.Second}

// Where the collector is if no variable says so.
const (
	localGRPC = "localhost:4317"
	localHTTP = "localhost:4318"
)

// newSpanExporter returns what sends spans. It connects to nothing yet.
func newSpanExporter() (trace.SpanExporter, error) {
	ctx := context.Background()
	if traces.grpc() {
		options := []otlptracegrpc.Option{otlptracegrpc.WithRetry(again)}
		if !traces.anywhere() {
			options = append(options, otlptracegrpc.WithEndpoint(localGRPC), otlptracegrpc.WithInsecure())
		}
		return otlptrace.New(ctx, otlptracegrpc.NewClient(options...))
	}
	options := []otlptracehttp.Option{otlptracehttp.WithRetry(otlptracehttp.RetryConfig(again))}
	if !traces.anywhere() {
		options = append(options, otlptracehttp.WithEndpoint(localHTTP), otlptracehttp.WithInsecure())
	}
	return otlptrace.New(ctx, otlptracehttp.NewClient(options...))
}

// newMetricExporter returns what sends metrics. It connects to nothing yet.
func newMetricExporter() (metric.Exporter, error) {
	ctx := context.Background()
	if metered.grpc() {
		options := []otlpmetricgrpc.Option{otlpmetricgrpc.WithRetry(otlpmetricgrpc.RetryConfig(again))}
		if !metered.anywhere() {
			options = append(options, otlpmetricgrpc.WithEndpoint(localGRPC), otlpmetricgrpc.WithInsecure())
		}
		return otlpmetricgrpc.New(ctx, options...)
	}
	options := []otlpmetrichttp.Option{otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig(again))}
	if !metered.anywhere() {
		options = append(options, otlpmetrichttp.WithEndpoint(localHTTP), otlpmetrichttp.WithInsecure())
	}
	return otlpmetrichttp.New(ctx, options...)
}

// newLogExporter returns what sends lines of the log. It connects to nothing yet.
func newLogExporter() (log.Exporter, error) {
	ctx := context.Background()
	if logged.grpc() {
		options := []otlploggrpc.Option{otlploggrpc.WithRetry(otlploggrpc.RetryConfig(again))}
		if !logged.anywhere() {
			options = append(options, otlploggrpc.WithEndpoint(localGRPC), otlploggrpc.WithInsecure())
		}
		return otlploggrpc.New(ctx, options...)
	}
	options := []otlploghttp.Option{otlploghttp.WithRetry(otlploghttp.RetryConfig(again))}
	if !logged.anywhere() {
		options = append(options, otlploghttp.WithEndpoint(localHTTP), otlploghttp.WithInsecure())
	}
	return otlploghttp.New(ctx, options...)
}

// refusedPart is in the text of an error that says that the collector took the rest; its type is the SDK's own.
var refusedPart = regexp.MustCompile(`(?s)^(?:[^:]*: )?OTLP partial success: .*\((\d+) (?:spans|metric data points|logs) rejected\)$`)

// refused is how many spans, points or lines of a request that arrived were refused, if err says no more than that.
func refused(err error) (n int64, ok bool) {
	found := refusedPart.FindStringSubmatch(err.Error())
	if found == nil {
		return 0, false
	}
	n, err = strconv.ParseInt(found[1], 10, 64)
	return max(n, 0), err == nil
}
