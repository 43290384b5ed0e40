package e2e

import (
	"bufio"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
)

// BenchmarkViewersOfARun measures what 100 open pages do to a run. Each iteration
// is a pair of runs of the same plan, about 2,000 requests/s for 15 s, one with
// viewers and one without, in turns first. It reports medians over the pairs:
// the ratio of the throughputs and that of the lag p99 of the generator,
// with viewers to without (1: no difference), and each side's own lag. The
// viewers are on this machine too, so they cost the run more than readers
// elsewhere would.
//
//	go test -run '^$' -bench ViewersOfARun -benchtime 10x ./loadgen/cli/e2e
func BenchmarkViewersOfARun(b *testing.B) {
	figures := make(map[string][]float64)
	add := func(name string, v float64) { figures[name] = append(figures[name], v) }
	for i := 0; b.Loop(); i++ {
		var seen, alone outcome
		if i%2 == 0 {
			seen, alone = watchedRun(b, 100), watchedRun(b, 0)
		} else {
			alone, seen = watchedRun(b, 0), watchedRun(b, 100)
		}
		add("rps-ratio", seen.rps/alone.rps)
		add("late-p99-ratio", seen.late/alone.late)
		add("ms-late-p99-seen", seen.late)
		add("ms-late-p99-alone", alone.late)
	}
	b.ReportMetric(0, "ns/op") // says nothing here
	for name, all := range figures {
		slices.Sort(all)
		b.ReportMetric((all[(len(all)-1)/2]+all[len(all)/2])/2, name)
	}
	ratios := figures["rps-ratio"]
	b.ReportMetric(ratios[0], "rps-ratio-min")
	b.ReportMetric(ratios[len(ratios)-1], "rps-ratio-max")
}

// outcome is what a run came to: requests/s, and the p99 of the wake lag, ms.
type outcome struct{ rps, late float64 }

// watchedRun runs the plan while so many viewers read the page's stream.
func watchedRun(b *testing.B, viewers int) outcome {
	b.Helper()
	file := filepath.Join(b.TempDir(), "sum.json")
	p := start(b, nil, "--web-port=0", "--autoquit=0", "-t", "15s", "-u", "200", "-r", "1000", "--always-on", "--think=100ms",
		"--backend-latency=1ms", "--summary-file", file)
	address := regexp.MustCompile(`https?://\S+`).FindString(p.waitFor("Starting web interface at "))
	frames := make([]int, viewers)
	var all sync.WaitGroup
	for i := range viewers {
		all.Go(func() { frames[i] = framesOf(address + "api/events") })
	}
	require.Zero(b, p.wait(), "%s", &p.stderr)
	all.Wait()
	for _, n := range frames {
		require.Greater(b, n, 10, "each viewer has followed the run")
	}
	sum := todotest.Summary(b, file)
	return outcome{sum.Total.RPS, float64(sum.LagMS.P99)}
}

// framesOf reads a stream to its end and counts its frames.
func framesOf(address string) (n int) {
	resp, err := http.Get(address)
	if err != nil {
		return 0 // which the caller refuses
	}
	defer resp.Body.Close()
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return n
		}
		if strings.HasPrefix(line, "event: frame") {
			n++
		}
	}
}
