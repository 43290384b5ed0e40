package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// file writes the summary of a made-up run whose intervention is slower.
func file(t testing.TB, seed uint64, slower float64, phases ...string) string {
	t.Helper()
	return failing(t, seed, slower, 0, phases...)
}

// failing is file with a share of the intervention's requests that fail at once.
func failing(t testing.TB, seed uint64, slower, share float64, phases ...string) string {
	t.Helper()
	var infos []report.PhaseInfo
	for i, name := range phases {
		start := time.Duration(i) * 80 * time.Second
		infos = append(infos, report.PhaseInfo{Name: name, Start: start, End: start + 80*time.Second, RampEnd: start, Settle: 10 * time.Second})
	}
	r := record.New(record.Config{Phases: infos, Shards: 1})
	random := rand.New(rand.NewPCG(seed, 5))
	for i := range phases {
		for n := range 80 * 20 {
			at := infos[i].Start + time.Duration(n)*50*time.Millisecond
			took := time.Duration(20e6 * (1 + slower*float64(i)) * math.Exp(.3*random.NormFloat64()))
			x := record.Sample{Op: report.Op{Method: "GET", Name: "/a"}, Intended: at, Woken: at, Sent: at, Done: at + took}
			if float64(n%100) < 100*share*float64(i) {
				x.Done, x.Err = at+time.Millisecond, "http 503"
			}
			r.Shard(0).Record(&x)
		}
	}
	sum := r.Summary(record.Meta{Seed: seed, PlanDigest: fmt.Sprint(seed), Start: time.Unix(int64(seed)*1000, 0), End: time.Duration(len(phases)) * 80 * time.Second})
	path := filepath.Join(t.TempDir(), fmt.Sprintf("run%d.json", seed))
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, sum.WriteJSON(f))
	require.NoError(t, f.Close())
	return path
}

// did runs the command and returns its exit code and what it wrote.
func did(args ...string) (code int, stdout, stderr string) {
	var out, err strings.Builder
	code = run(args, &out, &err)
	return code, out.String(), err.String()
}
