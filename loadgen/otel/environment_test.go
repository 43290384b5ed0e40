package otel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVariablesThatCannotBeRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, []byte("nothing"), 0o600))
	for _, v := range []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=ftp://x", "OTEL_EXPORTER_OTLP_PROTOCOL=udp", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/json",
		"OTEL_EXPORTER_OTLP_HEADERS=s3cret", "OTEL_EXPORTER_OTLP_TRACES_HEADERS=a b=c", "OTEL_EXPORTER_OTLP_TIMEOUT=10s", "OTEL_EXPORTER_OTLP_COMPRESSION=zip", "OTEL_EXPORTER_OTLP_INSECURE=maybe",
		"OTEL_EXPORTER_OTLP_CERTIFICATE=/nosuch", "OTEL_EXPORTER_OTLP_CERTIFICATE=" + file, "OTEL_EXPORTER_OTLP_CLIENT_KEY=" + file,
		"OTEL_RESOURCE_ATTRIBUTES=team", "OTEL_TRACES_SAMPLER=xray", "OTEL_TRACES_SAMPLER_ARG=2", "OTEL_PROPAGATORS=tracecontext,b3", "OTEL_TRACES_EXPORTER=console", "OTEL_METRICS_EXPORTER=prometheus",
		"OTEL_METRIC_EXPORT_INTERVAL=0", "OTEL_BSP_SCHEDULE_DELAY=-1", "OTEL_BSP_MAX_QUEUE_SIZE=many", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=0", "OTEL_BSP_MAX_QUEUE_SIZE=1000001", "OTEL_SDK_DISABLED=perhaps",
		"OTEL_LOGS_EXPORTER=console", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_LOGS_HEADERS=s3cret", "OTEL_BLRP_MAX_QUEUE_SIZE=0", "OTEL_BLRP_SCHEDULE_DELAY=1s", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=-3",
		"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=both", "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=none",
	} {
		only(t, v)
		_, err := Start(Config{})
		name, text, _ := strings.Cut(v, "=")
		if assert.Error(t, err, v) {
			assert.Contains(t, err.Error(), strings.TrimSuffix(name, "_CLIENT_KEY"))
			assert.NotContains(t, err.Error(), "s3cret")
			if rules[name].accepts != "" && !strings.HasSuffix(name, "HEADERS") {
				assert.Contains(t, err.Error(), text)
				assert.Contains(t, err.Error(), "; give ")
			}
		}
	}
	only(t, "OTEL_TRACES_SAMPLER=xray", "OTEL_BSP_MAX_QUEUE_SIZE=many")
	_, err := Start(Config{SampleRate: 2})
	assert.Len(t, strings.Split(err.Error(), "\n"), 3, "all at once")
}

func TestVariablesThatAreRead(t *testing.T) {
	only(t)
	assert.Equal(t, environment{context: true, baggage: true, interval: 10 * time.Second, tracing: batching{time.Second, 2048, 512}, logging: batching{time.Second, 2048, 512}}, readEnvironment())
	assert.True(t, traces.grpc())
	assert.Equal(t, "http://localhost:4317", traces.endpoint())
	only(t, "OTEL_METRIC_EXPORT_INTERVAL= 60000\n", "OTEL_PROPAGATORS=Baggage", "OTEL_TRACES_SAMPLER=Parentbased_TraceIDRatio", "OTEL_TRACES_SAMPLER_ARG=0.25",
		"OTEL_BSP_MAX_QUEUE_SIZE=10", "OTEL_BSP_SCHEDULE_DELAY=5000", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=5", "OTEL_BLRP_MAX_QUEUE_SIZE=20", "OTEL_BLRP_SCHEDULE_DELAY=3000", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=6",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://ann:s3cret@c:1",
		"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20eA==,b=c")
	require.NoError(t, checkEnvironment())
	assert.Equal(t, environment{rate: .25, baggage: true, interval: time.Minute, tracing: batching{5 * time.Second, 10, 5}, logging: batching{3 * time.Second, 20, 6}}, readEnvironment())
	assert.True(t, traces.grpc())
	assert.False(t, metered.grpc())
	assert.NotContains(t, metered.endpoint(), "s3cret")
}
