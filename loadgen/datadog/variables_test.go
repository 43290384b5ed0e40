package datadog

import (
	"os"
	"strings"
	"testing"

	"github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/x/agenttest"
	"github.com/DataDog/dd-trace-go/v2/ddtrace/x/tracertest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// blanks are what files of secrets, .env files and editors put around a value.
var blanks = []string{" ", "\t", "\n", "\r\n", "\u00a0", "\u2028", "\ufeff", "\u200b"}

// TestBlanksAroundVariables: whatever stands around a variable of Datadog's, it
// means the same, here and to Datadog's libraries.
func TestBlanksAroundVariables(t *testing.T) {
	good := []string{"DD_SERVICE=shop", "DD_ENV=perf", "DD_VERSION=2", "DD_TRACE_ENABLED=true", "DD_AGENT_HOST=agent", "DD_TRACE_AGENT_PORT=1",
		"DD_DOGSTATSD_PORT=2", "DD_TRACE_SAMPLE_RATE=0.5", "DD_TRACE_RATE_LIMIT=3", "DD_TRACE_AGENT_TIMEOUT=4", "DD_TAGS=a:b,c:d",
		"DD_TRACE_PROPAGATION_STYLE=datadog", "DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING=true", "DD_TRACE_DEBUG_STACK=true",
		`DD_TRACE_SAMPLING_RULES=[{"sample_rate":1}]`, "DD_SOMETHING_LATER=x  y", "OTEL_SERVICE_NAME=x"}
	only(t, good...)
	require.NoError(t, checkEnvironment())
	for _, blank := range blanks {
		for _, urls := range [][]string{nil, {"DD_TRACE_AGENT_URL=http://a:1", "DD_DOGSTATSD_URL=udp://m:2"}} {
			only(t, append(good, urls...)...)
			want := readEnvironment()
			for _, entry := range append(good, urls...) {
				name, text, _ := strings.Cut(entry, "=")
				t.Setenv(name, blank+text+blank)
			}
			require.NoError(t, checkEnvironment(), "%q", blank)
			assert.Equal(t, want, readEnvironment(), "%q", blank)
			assert.True(t, Wanted(false))
			tidyVariables()
			for _, entry := range good {
				name, text, _ := strings.Cut(entry, "=")
				assert.Equal(t, text, os.Getenv(name), "%q", blank)
			}
		}
		only(t, "DD_AGENT_HOST="+blank)
		assert.False(t, Wanted(false), "%q is not a host", blank)
		only(t, "DD_AGENT_HOST=agent", "DD_TRACE_ENABLED=false"+blank)
		assert.False(t, Wanted(true), "%q", blank)
	}
}

// TestTagsOfSpansAndMetrics: whatever DD_TAGS says, a real tracer puts the same tags
// on spans that metrics have.
func TestTagsOfSpansAndMetrics(t *testing.T) {
	texts := []string{"a:b c:d, e:f", " a : b , c:d:e ,, :x,", "a:b c:d", "a:b,c:d", "a:1,a:2", "flag,x:y", "env:perf,service:s,version:3,team:x", "a:b  c:d", "git.commit.sha:1,a:b", "go_path:x"}
	if testing.Short() { // a tracer each takes a tenth of a second
		texts = texts[:2]
	}
	for _, text := range texts {
		only(t, "DD_TAGS="+text, "DD_TRACE_STARTUP_LOGS=false")
		tr, agent, err := tracertest.Bootstrap(t, tracer.WithService(readEnvironment().service), tracer.WithEnv(readEnvironment().env), tracer.WithServiceVersion(readEnvironment().version))
		require.NoError(t, err)
		tr.StartSpan("x").Finish()
		tr.Flush()
		span := agent.RequireSpan(t, agenttest.With().Operation("x"))
		e := &Exporter{environment: readEnvironment()}
		for _, tag := range e.tags {
			key, value, _ := strings.Cut(tag, ":")
			assert.Equal(t, value, span.Meta[key], "%q: %s", text, tag)
		}
		for key := range span.Meta {
			for _, known := range parseTags(text) {
				if key == known.key {
					assert.Contains(t, e.metricTags(), strings.TrimSuffix(tag(key, span.Meta[key]), ":"), "%q", text)
				}
			}
		}
	}
}

// TestIdleVariables: what changes nothing is reported, once a start, and never shown.
func TestIdleVariables(t *testing.T) {
	only(t, "DD_PROFILING_ENABLED=true", "DD_APPSEC_ENABLED=false", "DD_API_KEY=s3cret", "DD_SITE=", "DD_DOGSTATSD_SOCKET=/x")
	assert.Equal(t, []string{
		"DD_API_KEY has no effect: everything goes through an agent, which has a key",
		"DD_DOGSTATSD_SOCKET has no effect: DD_DOGSTATSD_URL=unix:///path does that",
		"DD_PROFILING_ENABLED has no effect: no profile is taken",
	}, idlers())
	for name := range idle {
		assert.NotContains(t, rules, name)
		assert.Contains(t, document(t, "datadog.md"), "`"+name+"`")
	}
}
