package datadog

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWanted(t *testing.T) {
	for _, c := range []struct {
		variables string
		asked     bool
		want      bool
	}{
		{"", false, false},
		{"", true, true},
		{"DD_AGENT_HOST=agent", false, true},
		{"DD_TRACE_AGENT_URL=http://agent:8126", false, true},
		{"DD_DOGSTATSD_URL=udp://agent", false, true},
		{"DD_SERVICE=x", false, false},
		{"DD_TRACE_ENABLED=true", false, false},
		{"DD_AGENT_HOST=agent DD_TRACE_ENABLED=false", false, false},
		{"DD_AGENT_HOST=agent DD_TRACE_ENABLED=0", true, false},
		{"DD_AGENT_HOST=agent DD_TRACE_ENABLED=perhaps", false, true}, // Start says what is wrong with it
	} {
		only(t, strings.Fields(c.variables)...)
		assert.Equal(t, c.want, Wanted(c.asked), "%s, asked %v", c.variables, c.asked)
	}
}

func TestMalformedVariables(t *testing.T) {
	for _, c := range []struct{ variable, want string }{
		{"DD_TRACE_ENABLED=perhaps", `DD_TRACE_ENABLED is "perhaps"; give true or false`},
		{"DD_TRACE_AGENT_PORT=http", `DD_TRACE_AGENT_PORT is "http"; give a port, 1 to 65535`},
		{"DD_TRACE_AGENT_PORT=0", `DD_TRACE_AGENT_PORT is "0"; give a port, 1 to 65535`},
		{"DD_DOGSTATSD_PORT=70000", `DD_DOGSTATSD_PORT is "70000"; give a port, 1 to 65535`},
		{"DD_AGENT_HOST=http://agent", `DD_AGENT_HOST is "http://agent"; give a host name or address, without scheme, brackets and port`},
		{"DD_AGENT_HOST=[::1]", `DD_AGENT_HOST is "[::1]"; give a host name`}, // Datadog's tracer panics
		{"DD_AGENT_HOST=[::1", `DD_AGENT_HOST is "[::1"; give a host name`},
		{"DD_AGENT_HOST=agent:8126", `DD_AGENT_HOST is "agent:8126"; give a host name or address, without scheme, brackets and port`},
		{"DD_TRACE_AGENT_URL=agent:8126", `DD_TRACE_AGENT_URL is "agent:8126"; give http://host:port, https://host:port or unix:///path`},
		{"DD_TRACE_AGENT_URL=http://:8126", `DD_TRACE_AGENT_URL is "http://:8126"; give`},
		{"DD_TRACE_AGENT_URL=http://a:99999", `DD_TRACE_AGENT_URL is "http://a:99999"; give`},
		{"DD_TRACE_AGENT_URL=unix://", `DD_TRACE_AGENT_URL is "unix://"; give`},
		{"DD_DOGSTATSD_URL=http://agent", `DD_DOGSTATSD_URL is "http://agent"; give udp://host:port or unix:///path`},
		{"DD_TRACE_SAMPLE_RATE=2", `DD_TRACE_SAMPLE_RATE is "2"; give a number from 0 to 1`},
		{"DD_TRACE_SAMPLE_RATE=NaN", `DD_TRACE_SAMPLE_RATE is "NaN"; give a number from 0 to 1`},
		{"DD_TRACE_RATE_LIMIT=-1", `DD_TRACE_RATE_LIMIT is "-1"; give traces per second, 0 or more`},
		{"DD_TRACE_AGENT_TIMEOUT=1s", `DD_TRACE_AGENT_TIMEOUT is "1s"; give whole seconds, 1 or more`},
		{"DD_TRACE_SAMPLING_RULES={}", `DD_TRACE_SAMPLING_RULES is "{}"; give a JSON array of rules`},
		{`DD_TRACE_SAMPLING_RULES=[{"sample_rate":5}]`, `DD_TRACE_SAMPLING_RULES is "[{\"sample_rate\":5}]"; give a JSON array of rules, with a sample_rate from 0 to 1`},
		{`DD_TRACE_SAMPLING_RULES=[{"sample_rate":"x"}]`, "give a JSON array of rules"},
		{"DD_ENV=a|b", `DD_ENV is "a|b"; give a text without comma, bar and line break`},
		{"DD_VERSION=1,2", `DD_VERSION is "1,2"; give`},
		{"DD_SERVICE=a\nb", `DD_SERVICE is "a\nb"; give`},
		{"DD_DOGSTATSD_HOST=agent:8125", `DD_DOGSTATSD_HOST is "agent:8125"; give a host name`},
		{"DD_TRACE_PROPAGATION_STYLE=datadog,w3c", `DD_TRACE_PROPAGATION_STYLE is "datadog,w3c"; give datadog, tracecontext,`},
	} {
		only(t, c.variable)
		assert.ErrorContains(t, checkEnvironment(), c.want)
		e, err := Start(Config{})
		assert.Nil(t, e)
		assert.ErrorContains(t, err, c.want)
		assert.NotContains(t, err.Error(), "\n")
	}
}

func TestAllMalformedVariablesAreNamed(t *testing.T) {
	only(t, "DD_TRACE_RATE_LIMIT=x", "DD_DOGSTATSD_PORT=y")
	err := checkEnvironment()
	assert.ErrorContains(t, err, "DD_TRACE_RATE_LIMIT")
	assert.ErrorContains(t, err, "DD_DOGSTATSD_PORT")
}

func TestWellFormedVariables(t *testing.T) {
	only(t, "DD_TRACE_ENABLED=1", "DD_AGENT_HOST=::1", "DD_TRACE_AGENT_PORT=8126", "DD_DOGSTATSD_PORT=", "DD_TRACE_SAMPLE_RATE=0.5",
		"DD_TRACE_RATE_LIMIT=0", "DD_TRACE_AGENT_TIMEOUT=3", `DD_TRACE_SAMPLING_RULES=[{"service":"x","sample_rate":"0.5"},{"name":"y"}]`,
		"DD_TRACE_AGENT_URL=unix:///var/run/datadog/apm.socket", "DD_DOGSTATSD_URL=udp://[::1]:8125",
		"DD_TRACE_PROPAGATION_STYLE=Datadog, tracecontext,baggage", "DD_TRACE_PROPAGATION_STYLE_INJECT=none", "DD_TAGS=a:b")
	assert.NoError(t, checkEnvironment())
}

func TestConfigIsChecked(t *testing.T) {
	only(t)
	_, err := Start(Config{SampleRate: 1.5})
	assert.EqualError(t, err, "datadog: SampleRate is 1.5; give a share from 0 to 1, or less than 0 for no traces")
	_, err = Start(Config{Tags: map[string]string{"": "x"}})
	assert.ErrorContains(t, err, "empty key")
	for _, id := range []string{"a b", "a\r\nHost: x", "a,b", "a|b", "é"} { // it goes into a header
		_, err = Start(Config{RunID: id})
		assert.ErrorContains(t, err, "give ASCII without spaces, commas and bars", id)
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ variables, agent, statsd string }{
		{"", "http://localhost:8126", "localhost:8125"},
		{"DD_AGENT_HOST=agent", "http://agent:8126", "agent:8125"},
		{"DD_AGENT_HOST=::1", "http://[::1]:8126", "[::1]:8125"},
		{"DD_AGENT_HOST=agent DD_TRACE_AGENT_PORT=1 DD_DOGSTATSD_PORT=2", "http://agent:1", "agent:2"},
		{"DD_TRACE_AGENT_URL=https://agent:1", "https://agent:1", "agent:8125"},
		{"DD_TRACE_AGENT_URL=http://a:1 DD_AGENT_HOST=b", "http://a:1", "b:8125"},
		{"DD_TRACE_AGENT_URL=unix:///x", "unix:///x", "localhost:8125"},
		{"DD_DOGSTATSD_HOST=metrics DD_AGENT_HOST=agent", "http://agent:8126", "metrics:8125"},
		{"DD_DOGSTATSD_URL=udp://metrics", "http://localhost:8126", "metrics:8125"},
		{"DD_DOGSTATSD_URL=udp://metrics:9 DD_AGENT_HOST=agent", "http://agent:8126", "metrics:9"},
		{"DD_DOGSTATSD_URL=unix:///dsd", "http://localhost:8126", "unix:///dsd"},
	} {
		only(t, strings.Fields(c.variables)...)
		e := readEnvironment()
		assert.Equal(t, c.agent, e.agent, c.variables)
		assert.Equal(t, c.statsd, e.statsd, c.variables)
	}
}

func TestServiceTags(t *testing.T) {
	only(t)
	e := readEnvironment()
	assert.Equal(t, []string{"load-generator", "development", "1.0.0"}, []string{e.service, e.env, e.version})
	assert.True(t, e.baggage)
	assert.False(t, e.queries)

	only(t, "DD_TAGS=env:perf,team:x, version:2", "DD_SERVICE=shop", "DD_TRACE_PROPAGATION_STYLE=tracecontext", "DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING=true")
	e = readEnvironment()
	assert.Equal(t, []string{"shop", "perf", "2"}, []string{e.service, e.env, e.version})
	assert.Equal(t, []string{"team:x"}, e.tags)
	assert.False(t, e.baggage)
	assert.True(t, e.queries)

	only(t, "DD_TAGS=env:perf", "DD_ENV=prod")
	assert.Equal(t, "prod", readEnvironment().env)
	x := &Exporter{config: Config{Tags: map[string]string{"b": "2", "a": "1"}}, environment: readEnvironment()}
	assert.Equal(t, []string{"a:1", "b:2", "service:load-generator", "version:1.0.0"}, x.metricTags(), "the client adds DD_ENV itself")
}
