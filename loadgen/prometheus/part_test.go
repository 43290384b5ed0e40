package prometheus

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// read hands settings to a part.
func read(t *testing.T, c Config, args string, env map[string]string) *asPart {
	t.Helper()
	p := &asPart{config: c}
	require.NoError(t, setting.NewTable(setting.Section{Options: p.options()}).Read(strings.Fields(args), env))
	return p
}

func TestSettingsReachTheExporter(t *testing.T) {
	p := read(t, Config{Job: "shop"}, "--prometheus-push http://p/write --prometheus-run-id build-7", map[string]string{"LOAD_PROMETHEUS_TOKEN": "sesame", "LOAD_PROMETHEUS_LISTEN": ":9464"})
	assert.Equal(t, Config{Job: "shop", Push: "http://p/write", RunID: "build-7", Token: "sesame"}, p.config)
	assert.Equal(t, "127.0.0.1:9464", p.listen)
	own := Config{Push: "http://own", RunID: "own", Token: "own"}
	assert.Equal(t, own, read(t, own, "", nil).config, "what nothing sets stays the program's")
	for text, want := range map[string]string{"*:1": ":1", "[::1]:1": "[::1]:1", "0.0.0.0:0": "0.0.0.0:0", "": ""} {
		assert.Equal(t, want, read(t, Config{}, "--prometheus-listen="+text, nil).listen)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	for args, says := range map[string]string{
		"--prometheus=perhaps":                            `--prometheus="perhaps"; accepted: true`,
		"--prometheus-listen=9464":                        `--prometheus-listen="9464"; accepted: an address such as 127.0.0.1:9464`,
		"--prometheus-listen=a:":                          `accepted: an address such as`,
		"--prometheus-listen=:99999":                      `--prometheus-listen=":99999"; accepted: an address such as`,
		"--prometheus-listen=*:-1":                        `accepted: an address such as`,
		"--prometheus-push=p:9090":                        `--prometheus-push="p:9090"; accepted: a URL such as`,
		"--prometheus-push=ftp://a:s3cr@t/":               `--prometheus-push="ftp://a:xxxxx@t/"; accepted: a URL such as`,
		"--prometheus-run-id=" + strings.Repeat("x", 101): "accepted: UTF-8 of at most 100 bytes",
	} {
		err := setting.NewTable(setting.Section{Options: new(asPart).options()}).Read([]string{args}, nil)
		require.ErrorContains(t, err, says)
	}
	require.ErrorContains(t, Part(Config{PushEvery: -1}).Check(), "PushEvery is -1")
	require.NoError(t, Part(Config{}).Check())
}

func TestWhatAsksForThePart(t *testing.T) {
	for args, want := range map[string]bool{
		"": false, "--prometheus": true, "--prometheus-listen :0": true, "--prometheus-push http://p": true, "--prometheus-token x": false,
		"--prometheus=false --prometheus-listen :0": false,
	} {
		p := read(t, Config{}, args, nil)
		wanted, _ := p.wanted(p.asked.V)
		assert.Equal(t, want, wanted, args)
	}
}

func TestAPortForMetricsAlone(t *testing.T) {
	log := new(journal)
	running, err := read(t, Config{RunID: "r-1"}, "--prometheus-listen :0 --prometheus-token sesame", nil).start(t.Context(), part.Setup{Log: log.logger(), Version: "1.2.3", Headless: true})
	require.NoError(t, err)
	assert.Empty(t, running.Routes, "the page's port is asked for by --prometheus")
	e := running.Observer.(*Exporter)
	run, r := begin(e, twoPhases, start)
	recordAt(r, 0, time.Millisecond, report.Op{Name: "x"}, "")
	run.EndRun(r.Summary(record.Meta{End: time.Second}))
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/metrics`).FindString(log.String())
	require.NotEmpty(t, url, log.String())
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, x := range []struct {
		url, token string
		code       int
		body       string
	}{
		{url, "", 401, "A token is needed."},
		{url, "sesame", 200, `loadgen_requests_total{kind="",operation="x",outcome="ok",phase="baseline",run="r-1"} 1`},
		{url, "sesame", 200, `version="1.2.3"`},
		{strings.TrimSuffix(url, "metrics"), "sesame", 404, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, x.url, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+x.token)
		resp, err := client.Do(req)
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, x.code, resp.StatusCode, x)
		assert.Contains(t, string(text), x.body)
	}
	assert.NotContains(t, log.String(), "level=WARN")
	require.NoError(t, running.Stop(t.Context()))
	_, err = client.Get(url)
	require.Error(t, err, "the port is free again")
}

func TestWhatAStartSays(t *testing.T) {
	for args, says := range map[string]string{
		"--prometheus": `--prometheus="true\" has no effect without a page`,
		"--prometheus --prometheus-push http://127.0.0.1:1": "",
		"--prometheus-listen *:0":                           "Anyone who reaches this address can read the metrics",
		"--prometheus-listen *:0 --prometheus-token x":      "",
	} {
		log := new(journal)
		running, err := read(t, Config{}, args, nil).start(t.Context(), part.Setup{Log: log.logger(), Headless: true})
		require.NoError(t, err)
		if running.Stop != nil {
			require.NoError(t, running.Stop(t.Context()))
		}
		assert.Equal(t, says != "", strings.Contains(log.String(), "level=WARN"), args)
		assert.Contains(t, strings.ReplaceAll(log.String(), `\"true`, `"true`), says)
	}
	running, err := read(t, Config{}, "--prometheus --prometheus-token x", nil).start(t.Context(), part.Setup{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.Len(t, running.Routes, 1)
	assert.Equal(t, "/metrics x", running.Routes[0].Path+" "+running.Routes[0].Token)
	assert.Empty(t, running.Losses())

	_, err = read(t, Config{}, "--prometheus-listen 203.0.113.1:1", nil).start(t.Context(), part.Setup{Log: slog.New(slog.DiscardHandler)})
	require.ErrorContains(t, err, "metrics cannot be served: listen tcp 203.0.113.1:1")
}

// TestOptionsAreDescribed holds docs/command.md against the options of the part.
func TestOptionsAreDescribed(t *testing.T) {
	page := document(t, "command.md")
	for _, o := range new(asPart).options() {
		assert.Contains(t, page, "| `--"+o.Flag+"` | `"+o.Env[0]+"` |")
	}
}

// TestAWorkerServesNoMetrics: its coordinator has the figures, and on one machine the port.
func TestAWorkerServesNoMetrics(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	p := read(t, Config{}, "--prometheus-listen "+taken.Addr().String(), nil)
	running, err := p.start(t.Context(), part.Setup{Log: slog.New(slog.DiscardHandler), Worker: true})
	require.NoError(t, err)
	assert.Nil(t, running.Observer)
}
