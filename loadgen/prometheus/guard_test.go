package prometheus

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
)

func TestScrapeNeedsTheToken(t *testing.T) {
	e := newExporter(t, Config{Token: " sesame\n"})
	for _, x := range []struct {
		want          int
		method, shown string
		user, pass    string
	}{
		{401, "GET", "", "", ""},
		{401, "GET", "Bearer", "", ""},
		{401, "GET", "Bearer ", "", ""},
		{401, "GET", "Bearer sesam", "", ""},
		{401, "GET", "Basic sesame", "", ""},
		{401, "GET", "", "sesame", ""},
		{401, "POST", "", "", ""},
		{200, "GET", "Bearer sesame", "", ""},
		{200, "GET", "bearer sesame ", "", ""},
		{200, "GET", "", "any", "sesame"},
		{200, "HEAD", "Bearer sesame", "", ""},
		{405, "POST", "Bearer sesame", "", ""},
	} {
		req := httptest.NewRequest(x.method, "/metrics", nil)
		if x.shown != "" {
			req.Header.Set("Authorization", x.shown)
		}
		if x.user != "" {
			req.SetBasicAuth(x.user, x.pass)
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, req)
		assert.Equal(t, x.want, w.Code, x)
		if x.want == 401 {
			assert.Equal(t, `Bearer realm="metrics"`, w.Header().Get("WWW-Authenticate"))
			assert.NotContains(t, w.Body.String(), "go_goroutines")
		}
	}
}

// TestFormsOfAScrape: what clients ask for, protobuf, OpenMetrics or text, they get, and all of it
// can be read.
func TestFormsOfAScrape(t *testing.T) {
	e := newExporter(t, Config{})
	run, r := begin(e, twoPhases, start)
	recordAt(r, 0, 30*time.Millisecond, report.Op{Method: "GET", Name: `/"quoted"\n` + "\n\xff"}, "")
	run.Watch(r.Snapshot(time.Second))
	server := httptest.NewServer(e)
	defer server.Close()
	for accept, native := range map[string]bool{
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited": true,
		"application/openmetrics-text;version=1.0.0":                                                 false,
		"": false,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		req.Header.Set("Accept", accept)
		resp, err := server.Client().Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, 200, resp.StatusCode)
		if accept != "" && !native {
			text, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Contains(t, string(text), "\n# EOF\n")
			assert.Contains(t, string(text), `loadgen_request_duration_seconds_bucket{kind="",operation="GET /\"quoted\"\\n\n�",outcome="ok",phase="baseline",run="r-1",le="0.05"} 1`)
			continue
		}
		dec, found := expfmt.NewDecoder(resp.Body, expfmt.ResponseFormat(resp.Header)), 0
		for {
			family := new(dto.MetricFamily)
			if err := dec.Decode(family); err == io.EOF {
				break
			} else {
				require.NoError(t, err)
			}
			if family.GetName() == "loadgen_request_duration_seconds" {
				found++
				h := family.Metric[0].Histogram
				assert.EqualValues(t, 1, h.GetSampleCount())
				assert.GreaterOrEqual(t, len(h.Bucket), 14, "classic buckets")
				assert.Equal(t, native, len(h.PositiveSpan) > 0)
			}
		}
		assert.Equal(t, 1, found)
	}
}
