//go:build prometheus

package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/internal/porttest"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/scenario"
)

// files holds what Prometheus and Grafana load.
const files = "../../docs/prometheus/"

// installed returns the path of a program of Debian's package prometheus.
func installed(t *testing.T, name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian: apt-get install prometheus)", name)
	}
	return path
}

func promtool(t *testing.T, stdin io.Reader, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), installed(t, "promtool"), args...)
	cmd.Stdin = stdin
	out, err := cmd.CombinedOutput()
	assert.NoError(t, err, "promtool %s:\n%s", strings.Join(args, " "), out)
}

// TestPromtool: names, types, units and help follow Prometheus's conventions, and the files are right.
func TestPromtool(t *testing.T) {
	w := httptest.NewRecorder()
	everything(t).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	promtool(t, w.Body, "check", "metrics")
	promtool(t, nil, "check", "config", files+"prometheus.yml")
	promtool(t, nil, "check", "rules", files+"rules.yml", files+"alerts.yml")
	promtool(t, nil, "test", "rules", files+"rules_test.yml")
}

// TestPrometheusInCompose: docker-compose 1.29 reads it, images have a version, ports are this machine's,
// and what is mounted exists.
func TestPrometheusInCompose(t *testing.T) {
	compose, err := exec.LookPath("docker-compose")
	if err != nil {
		t.Skip("docker-compose is not installed")
	}
	out, err := exec.CommandContext(t.Context(), compose, "-f", "../../compose.yaml", "--profile", "observability", "config").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, want := range []string{"image: prom/prometheus:v", "image: grafana/grafana:1", "127.0.0.1:9090:9090", "127.0.0.1:3000:3000", "LOAD_PROMETHEUS_LISTEN: '*:9464'"} {
		assert.Contains(t, string(out), want)
	}
	mounts := regexp.MustCompile(`- (/\S+/docs/prometheus/\S+):/etc/\S+:ro`).FindAllStringSubmatch(string(out), -1)
	require.Len(t, mounts, 6)
	for _, m := range mounts {
		_, err := os.Stat(m[1])
		assert.NoError(t, err)
	}
}

// server is a Prometheus that runs.
type server struct {
	url string
	at  time.Time // what queries are answered for; zero: now
}

// serve starts Prometheus with the files of docs/prometheus and another target.
func serve(t *testing.T, target string, args ...string) *server {
	binary, dir := installed(t, "prometheus"), t.TempDir()
	for _, name := range []string{"prometheus.yml", "rules.yml", "alerts.yml"} {
		text, err := os.ReadFile(files + name)
		require.NoError(t, err)
		if name == "prometheus.yml" {
			for old, now := range map[string]string{"load-generator:9464": target, "interval: 5s": "interval: 1s"} {
				require.Contains(t, string(text), old)
				text = []byte(strings.ReplaceAll(string(text), old, now))
			}
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	address := porttest.Reserved(t)
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(t, err)
	cmd := exec.Command(binary, append([]string{
		"--config.file=" + filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path=" + filepath.Join(dir, "data"),
		"--web.listen-address=" + address, "--web.enable-remote-write-receiver",
	}, args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("Prometheus: %s", text)
		}
	})
	s := &server{url: "http://" + address}
	require.Eventually(t, func() bool {
		resp, err := http.Get(s.url + "/-/ready")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, time.Minute, 50*time.Millisecond)
	return s
}

// rows is what a query returns: values by the labels that are asked for, joined by a bar.
func (s *server) rows(t *testing.T, query string, labels ...string) map[string]float64 {
	t.Helper()
	address := s.url + "/api/v1/query?query=" + url.QueryEscape(query)
	if !s.at.IsZero() {
		address += "&time=" + s.at.Format(time.RFC3339Nano)
	}
	resp, err := http.Get(address)
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer struct {
		Error string
		Data  struct {
			Result []struct {
				Metric map[string]string
				Value  []any
			}
		}
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Empty(t, answer.Error, query)
	out := map[string]float64{}
	for _, r := range answer.Data.Result {
		var key []string
		for _, l := range labels {
			key = append(key, r.Metric[l])
		}
		v := math.NaN() // of a native histogram
		if len(r.Value) == 2 {
			v, err = strconv.ParseFloat(r.Value[1].(string), 64)
			require.NoError(t, err)
		}
		out[strings.Join(key, "|")] = v
	}
	return out
}

// really runs a load in real time.
func really(t *testing.T, e measure.Observer, each time.Duration) *report.Summary {
	sum, err := loadgen.Runner{
		Name: "shop", NewUser: flaky, Pace: scenario.Around(50*time.Millisecond, .5), Seed: 7, Observer: e,
		Schedule: phase.Schedule{{Name: "baseline", For: each, Users: 5}, {Name: "intervention", For: each, Users: 10}},
	}.Run(t.Context())
	require.NoError(t, err)
	return sum
}

// TestPrometheusScrapesARun: what its API answers after a run are the Summary's counts, to the last request;
// the quantiles are close, the rules have results, and so has every query of the dashboard; exemplars are those of the trace.
func TestPrometheusScrapesARun(t *testing.T) {
	e := newExporter(t, Config{Token: "sesame"})
	var scrapes atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer sesame") // the files show how, and have no secret
		e.ServeHTTP(w, r)
		scrapes.Add(1)
	}))
	defer target.Close()
	s := serve(t, strings.TrimPrefix(target.URL, "http://"), "--enable-feature=native-histograms,exemplar-storage")
	require.Eventually(t, func() bool { return scrapes.Load() > 0 }, time.Minute, 100*time.Millisecond, "the first scrape comes after some seconds")
	tracer := &tracing{spans: map[string]string{}}
	sum := really(t, measure.Observers(e, tracer), 6*time.Second)
	assert.Subset(t, slices.Collect(maps.Keys(exemplars(t, s, "loadgen_request_duration_seconds", tracer, sum))), eachOf)

	s.at = sum.Start.Add(time.Duration(sum.EndS*float64(time.Second)) - 200*time.Millisecond) // phases have no series after the end
	dashboard(t, s)
	for _, rule := range []string{
		"run_phase_outcome:loadgen_requests:rate1m", "run_phase_operation:loadgen_requests:rate1m", "run_phase:loadgen_requests_failed:ratio_rate1m",
		"run_phase:loadgen_request_duration_seconds:p95_rate1m", "run_phase_operation:loadgen_request_duration_seconds:p50_rate1m",
		"run_phase_operation:loadgen_request_duration_seconds:p95_rate1m", "run_phase_operation:loadgen_request_duration_seconds:p99_rate1m",
		"run:loadgen_wake_lag_seconds:p99_rate1m",
	} {
		assert.NotEmpty(t, s.rows(t, rule, "run"), rule)
	}

	s.at = time.Time{}
	end := scrapes.Load()
	require.Eventually(t, func() bool { return scrapes.Load() > end+1 }, time.Minute, 50*time.Millisecond, "a scrape that began after the end")
	require.Eventually(t, func() bool { return len(s.rows(t, `loadgen_run_end_timestamp_seconds`, "run")) == 1 }, time.Minute, 50*time.Millisecond)
	assert.Len(t, s.rows(t, `loadgen_run_end_timestamp_seconds * 1000`), 1, "the annotation of the end")
	equal(t, s, sum, "r-1")
	for _, op := range sum.Total.Operations[:len(sum.Total.Operations)-1] {
		for _, p := range []float64{.5, .95, .99} {
			query := fmt.Sprintf(`histogram_quantile(%g, sum(loadgen_request_duration_seconds{operation="%s", outcome="ok"}))`, p, op.Op())
			assert.InEpsilon(t, op.Response.Quantile(p).Seconds(), s.rows(t, query)[""], .05, query)
		}
	}
	query := `count(loadgen_request_duration_seconds_bucket)`
	assert.Empty(t, s.rows(t, query), "Prometheus 2.42 keeps the native histogram instead of the classic one")
}

// exemplars holds those that the API has of a metric against the traces of a run, and returns whose they are.
func exemplars(t *testing.T, s *server, metric string, tracer *tracing, sum *report.Summary) map[string]bool {
	t.Helper()
	query := url.Values{"query": {metric}, "start": {sum.Start.Add(-time.Minute).Format(time.RFC3339)}, "end": {time.Now().Add(time.Minute).Format(time.RFC3339)}}
	resp, err := http.Get(s.url + "/api/v1/query_exemplars?" + query.Encode())
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer struct {
		Error string
		Data  []struct {
			SeriesLabels map[string]string
			Exemplars    []struct {
				Labels map[string]string
				Value  string
			}
		}
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Empty(t, answer.Error)
	series, n := map[string]bool{}, 0
	for _, x := range answer.Data {
		series[x.SeriesLabels["phase"]+"|"+x.SeriesLabels["operation"]] = true
		for _, one := range x.Exemplars {
			n++
			assert.Equal(t, tracer.spans[one.Labels["trace_id"]], one.Labels["span_id"])
			took, err := strconv.ParseFloat(one.Value, 64)
			require.NoError(t, err)
			assert.Positive(t, took)
		}
	}
	t.Logf("%d exemplars of %d series", n, len(answer.Data))
	return series
}

// eachOf are the series of a run of really.
var eachOf = []string{"baseline|GET /list", "baseline|GET /search", "intervention|GET /list", "intervention|GET /search"}

// equal holds what the API answers against the Summary.
func equal(t *testing.T, s *server, sum *report.Summary, run string) {
	t.Helper()
	requests := s.rows(t, `loadgen_requests_total{run="`+run+`"}`, "phase", "operation", "outcome")
	counts := s.rows(t, `histogram_count(loadgen_request_duration_seconds{run="`+run+`"})`, "phase", "operation", "outcome")
	sums := s.rows(t, `histogram_sum(loadgen_request_duration_seconds{run="`+run+`"})`, "phase", "operation", "outcome")
	want := map[string]float64{}
	for _, p := range sum.Phases {
		for _, op := range p.Operations[:len(p.Operations)-1] {
			key := p.Name + "|" + op.Op().String()
			want[key+"|ok"], want[key+"|failed"] = float64(op.Successes()), float64(op.Failures)
			assert.InEpsilon(t, op.Response.Sum(), sums[key+"|ok"], 1e-9)
			for outcome, n := range map[string]int64{"|ok": op.Successes(), "|failed": op.Failures} {
				assert.EqualValues(t, n, counts[key+outcome], key+outcome)
			}
		}
	}
	assert.Equal(t, want, requests)
	total := s.rows(t, `sum(loadgen_requests_total{run="`+run+`"})`)[""]
	assert.EqualValues(t, sum.Total.Requests, total)
	t.Logf("run %s: summary %d requests, %d failed; Prometheus %g", run, sum.Total.Requests, sum.Total.Failures, total)
}

// dashboard asks every query of the dashboard, with its variables filled in.
func dashboard(t *testing.T, s *server) {
	text, err := os.ReadFile(files + "dashboard.json")
	require.NoError(t, err)
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Annotations struct{ List []struct{ Expr string } }
	}
	require.NoError(t, json.Unmarshal(text, &d))
	queries := map[string]string{}
	for _, p := range d.Panels {
		for i, target := range p.Targets {
			queries[fmt.Sprint(p.Title, " ", i)] = target.Expr
		}
	}
	require.Greater(t, len(queries), 30)
	fill := strings.NewReplacer("$__rate_interval", "1m", "$run", ".*", "$phase", ".*", "$operation", ".*")
	for title, query := range queries {
		assert.NotEmpty(t, s.rows(t, fill.Replace(query)), "%s: %s", title, query)
	}
	require.Len(t, d.Annotations.List, 2)
	assert.Len(t, s.rows(t, fill.Replace("max_over_time(("+d.Annotations.List[0].Expr+")[30s:1s])"), "phase"), 2, "where phases begin")
}

// TestPrometheusTakesWhatIsPushed: a run that no scrape sees is there as a whole, from zero to its last
// request, with native histograms where the server has them, and with exemplars.
func TestPrometheusTakesWhatIsPushed(t *testing.T) {
	for _, native := range []bool{true, false} {
		t.Run(fmt.Sprintf("native=%v", native), func(t *testing.T) {
			features := "exemplar-storage"
			if native {
				features += ",native-histograms"
			}
			s := serve(t, "127.0.0.1:1", "--enable-feature="+features)
			log := new(journal)
			e := newExporter(t, Config{Push: s.url + "/api/v1/write", Instance: "here", Logger: log.logger()})
			e.endLimit = time.Minute
			tracer := &tracing{spans: map[string]string{}}
			sum := really(t, measure.Observers(e, tracer), time.Second)
			assert.Empty(t, log.String())
			assert.Subset(t, slices.Collect(maps.Keys(exemplars(t, s, "loadgen_request_duration_seconds_bucket", tracer, sum))), eachOf)
			if native { // 2.42 drops those of a native histogram that is new to it
				exemplars(t, s, "loadgen_request_duration_seconds", tracer, sum)
			}
			assert.Empty(t, e.Losses().String())
			classic := s.rows(t, `sum(loadgen_request_duration_seconds_bucket{job="load-generator", instance="here", le="+Inf"})`)
			assert.EqualValues(t, sum.Total.Requests, classic[""])
			assert.EqualValues(t, sum.Total.Requests, s.rows(t, `sum(loadgen_requests_total)`)[""])
			for series, v := range s.rows(t, `min_over_time(loadgen_requests_total[5m])`, "phase", "operation", "outcome") {
				assert.Zero(t, v, "%s begins with zero", series)
			}
			if native {
				equal(t, s, sum, "r-1")
			} else {
				assert.Empty(t, s.rows(t, `loadgen_request_duration_seconds`))
			}
		})
	}
}

// TestPrometheusTakesRunsAtOnce: two programs of one host push, and what the second one sends is of earlier.
func TestPrometheusTakesRunsAtOnce(t *testing.T) {
	s, now := serve(t, "127.0.0.1:1", "--enable-feature=native-histograms"), time.Now().Add(-time.Minute)
	for i, id := range []string{"a", "b"} {
		e := newExporter(t, Config{Push: s.url + "/api/v1/write", Instance: "here", RunID: id})
		e.endLimit = time.Minute
		run, r := begin(e, twoPhases, now)
		recordAt(r, 0, time.Millisecond, report.Op{Name: "x"}, "")
		run.EndRun(r.Summary(record.Meta{End: time.Duration(2-i) * time.Second}))
		assert.Empty(t, e.Losses().String())
	}
	assert.Equal(t, map[string]float64{"a": 1, "b": 1}, s.rows(t, `sum by (run) (loadgen_requests_total)`, "run"))
}

// tracing traces every request, as a tracer next to the Exporter does.
type tracing struct {
	measure.RunObserver
	mu    sync.Mutex
	spans map[string]string // by trace
}

func (x *tracing) BeginRun(measure.Run) measure.RunObserver { return x }

func (x *tracing) BeginPhase(int, report.PhaseInfo) {}

func (x *tracing) Watch(*report.Snapshot) {}

func (x *tracing) EndRun(*report.Summary) {}

func (x *tracing) End(time.Duration, error, bool) {}

func (x *tracing) BeginTask(ctx context.Context, _ measure.Task) (context.Context, measure.TaskSpan) {
	return ctx, x
}

func (x *tracing) BeginRequest(report.Op, time.Duration, time.Duration) measure.RequestSpan {
	x.mu.Lock()
	defer x.mu.Unlock()
	id := fmt.Sprintf("%032x", len(x.spans)+1)
	x.spans[id] = id[16:]
	return traced{id: id}
}

// traced is the span of a request, with the id of its trace.
type traced struct {
	measure.RequestSpan
	id string
}

func (s traced) End(measure.Outcome) {}

func (s traced) Trace() (trace, span string) { return s.id, s.id[16:] }
