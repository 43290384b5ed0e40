package datadog

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/input"
)

// getenv is a variable without the blanks and line breaks that files of secrets
// and .env files put around it.
func getenv(name string) string { return input.Trim(os.Getenv(name)) }

// tidyVariables cuts those in the environment itself, since Datadog's libraries
// read it on their own, and many more variables than this package knows.
func tidyVariables() {
	for _, entry := range os.Environ() {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "DD_") && !strings.HasPrefix(name, "OTEL_") {
			continue
		}
		if tidy := input.Trim(text); tidy != text {
			_ = os.Setenv(name, tidy) // it fails for names and values that no environment holds
		}
	}
}

type keyValue struct{ key, value string }

// parseTags reads DD_TAGS by the tracer's own rule, so that metrics and events
// have the tags of the spans: commas separate where there are any, else blanks, and
// of one key the last value counts.
func parseTags(text string) (tags []keyValue) {
	separator := " "
	if strings.Contains(text, ",") {
		separator = ","
	}
	for entry := range strings.SplitSeq(text, separator) {
		key, value, _ := strings.Cut(strings.TrimSpace(entry), ":")
		t := keyValue{strings.TrimSpace(key), strings.TrimSpace(value)}
		if t.key == "" {
			continue
		}
		tags = slices.DeleteFunc(tags, func(old keyValue) bool { return old.key == t.key })
		tags = append(tags, t)
	}
	return tags
}

// idle are variables of Datadog's that people set and that change nothing here, with
// the reason.
var idle = map[string]string{
	"DD_PROFILING_ENABLED":                        "no profile is taken",
	"DD_APPSEC_ENABLED":                           "a load generator serves nothing to be protected",
	"DD_IAST_ENABLED":                             "a load generator serves nothing to be protected",
	"DD_DYNAMIC_INSTRUMENTATION_ENABLED":          "nothing is instrumented while the load runs",
	"DD_DATA_STREAMS_ENABLED":                     "no queue is watched",
	"DD_LLMOBS_ENABLED":                           "there is no model",
	"DD_API_KEY":                                  "everything goes through an agent, which has a key",
	"DD_SITE":                                     "everything goes through an agent, which knows the site",
	"DD_TRACE_HTTP_CLIENT_ERROR_STATUSES":         "a span is an error where the report counts a failure",
	"DD_TRACE_HTTP_CLIENT_RESOURCE_NAME_QUANTIZE": "resources are names of operations",
	"DD_TRACE_HEADER_TAGS":                        "headers are on no span",
	"DD_TRACE_CLIENT_IP_ENABLED":                  "only servers see clients",
	"DD_TRACE_PROPAGATION_STYLE_EXTRACT":          "no trace comes in",
	"DD_TRACE_ANALYTICS_ENABLED":                  "no integration is used",
	"DD_TRACE_AGENT_UNIX_DOMAIN_SOCKET":           "DD_TRACE_AGENT_URL=unix:///path does that",
	"DD_APM_RECEIVER_SOCKET":                      "DD_TRACE_AGENT_URL=unix:///path does that",
	"DD_DOGSTATSD_SOCKET":                         "DD_DOGSTATSD_URL=unix:///path does that",
	"DD_TRACE_OTEL_ENABLED":                       "spans are Datadog's",
	"OTEL_SERVICE_NAME":                           "DD_SERVICE does that",
	"OTEL_RESOURCE_ATTRIBUTES":                    "DD_TAGS does that for spans and metrics",
}

// idlers are a line for each variable that is set, not to "off", and changes nothing.
func idlers() (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(idle)) {
		text := getenv(name)
		if on, err := strconv.ParseBool(text); text != "" && (err != nil || on) {
			lines = append(lines, name+" has no effect: "+idle[name])
		}
	}
	return lines
}
