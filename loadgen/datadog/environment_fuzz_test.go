package datadog

import (
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzVariables sets two variables to anything: it is refused in one line, or
// it gives addresses and tags that can be used.
func FuzzVariables(f *testing.F) {
	f.Add("DD_AGENT_HOST", "agent", "DD_TRACE_AGENT_PORT", "8126")
	f.Add("DD_AGENT_HOST", "[::1]", "DD_DOGSTATSD_PORT", "08125")
	f.Add("DD_TRACE_AGENT_URL", "unix:///var/run/apm.socket", "DD_DOGSTATSD_URL", "udp://[::1]:1")
	f.Add("DD_TRACE_AGENT_URL", "http://a:b@c:1/x?y#z", "DD_TAGS", "a:b,service:x|y z\n,:,env:,version:1\n2")
	f.Add("DD_TRACE_SAMPLE_RATE", "NaN", "DD_TRACE_RATE_LIMIT", "Inf")
	f.Add("DD_TRACE_SAMPLING_RULES", `[{"sample_rate": 1e400}]`, "DD_TRACE_PROPAGATION_STYLE", "datadog,,")
	f.Add("DD_DOGSTATSD_URL", "udp://:::1]:1", "DD_TRACE_AGENT_URL", "http://[::1]:1")
	f.Add("DD_SERVICE", "a|b\nc", "DD_TRACE_ENABLED", "T")
	f.Fuzz(func(t *testing.T, name, text, other, more string) {
		for _, s := range []string{name, text, other, more} {
			if strings.ContainsRune(s, 0) {
				return // no variable can hold it
			}
		}
		for _, n := range []string{name, other} {
			if !strings.HasPrefix(n, "DD_") || strings.Contains(n, "=") {
				return
			}
		}
		only(t, name+"="+text, other+"="+more)
		if err := checkEnvironment(); err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		e := readEnvironment()
		u, err := url.Parse(e.agent)
		require.NoError(t, err, e.agent)
		require.Contains(t, []string{"http", "https", "unix"}, u.Scheme)
		if !strings.HasPrefix(e.statsd, "unix") {
			_, port, err := net.SplitHostPort(e.statsd)
			require.NoError(t, err, e.statsd)
			require.True(t, aPort.check(port), e.statsd)
		}
		for _, s := range append([]string{e.service, e.env, e.version}, e.tags...) {
			require.NotContains(t, s, "\n")
			require.NotContains(t, s, "|")
		}
	})
}

func TestPasswordsOfAgentsAreNotShown(t *testing.T) {
	only(t, "DD_TRACE_AGENT_URL=ftp://me:secret@agent:8126")
	require.EqualError(t, checkEnvironment(), `datadog: DD_TRACE_AGENT_URL is "ftp://me:xxxxx@agent:8126"; give http://host:port, https://host:port or unix:///path`)
}
