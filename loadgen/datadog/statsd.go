package datadog

import (
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
)

// reconnect is how often an address that does not resolve is tried again.
const reconnect = 5 * time.Second

// connect makes the DogStatsD client. It returns when there is one; while the
// address does not resolve, what is to be sent waits in the recorder.
func (e *Exporter) connect() {
	for {
		c, err := statsd.NewDirect(e.statsd, statsd.WithTags(e.metricTags()))
		if err == nil {
			e.client.Store(c)
			select {
			case <-e.quit: // Stop came first and closed nothing
				_ = c.Close()
			default:
			}
			return
		}
		e.trouble("the Datadog agent cannot be reached", err)
		select {
		case <-e.quit:
			return
		case <-time.After(reconnect):
		}
	}
}

// metricTags are the tags of every metric. The client reads DD_SERVICE, DD_ENV
// and DD_VERSION itself, but not DD_TAGS, and knows no defaults.
func (e *Exporter) metricTags() []string {
	tags := append(e.config.extra(), e.tags...)
	for _, t := range []struct{ variable, key, value string }{
		{"DD_SERVICE", "service", e.service}, {"DD_ENV", "env", e.env}, {"DD_VERSION", "version", e.version},
	} {
		if getenv(t.variable) == "" {
			tags = append(tags, tag(t.key, t.value))
		}
	}
	return tags
}

func (e *Exporter) flushMetrics() {
	if c := e.client.Load(); c != nil {
		_ = c.Flush() // the client counts what it cannot send
	}
}
