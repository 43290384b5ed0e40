// Command exporting does the work of the bench's suite exporters: a run in which
// exporters take part. It is a separate program, so that what the exporters
// link is not in the figures of others.
package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"

	"github.com/gensim/load-generator/bench/internal/work"
	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/otel"
	"github.com/gensim/load-generator/loadgen/prometheus"
	"github.com/gensim/load-generator/loadgen/samples"
)

// traced is the share of task runs that are traced.
const traced = 0.01

func main() {
	err := errors.New("want: work JOB")
	if len(os.Args) == 3 && os.Args[1] == "work" {
		err = work.Main(os.Args[2], exporter)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "exporting:", err)
		os.Exit(1)
	}
}

// starts are the exporters by name. All of them send to the target, which takes everything.
var starts = map[string]func(work.Job) (work.Exporter, error){
	work.Datadog: startDatadog, work.OTel: startOTel, work.Prometheus: startPrometheus,
}

// exporter starts the one of a name, or one that writes the file of that name.
func exporter(j work.Job, name string) (work.Exporter, error) {
	if start := starts[name]; start != nil {
		return start(j)
	}
	e, err := samples.New(samples.Config{File: name})
	if err != nil {
		return work.Exporter{}, err
	}
	return work.Exporter{Observer: e, Stop: func() error { return lost(words(e.Losses())) }}, nil
}

func startDatadog(j work.Job) (x work.Exporter, err error) {
	at, err := url.Parse(j.URL)
	if err != nil {
		return x, err
	}
	statsd, err := net.ListenPacket("udp", "127.0.0.1:0") // the kernel drops what is not read, and sending costs the same
	if err != nil {
		return x, err
	}
	err = setenv(map[string]string{
		"DD_AGENT_HOST": at.Hostname(), "DD_TRACE_AGENT_PORT": at.Port(), "DD_DOGSTATSD_URL": "udp://" + statsd.LocalAddr().String(),
	})
	if err != nil {
		return x, err
	}
	e, err := datadog.Start(datadog.Config{SampleRate: traced})
	if err != nil {
		return x, err
	}
	return work.Exporter{Observer: e, Stop: func() error {
		defer statsd.Close()
		return lost(e.Stop())
	}}, nil
}

func startOTel(j work.Job) (x work.Exporter, err error) {
	if err := setenv(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": j.URL, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}); err != nil {
		return x, err
	}
	e, err := otel.Start(otel.Config{SampleRate: traced})
	if err != nil {
		return x, err
	}
	return work.Exporter{Observer: e, Stop: func() error { return lost(e.Stop()) }}, nil
}

func startPrometheus(j work.Job) (x work.Exporter, err error) {
	e, err := prometheus.New(prometheus.Config{Push: j.URL + "/api/v1/write"})
	if err != nil {
		return x, err
	}
	return work.Exporter{Observer: e, Stop: func() error { return lost(words(e.Losses().String())) }}, nil
}

func setenv(all map[string]string) error {
	for name, value := range all {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// lost is an error when an exporter lost something: what is cheap because it drops must not stand in a table.
func lost(l interface {
	fmt.Stringer
	Any() bool
}) error {
	if !l.Any() {
		return nil
	}
	return fmt.Errorf("the exporter lost %v", l)
}

// words are losses as a text, "" for none.
type words string

func (w words) String() string { return string(w) }
func (w words) Any() bool      { return w != "" }
