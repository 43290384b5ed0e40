package otel

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
)

// getenv is a variable without the blanks and line breaks that files of secrets and .env files put around it.
func getenv(name string) string { return input.Trim(os.Getenv(name)) }

// disabled reports whether the environment switches OpenTelemetry off.
func disabled() bool { return strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") }

// signal is a kind of data that a collector takes.
type signal string

// The signals, as variables name them.
const (
	traces  signal = "TRACES"
	metered signal = "METRICS"
	logged  signal = "LOGS"
)

// of is a variable of the exporter of a signal, which beats the one of all signals.
func (s signal) of(name string) string {
	return cmp.Or(getenv("OTEL_EXPORTER_OTLP_"+string(s)+"_"+name), getenv("OTEL_EXPORTER_OTLP_"+name))
}

// on reports whether the signal is exported.
func (s signal) on() bool { return getenv("OTEL_"+string(s)+"_EXPORTER") != "none" }

// grpc reports whether it is sent by gRPC, as Locust does, and not by HTTP.
func (s signal) grpc() bool { return !strings.HasPrefix(s.of("PROTOCOL"), "http/") }

// anywhere reports whether a variable names the endpoint.
func (s signal) anywhere() bool { return s.of("ENDPOINT") != "" }

// endpoint is where the signal goes, for people.
func (s signal) endpoint() string {
	local := localHTTP
	if s.grpc() {
		local = localGRPC
	}
	return redact.Address(cmp.Or(s.of("ENDPOINT"), "http://"+local))
}

// shortest is how long the value of a header, or a word in it, is at least, in bytes, to be looked for in other texts.
const shortest = 3

// conceal is a text, such as what a collector answers, without the secrets of the endpoint and of the headers.
func (s signal) conceal(text string) string {
	text = redact.In(text, s.of("ENDPOINT"))
	for pair := range strings.SplitSeq(s.of("HEADERS"), ",") {
		_, value, _ := strings.Cut(pair, "=")
		sent, _ := url.PathUnescape(value) // pairs has checked it
		for _, secret := range append([]string{strings.TrimSpace(value), strings.TrimSpace(sent)}, strings.Fields(sent)...) {
			if len(secret) >= shortest && !among("basic", "bearer")(secret) {
				text = strings.ReplaceAll(text, secret, redact.Mask)
			}
		}
	}
	return text
}

// rule is what a variable accepts.
type rule struct {
	accepts string
	check   func(text string) bool
}

var (
	anExporter = rule{"give otlp or none", among("otlp", "none")}
	millis     = rule{"give milliseconds, 1 or more", func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n > 0 }}
	aSize      = rule{"give a whole number, 1 to 1000000", func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n > 0 && n <= 1e6 }} // there is room for so many
	aBool      = rule{"give true or false", among("true", "false")}
	pairs      = rule{"give key=value, separated by commas", arePairs}
)

// rules are the variables that this package or the SDK reads. The SDK replaces what it cannot read by its default.
var rules = func() map[string]rule {
	all := map[string]rule{
		"OTEL_SDK_DISABLED":                                        aBool,
		"OTEL_TRACES_EXPORTER":                                     anExporter,
		"OTEL_METRICS_EXPORTER":                                    anExporter,
		"OTEL_LOGS_EXPORTER":                                       anExporter,
		"OTEL_RESOURCE_ATTRIBUTES":                                 pairs,
		"OTEL_PROPAGATORS":                                         {"give tracecontext, baggage or none, separated by commas", arePropagators},
		"OTEL_TRACES_SAMPLER":                                      {"give always_on, always_off or traceidratio, also after parentbased_", isSampler},
		"OTEL_TRACES_SAMPLER_ARG":                                  {"give a share from 0 to 1", isShare},
		"OTEL_METRIC_EXPORT_INTERVAL":                              millis,
		"OTEL_BSP_SCHEDULE_DELAY":                                  millis,
		"OTEL_BSP_MAX_QUEUE_SIZE":                                  aSize,
		"OTEL_BSP_MAX_EXPORT_BATCH_SIZE":                           aSize,
		"OTEL_BLRP_SCHEDULE_DELAY":                                 millis,
		"OTEL_BLRP_MAX_QUEUE_SIZE":                                 aSize,
		"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE":                          aSize,
		"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE":        {"give cumulative, delta or lowmemory", among("cumulative", "delta", "lowmemory")},
		"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION": {"give base2_exponential_bucket_histogram or explicit_bucket_histogram", among("base2_exponential_bucket_histogram", "explicit_bucket_histogram")},
	}
	for _, of := range []string{"", "TRACES_", "METRICS_", "LOGS_"} {
		for name, r := range map[string]rule{
			"ENDPOINT":    {"give a URL such as http://collector:4317", isEndpoint},
			"PROTOCOL":    {"give grpc or http/protobuf", among("grpc", "http/protobuf")},
			"HEADERS":     pairs,
			"TIMEOUT":     millis,
			"COMPRESSION": {"give gzip or none", among("gzip", "none")},
			"INSECURE":    aBool,
			"CERTIFICATE": {"give a file with certificates in PEM", areCertificates},
		} {
			all["OTEL_EXPORTER_OTLP_"+of+name] = r
		}
	}
	return all
}()

func among(words ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(words, strings.ToLower(s)) }
}

func isEndpoint(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func arePairs(s string) bool {
	for pair := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(pair, "=")
		if _, err := url.PathUnescape(value); !ok || err != nil || strings.TrimSpace(key) == "" || strings.ContainsAny(strings.TrimSpace(key), " \t\r\n:") {
			return false
		}
	}
	return true
}

func isShare(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && f >= 0 && f <= 1
}

func isSampler(s string) bool {
	return among("always_on", "always_off", "traceidratio")(strings.TrimPrefix(strings.ToLower(s), "parentbased_"))
}

func arePropagators(s string) bool {
	return !slices.ContainsFunc(items(s), func(p string) bool { return !among("tracecontext", "baggage", "none")(p) })
}

func items(list string) (all []string) {
	for s := range strings.SplitSeq(list, ",") {
		all = append(all, strings.ToLower(strings.TrimSpace(s)))
	}
	return all
}

func areCertificates(file string) bool {
	text, err := input.ReadFile(file, 1<<20)
	return err == nil && x509.NewCertPool().AppendCertsFromPEM(text)
}

// checkEnvironment returns what is malformed in the OTEL_* variables.
func checkEnvironment() error {
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		text := getenv(name)
		if r := rules[name]; text != "" && !r.check(text) {
			if strings.HasSuffix(name, "_HEADERS") { // they hold secrets
				text = redact.Mask
			}
			wrong = append(wrong, fmt.Errorf("%s is %q; %s", name, redact.Address(text), r.accepts))
		}
	}
	return errors.Join(append(wrong, traces.checkKey(), metered.checkKey(), logged.checkKey())...)
}

// checkKey returns what is wrong with a certificate that the generator shows.
func (s signal) checkKey() error {
	certificate, key := s.of("CLIENT_CERTIFICATE"), s.of("CLIENT_KEY")
	if certificate == "" && key == "" {
		return nil
	}
	if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
		return fmt.Errorf("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _CLIENT_KEY for %s: %w", strings.ToLower(string(s)), err)
	}
	return nil
}

// environment is what this package reads by itself; the SDK reads the rest.
type environment struct {
	rate             float64 // share of task runs that are traced; -1: none; 0: the plan decides
	context, baggage bool    // what is propagated
	interval         time.Duration
	tracing, logging batching
}

// batching is how a queue sends.
type batching struct {
	delay       time.Duration // that one waits at most, while the collector takes them
	size, batch int           // that may wait, and that are sent at once
}

// readEnvironment reads variables that checkEnvironment has found in order.
func readEnvironment() environment {
	e := environment{context: true, baggage: true}
	if list := getenv("OTEL_PROPAGATORS"); list != "" {
		e.context, e.baggage = slices.Contains(items(list), "tracecontext"), slices.Contains(items(list), "baggage")
	}
	switch strings.TrimPrefix(strings.ToLower(getenv("OTEL_TRACES_SAMPLER")), "parentbased_") {
	case "always_on":
		e.rate = 1
	case "always_off":
		e.rate = -1
	case "traceidratio":
		e.rate, _ = strconv.ParseFloat(cmp.Or(getenv("OTEL_TRACES_SAMPLER_ARG"), "1"), 64)
		if e.rate == 0 {
			e.rate = -1
		}
	}
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	e.interval = time.Duration(number("OTEL_METRIC_EXPORT_INTERVAL", 10_000)) * time.Millisecond
	processor := func(name string) batching {
		return batching{time.Duration(number(name+"_SCHEDULE_DELAY", 1000)) * time.Millisecond, number(name+"_MAX_QUEUE_SIZE", 2048), number(name+"_MAX_EXPORT_BATCH_SIZE", 512)}
	}
	e.tracing, e.logging = processor("OTEL_BSP"), processor("OTEL_BLRP")
	return e
}
