package prometheus

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/internal/porttest"
)

func TestReceiversThatTakeLess(t *testing.T) {
	for name, x := range map[string]struct{ native, zeros bool }{"no native histograms": {false, true}, "no zeros": {true, false}, "neither": {}} {
		t.Run(name, func(t *testing.T) {
			r := receive(t, func(_ http.ResponseWriter, _ *http.Request, all []series) int {
				for _, s := range all {
					if len(s.histograms) > 0 && !x.native {
						return http.StatusInternalServerError // of Prometheus without the feature
					}
					if len(s.values) > 1 && !x.zeros {
						return http.StatusBadRequest // out of order: they arrived before, and the answer did not
					}
				}
				return http.StatusOK
			})
			e, add, end := pushing(t, r.URL, nil)
			add(time.Second, 3)
			end(2 * time.Second)
			assert.Empty(t, e.Losses().String())
			for name, there := range map[string]bool{"loadgen_request_duration_seconds": x.native, "loadgen_request_duration_seconds_count": true, "loadgen_requests_total": true} {
				first, last, n := r.ends(name, "outcome=ok")
				if assert.Equal(t, there, n > 0, name) && there {
					assert.Equal(t, x.zeros, first.v == 0, name)
					assert.EqualValues(t, 3, last.v, name)
				}
			}
		})
	}
}

func TestReceiversThatRefuse(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a time limit")
	}
	for name, x := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request, all []series) int
		says   string
		lost   Losses
	}{
		"not found": {func(http.ResponseWriter, *http.Request, []series) int { return 404 }, "it answers 404: because of me (Prometheus receives remote write with --web.enable-remote-write-receiver)", Losses{Ends: 1}},
		"forbidden": {func(http.ResponseWriter, *http.Request, []series) int { return 403 }, "it answers 403: because of me", Losses{Ends: 1}},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request, _ []series) int {
			w.Header().Set("Location", r.URL.String())
			return 307
		}, "it answers 307", Losses{Ends: 1}},
		"busy": {func(w http.ResponseWriter, _ *http.Request, _ []series) int {
			w.Header().Set("Retry-After", "3600")
			return 429
		}, "it answers 429", Losses{Ends: 1}},
		"silent": {func(_ http.ResponseWriter, r *http.Request, _ []series) int { <-r.Context().Done(); return 0 }, "context deadline exceeded", Losses{Ends: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			log := new(journal)
			r := receive(t, x.answer)
			e, add, end := pushing(t, strings.Replace(r.URL, "http://", "http://ann:open-sesame@", 1)+"/write?key=hidden", log)
			if name == "silent" {
				e.endLimit = endLimit
			}
			add(time.Second, 1)
			end(2 * time.Second)
			lost := e.Losses()
			assert.Equal(t, x.lost.Ends, lost.Ends)
			assert.GreaterOrEqual(t, lost.Pushes, int64(1))
			assert.Contains(t, log.String(), x.says)
			assert.Equal(t, 1, strings.Count(log.String(), "level=WARN"), "said once")
			assert.NotContains(t, log.String(), "sesame")
			assert.NotContains(t, log.String(), "hidden")
			assert.EqualValues(t, lost.Pushes, gather(t, e).value(`loadgen_export_lost_total{what="push"}`))
		})
	}
}

// TestABusyReceiverGetsTheEndLater: within the second that is left.
func TestABusyReceiverGetsTheEndLater(t *testing.T) {
	n := 0
	r := receive(t, func(http.ResponseWriter, *http.Request, []series) int {
		if n++; n < 3 {
			return 503
		}
		return 204
	})
	e, _, end := pushing(t, r.URL, nil)
	end(time.Second)
	assert.Empty(t, e.Losses().String())
	assert.Equal(t, 3, r.requests)
}

func TestNoReceiver(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a time limit")
	}
	log := new(journal)
	e, add, end := pushing(t, "http://"+porttest.Refusing(t), log)
	e.endLimit = endLimit
	add(time.Second, 1) // it has longer than the end to be refused
	require.Eventually(t, func() bool { return e.Losses().Pushes > 0 }, time.Minute, time.Millisecond)
	end(2 * time.Second)
	assert.EqualValues(t, 1, e.Losses().Ends)
	assert.Contains(t, e.Losses().String(), "the end of 1 run among them")
	assert.Contains(t, log.String(), "refused")
}

// TestAReceiverWithAWrongCertificate: nothing is sent to it.
func TestAReceiverWithAWrongCertificate(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a time limit")
	}
	asked := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	log := new(journal)
	e, add, end := pushing(t, server.URL, log)
	add(time.Second, 1) // it has longer than the end to see the certificate
	require.Eventually(t, func() bool { return e.Losses().Pushes > 0 }, time.Minute, time.Millisecond)
	e.endLimit = endLimit
	end(2 * time.Second)
	server.Close()
	assert.EqualValues(t, 1, e.Losses().Ends)
	assert.Contains(t, log.String(), "certificate")
	assert.False(t, asked)
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "x": 0, "-5": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "999999": time.Hour, "Mon, 02 Jan 2006 15:04:05 GMT": 0,
	} {
		assert.Equal(t, want, retryAfter(text), text)
	}
	assert.Equal(t, time.Hour, retryAfter(time.Now().Add(48*time.Hour).UTC().Format(http.TimeFormat)))
	require.Positive(t, retryAfter(time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)))
}
