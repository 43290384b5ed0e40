package receivers

import (
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/gensim/load-generator/loadgen/datadog"
	"github.com/gensim/load-generator/loadgen/otel"
	metrics "github.com/gensim/load-generator/loadgen/prometheus"
	"github.com/gensim/load-generator/loadgen/samples"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/samplefile"
)

// row names a row of the table: requests of one phase, operation and outcome.
type row struct{ phase, operation, outcome string }

// counts are those that a receiver has.
type counts map[row]int64

// add adds to a row; what is zero has none.
func (c counts) add(phase, operation, outcome string, n int64) {
	if n != 0 {
		c[row{phase, operation, outcome}] += n
	}
}

// all is the sum of all rows.
func (c counts) all() (n int64) {
	for _, x := range c {
		n += x
	}
	return n
}

// operations is how many there are.
func (c counts) operations() int {
	all := map[string]bool{}
	for x := range c {
		all[x.operation] = true
	}
	return len(all)
}

// ofSummary are the counts of a Summary.
func ofSummary(sum *report.Summary) counts {
	out := counts{}
	for i := range sum.Phases {
		p := &sum.Phases[i]
		for _, op := range p.Operations[:max(0, len(p.Operations)-1)] {
			out.add(p.Name, op.Op().String(), "ok", op.Successes())
			out.add(p.Name, op.Op().String(), "failed", op.Failures)
		}
	}
	return out
}

// receivers are all exporters, and what receives from them in this process.
type receivers struct {
	t          *testing.T
	prometheus *metrics.Exporter
	otel       *otel.Exporter
	datadog    *datadog.Exporter
	file       string
	Observer   measure.Observer

	mu     sync.Mutex
	last   *collector.ExportMetricsServiceRequest
	statsd strings.Builder
	done   chan struct{} // closed when nothing comes any longer
	socket net.PacketConn
}

// listen starts all.
func listen(t *testing.T) *receivers {
	r := &receivers{t: t, file: filepath.Join(t.TempDir(), "run.jsonl.gz"), done: make(chan struct{})}
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "DD_") {
			t.Setenv(name, "") // restores it at the end of the test
			require.NoError(t, os.Unsetenv(name))
		}
	}
	otlp := httptest.NewServer(http.HandlerFunc(r.export))
	t.Cleanup(otlp.Close)
	agent := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(agent.Close)
	var err error
	r.socket, err = net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	go r.receive()
	t.Cleanup(func() { _ = r.socket.Close(); <-r.done })
	for name, text := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.URL, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
		"DD_TRACE_AGENT_URL": agent.URL, "DD_DOGSTATSD_URL": "udp://" + r.socket.LocalAddr().String(), "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
	} {
		t.Setenv(name, text)
	}
	r.prometheus, err = metrics.New(metrics.Config{RunID: "r-1"})
	require.NoError(t, err)
	r.otel, err = otel.Start(otel.Config{SampleRate: -1, RunID: "r-1"})
	require.NoError(t, err)
	r.datadog, err = datadog.Start(datadog.Config{SampleRate: -1, RunID: "r-1"})
	require.NoError(t, err)
	t.Cleanup(func() { r.datadog.Stop() })
	file, err := samples.New(samples.Config{File: r.file})
	require.NoError(t, err)
	r.Observer = measure.Observers(r.prometheus, r.otel, r.datadog, file)
	return r
}

// export receives metrics by OTLP.
func (r *receivers) export(w http.ResponseWriter, req *http.Request) {
	var from io.Reader = req.Body
	if req.Header.Get("Content-Encoding") == "gzip" {
		from, _ = gzip.NewReader(req.Body)
	}
	body, err := io.ReadAll(from)
	in := new(collector.ExportMetricsServiceRequest)
	if err == nil {
		err = proto.Unmarshal(body, in)
	}
	if err != nil || req.URL.Path != "/v1/metrics" {
		http.Error(w, req.URL.Path, http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.last = in
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-protobuf") // an empty answer
}

// receive receives DogStatsD's lines.
func (r *receivers) receive() {
	defer close(r.done)
	datagram := make([]byte, 64<<10)
	for {
		n, _, err := r.socket.ReadFrom(datagram)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.statsd.Write(append(datagram[:n:n], '\n'))
		r.mu.Unlock()
	}
}

// ofPrometheus are the counts of a scrape.
func (r *receivers) ofPrometheus() counts {
	registry := prometheus.NewPedanticRegistry()
	require.NoError(r.t, registry.Register(r.prometheus.Collector()))
	families, err := registry.Gather()
	require.NoError(r.t, err)
	out := counts{}
	for _, f := range families {
		if f.GetName() != "loadgen_requests_total" {
			continue
		}
		for _, m := range f.Metric {
			label := map[string]string{}
			for _, l := range m.Label {
				label[l.GetName()] = l.GetValue()
			}
			out.add(label["phase"], label["operation"], label["outcome"], int64(m.Counter.GetValue()))
		}
	}
	return out
}

// ofOTel are the counts of the export that came last, which the end of a run has sent.
func (r *receivers) ofOTel() counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	require.NotNil(r.t, r.last)
	out := counts{}
	for _, resource := range r.last.ResourceMetrics {
		for _, scope := range resource.ScopeMetrics {
			for _, m := range scope.Metrics {
				if m.Name != "loadgen.requests" {
					continue
				}
				for _, p := range m.GetSum().GetDataPoints() {
					label := map[string]string{}
					for _, a := range p.Attributes {
						label[a.Key] = a.Value.GetStringValue()
					}
					out.add(label["load.phase"], label["load.operation"], label["load.outcome"], p.GetAsInt())
				}
			}
		}
	}
	return out
}

// ofSamples are the counts of the file's requests.
func (r *receivers) ofSamples() counts {
	sum, err := samplefile.Summary(r.file)
	require.NoError(r.t, err)
	return ofSummary(sum)
}

// ofDatadog are the sums of all lines.
func (r *receivers) ofDatadog() counts {
	r.mu.Lock()
	text := r.statsd.String()
	r.mu.Unlock()
	out := counts{}
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "load_generator.requests:")
		if !ok {
			continue
		}
		value, tags, _ := strings.Cut(rest, "|c|#")
		n, err := strconv.ParseInt(value, 10, 64)
		require.NoError(r.t, err, line)
		label := map[string]string{}
		for tag := range strings.SplitSeq(tags, ",") {
			key, v, _ := strings.Cut(tag, ":")
			label[key] = v
		}
		out.add(label["load.phase"], label["load.operation"], map[string]string{"success": "ok", "failure": "failed"}[label["load.outcome"]], n)
	}
	return out
}

// stop ends the exporters; nothing may be lost but what a socket drops.
func (r *receivers) stop() {
	assert.Empty(r.t, r.otel.Stop())
	assert.Empty(r.t, r.prometheus.Losses())
	r.datadog.Stop()
}
