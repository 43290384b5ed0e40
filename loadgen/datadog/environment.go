package datadog

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
)

// Defaults where the environment says nothing.
const (
	defaultService = "load-generator"
	defaultEnv     = "development"
	defaultVersion = "1.0.0"
)

// Where agents listen on their own machine.
const (
	tracePort    = "8126"
	statsdPort   = "8125"
	traceSocket  = "/var/run/datadog/apm.socket"
	statsdSocket = "/var/run/datadog/dsd.socket"
)

// Wanted reports whether Datadog is to be used: asked means that the program's user
// asks for it; the environment does by DD_AGENT_HOST, DD_TRACE_AGENT_URL or
// DD_DOGSTATSD_URL. DD_TRACE_ENABLED=false has the last word.
func Wanted(asked bool) bool {
	if on, err := strconv.ParseBool(getenv("DD_TRACE_ENABLED")); err == nil && !on {
		return false
	}
	for _, name := range []string{"DD_AGENT_HOST", "DD_TRACE_AGENT_URL", "DD_DOGSTATSD_URL"} {
		asked = asked || getenv(name) != ""
	}
	return asked
}

// rule is what a variable accepts.
type rule struct {
	accepts string
	check   func(text string) bool
}

var (
	aBool = rule{"give true or false", func(s string) bool { _, err := strconv.ParseBool(s); return err == nil }}
	aPort = rule{"give a port, 1 to 65535", func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n > 0 && n < 65536 }}
	aHost = rule{"give a host name or address, without scheme, brackets and port", isHost}
	aName = rule{"give a text without comma, bar and line break", func(s string) bool { return clean(s) == s }}
)

// rules are the variables whose mistakes Datadog's own libraries ignore, or mention
// in a line that is easily missed.
var rules = map[string]rule{
	"DD_SERVICE":           aName,
	"DD_ENV":               aName,
	"DD_VERSION":           aName,
	"DD_TRACE_ENABLED":     aBool,
	"DD_AGENT_HOST":        aHost,
	"DD_DOGSTATSD_HOST":    aHost,
	"DD_TRACE_AGENT_PORT":  aPort,
	"DD_DOGSTATSD_PORT":    aPort,
	"DD_TRACE_AGENT_URL":   {"give http://host:port, https://host:port or unix:///path", hasScheme("http", "https", "unix")},
	"DD_DOGSTATSD_URL":     {"give udp://host:port or unix:///path", hasScheme("udp", "unix", "unixgram", "unixstream")},
	"DD_TRACE_SAMPLE_RATE": {"give a number from 0 to 1", isShare},
	"DD_TRACE_RATE_LIMIT": {"give traces per second, 0 or more", func(s string) bool {
		f, err := strconv.ParseFloat(s, 64)
		return err == nil && f >= 0
	}},
	"DD_TRACE_AGENT_TIMEOUT": {"give whole seconds, 1 or more", func(s string) bool {
		n, err := strconv.Atoi(s)
		return err == nil && n > 0
	}},
	"DD_TRACE_SAMPLING_RULES":               {"give a JSON array of rules, with a sample_rate from 0 to 1", areRules},
	"DD_TRACE_PROPAGATION_STYLE":            {"give datadog, tracecontext, baggage, b3, b3multi or none, separated by commas", areStyles},
	"DD_TRACE_PROPAGATION_STYLE_INJECT":     {"give datadog, tracecontext, baggage, b3, b3multi or none, separated by commas", areStyles},
	"DD_TRACE_STATS_COMPUTATION_ENABLED":    aBool,
	"DD_TRACE_DEBUG_STACK":                  aBool,
	"DD_LOGS_INJECTION":                     {"give true or false", func(s string) bool { return s == "structured" || aBool.check(s) }}, // as tracers of other languages have it
	"DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING": aBool,
}

func isHost(s string) bool {
	if net.ParseIP(s) != nil {
		return true
	}
	u, err := url.Parse("http://" + s)
	return err == nil && u.Host == s && !strings.ContainsAny(s, ":@[]")
}

func hasScheme(schemes ...string) func(string) bool {
	return func(s string) bool {
		u, err := url.Parse(s)
		if err != nil || u.Port() != "" && !aPort.check(u.Port()) {
			return false
		}
		there := u.Hostname() != "" && isHost(u.Hostname())
		if strings.HasPrefix(u.Scheme, "unix") {
			there = u.Path != ""
		}
		return there && slices.Contains(schemes, u.Scheme)
	}
}

func isShare(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && f >= 0 && f <= 1
}

// areRules looks at what decides most; the tracer warns of the rest by itself.
func areRules(s string) bool {
	type sampling struct {
		Rate json.Number `json:"sample_rate"`
	}
	var list []sampling
	return json.Unmarshal([]byte(s), &list) == nil &&
		!slices.ContainsFunc(list, func(r sampling) bool { return r.Rate != "" && !isShare(r.Rate.String()) })
}

func areStyles(s string) bool {
	known := []string{"datadog", "tracecontext", "baggage", "b3", "b3multi", "b3 single header", "none"}
	return !slices.ContainsFunc(strings.Split(s, ","), func(style string) bool {
		return !slices.Contains(known, strings.ToLower(strings.TrimSpace(style)))
	})
}

// checkEnvironment returns one line that names every malformed variable.
func checkEnvironment() error {
	var wrong []string
	for _, entry := range os.Environ() {
		name, text, _ := strings.Cut(entry, "=")
		text = input.Trim(text)
		if r, ok := rules[name]; ok && text != "" && !r.check(text) {
			wrong = append(wrong, fmt.Sprintf("%s is %q; %s", name, redact.Value(text), r.accepts))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New("datadog: " + strings.Join(wrong, "; "))
}

// environment is what the DD_* variables configure.
type environment struct {
	service, env, version string
	tags                  []string // of DD_TAGS, as k:v
	agent                 string   // URL of the trace agent
	statsd                string   // address of DogStatsD as its client wants it
	queries               bool     // http.url keeps its query
	baggage               bool     // the baggage header may go out
	correlated            bool     // log lines name their trace, service, environment and version
}

// readEnvironment reads variables that checkEnvironment has passed.
func readEnvironment() environment {
	e := environment{agent: traceAddress(), statsd: statsdAddress(), baggage: true}
	values := map[string]string{}
	for _, t := range parseTags(getenv("DD_TAGS")) {
		switch t.key {
		case "service", "env", "version":
			values[t.key] = clean(t.value)
		case "git.repository_url", "git.commit.sha", "go_path": // the tracer marks one span with them
		default:
			text := t.key + ":" + t.value
			if t.value == "" {
				text = t.key
			}
			e.tags = append(e.tags, clean(text))
		}
	}
	e.service = cmp.Or(getenv("DD_SERVICE"), values["service"], defaultService)
	e.env = cmp.Or(getenv("DD_ENV"), values["env"], defaultEnv)
	e.version = cmp.Or(getenv("DD_VERSION"), values["version"], defaultVersion)
	injected, err := strconv.ParseBool(getenv("DD_LOGS_INJECTION"))
	e.correlated = err != nil || injected
	e.queries, _ = strconv.ParseBool(getenv("DD_TRACE_HTTP_CLIENT_TAG_QUERY_STRING"))
	if styles := cmp.Or(getenv("DD_TRACE_PROPAGATION_STYLE_INJECT"), getenv("DD_TRACE_PROPAGATION_STYLE")); styles != "" {
		e.baggage = strings.Contains(strings.ToLower(styles), "baggage")
	}
	return e
}

// traceAddress is where the tracer sends to, by the tracer's own rules.
func traceAddress() string {
	if text := getenv("DD_TRACE_AGENT_URL"); text != "" {
		return text
	}
	host, port := getenv("DD_AGENT_HOST"), getenv("DD_TRACE_AGENT_PORT")
	if host == "" && port == "" && exists(traceSocket) {
		return "unix://" + traceSocket
	}
	return "http://" + join(host, port, tracePort)
}

// statsdAddress is where metrics go. Where only the trace agent's address is
// given, DogStatsD is on the same machine.
func statsdAddress() string {
	port := getenv("DD_DOGSTATSD_PORT")
	if text := getenv("DD_DOGSTATSD_URL"); text != "" {
		if u, err := url.Parse(text); err == nil && u.Scheme == "udp" {
			return join(u.Hostname(), u.Port(), statsdPort)
		}
		return text
	}
	host := cmp.Or(getenv("DD_DOGSTATSD_HOST"), getenv("DD_AGENT_HOST"))
	if u, err := url.Parse(getenv("DD_TRACE_AGENT_URL")); err == nil && host == "" && u.Scheme != "unix" {
		host = u.Hostname()
	}
	if host == "" && port == "" && exists(statsdSocket) {
		return "unix://" + statsdSocket
	}
	return join(host, port, statsdPort)
}

func join(host, port, otherwise string) string {
	return net.JoinHostPort(cmp.Or(host, "localhost"), cmp.Or(port, otherwise))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
