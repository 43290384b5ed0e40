package loadtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/loadtest"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/scenario"
)

func TestPassingRun(t *testing.T) {
	var sum *report.Summary
	w := seen(t, func(t testing.TB) {
		sum = loadtest.Run(t, runner(100*time.Millisecond),
			"p95 < 150ms", "intervention visit failures = 0", "intervention vs baseline p95 < +10%", "generator healthy", "abort unless p50 < 1s")
	})
	require.False(t, w.failed, w.fatal)
	require.NotNil(t, sum)
	log := w.log.String()
	assert.Contains(t, log, "holds: intervention vs baseline p95 < +10%.")
	assert.Equal(t, 5, strings.Count(log, "holds: "))
	assert.Contains(t, log, "0:13 baseline")
	assert.Contains(t, log, "intervention (")
	assert.InDelta(t, 21, strings.Count(log, " users ("), 3, "about twenty lines of progress")
	for file, want := range map[string]string{
		"visits.json": `"plan_digest"`, "visits.html": "Claims <small>all hold</small>", "visits.md": "All 5 claims hold", "visits.junit.xml": "<testsuites",
	} {
		text, err := os.ReadFile(filepath.Join(w.dir, file))
		require.NoError(t, err)
		assert.Contains(t, strings.ToLower(string(text)), strings.ToLower(want), file)
	}
	assert.Contains(t, log, filepath.Join(w.dir, "visits.html"))
}

func TestBrokenRunTellsWhatToKnow(t *testing.T) {
	w := seen(t, func(t testing.TB) {
		loadtest.Run(t, runner(400*time.Millisecond), "baseline p95 < 150ms", "intervention p95 < 250ms", "intervention vs baseline p50 < +10%")
	})
	assert.Contains(t, w.log.String(), "holds: baseline p95 < 150ms")
	for _, want := range []string{
		"loadtest: 2 of 3 claims do not hold\nbroken: intervention p95 < 250ms\n",
		"p95 in intervention was 400 ms (settled 400 ms, 95 % interval 400 ms to 400 ms); ",
		"worst: visit 400 ms (100 % of the requests)", "replay: seed 7, plan ",
		"broken: intervention vs baseline p50 < +10%\n    Worse: p50 +300 %", "The two phases ran at different times; anything else that changed between them is included in this difference.",
	} {
		assert.Contains(t, w.fatal, want)
	}
	text, err := os.ReadFile(filepath.Join(w.dir, "visits.html"))
	require.NoError(t, err, "the report is kept all the same")
	assert.Regexp(t, `(?s)2 of 3 do not hold.*<b>intervention p95 &lt; 250ms</b>.*p95 in intervention was 400 ms .*<b>baseline p95 &lt; 150ms</b>`, string(text))
}

// TestNothingWorked: claims that do not ask do not make a run good in which something never worked.
func TestNothingWorked(t *testing.T) {
	r := runner(time.Millisecond)
	r.NewUser = func(scenario.Env) (scenario.User, error) {
		return visitor{map[string]time.Duration{"baseline": 2 * time.Second, "intervention": 2 * time.Second}}, nil
	}
	w := seen(t, func(t testing.TB) { loadtest.Run(t, r, "generator healthy") })
	assert.Contains(t, w.fatal, "loadtest: not one request of an operation succeeded: visit (")
	r = runner(time.Millisecond)
	r.Schedule, r.Pace = phase.Schedule{{Name: "all", For: time.Second, Users: 1}}, scenario.Between(time.Hour, 2*time.Hour)
	w = seen(t, func(t testing.TB) { loadtest.Run(t, r) })
	assert.Contains(t, w.fatal, "loadtest: no task began before the run ended")
}

func TestRefusedBeforeTheRun(t *testing.T) {
	asked := false
	r := runner(time.Millisecond)
	r.Watch = func(*report.Snapshot) { asked = true }
	for claims, want := range map[string]string{
		"stress p95 < 1s":              `no phase "stress"; there are "baseline", "intervention"`,
		"baseline GET /lost p95 < 1s":  `no operation "GET /lost"; there is "visit"`,
		"baseline p95 fast":            "nothing is compared",
		"intervention vs x p95 < +10%": `no phase "x"`,
	} {
		w := seen(t, func(t testing.TB) { loadtest.Run(t, r, "p95 < 1s", claims) })
		assert.Contains(t, w.fatal, want)
		assert.Empty(t, w.log.String())
	}
	r.Schedule = nil
	w := seen(t, func(t testing.TB) { loadtest.Run(t, r) })
	assert.Contains(t, w.fatal, "Schedule")
	assert.False(t, asked)
}

func TestHopelessRunIsAborted(t *testing.T) {
	calm := errors.New("calm")
	var watched time.Duration
	r := runner(2 * time.Second)
	r.Watch = func(s *report.Snapshot) { watched = s.At }
	r.Guard = func(s *report.Snapshot, _ *report.PhaseSummary) error {
		if s.At > 200*time.Second {
			return calm
		}
		return nil
	}
	w := seen(t, func(t testing.TB) { loadtest.Run(t, r, "abort unless failures < 20%", "baseline p95 < 150ms") })
	assert.Contains(t, w.fatal, "run aborted: broken beyond hope: abort unless failures < 20%: 100 % of ")
	assert.Contains(t, w.fatal, "\nbroken: abort unless failures < 20%\n")
	assert.Contains(t, w.fatal, "worst: visit too slow (")
	assert.Less(t, watched, 150*time.Second)
	assert.Greater(t, watched, 120*time.Second)
	assert.FileExists(t, filepath.Join(w.dir, "visits.json"))

	w = seen(t, func(t testing.TB) { loadtest.Run(t, r, "p95 < 10s") })
	assert.Contains(t, w.fatal, "calm", "the runner's own guard counts too")
}

func TestRequireOnASummary(t *testing.T) {
	var sum *report.Summary
	w := seen(t, func(t testing.TB) {
		sum = loadtest.RunAll(t, runner(100*time.Millisecond), nil)
		loadtest.Require(t, sum, "p95 < 150ms")
		loadtest.RequireAll(t, sum, claim.List{{Phase: "baseline", Metric: effect.P95, Is: claim.Below, Limit: claim.Time(time.Millisecond)}})
	})
	assert.Contains(t, w.fatal, "broken: baseline p95 < 1ms")
	w = seen(t, func(t testing.TB) { loadtest.Require(t, sum, "p95 <") })
	assert.Contains(t, w.fatal, "nothing to compare with")
	w = seen(t, func(t testing.TB) { loadtest.Require(t, sum, "lost p95 < 1s") })
	assert.Contains(t, w.fatal, `No phase "lost"; there are "baseline", "intervention"`)
}

// Several runs of one test keep their files apart, whatever they are called.
func TestArtifactsDoNotOverwriteEachOther(t *testing.T) {
	w := seen(t, func(t testing.TB) {
		r := runner(time.Millisecond)
		r.Schedule = r.Schedule[:1]
		for _, name := range []string{"", "a/b", "a/b", ".."} {
			r.Name = name
			loadtest.Run(t, r)
		}
	})
	require.Empty(t, w.fatal)
	files, err := filepath.Glob(filepath.Join(w.dir, "*.html"))
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f))
	}
	assert.ElementsMatch(t, []string{"run.html", "a-b.html", "a-b-2.html", "run-2.html"}, names)
	w.dir = filepath.Join(w.dir, "lost")
	lost := seen(t, func(t testing.TB) {
		t.(*witness).dir = w.dir
		r := runner(time.Millisecond)
		r.Schedule = r.Schedule[:1]
		loadtest.Run(t, r)
	})
	assert.True(t, lost.failed)
	assert.Contains(t, lost.log.String(), "no such file or directory")
}

// seen runs f as a test in a separate bubble.
func seen(t *testing.T, f func(testing.TB)) *witness {
	t.Helper()
	w := &witness{dir: t.TempDir()}
	synctest.Test(t, func(t *testing.T) {
		w.TB = t
		done := make(chan struct{})
		go func() {
			defer close(done)
			f(w)
		}()
		<-done
	})
	return w
}

// witness is a test that notes what happens to it.
type witness struct {
	testing.TB
	dir    string
	mu     sync.Mutex
	log    bytes.Buffer
	fatal  string
	failed bool
}

func (w *witness) Helper() {}

func (w *witness) Logf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(&w.log, format+"\n", args...)
}

func (w *witness) Errorf(format string, args ...any) { w.failed = true; w.Logf(format, args...) }

func (w *witness) Fatalf(format string, args ...any) {
	w.fatal, w.failed = fmt.Sprintf(format, args...), true
	runtime.Goexit()
}

func (w *witness) Output() io.Writer { return w }

func (w *witness) ArtifactDir() string { return w.dir }

func (w *witness) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}
