package main

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/bench/internal/rig"
	"github.com/gensim/load-generator/bench/internal/work"
)

// The bench starts its own program for each measurement; under test that is
// the test binary.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "work" {
		if err := work.Main(os.Args[2], nil); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func newBench(t *testing.T, only string) *bench {
	return &bench{
		ctx: t.Context(), seconds: 1, rounds: 2, only: regexp.MustCompile(only),
		targetCore: "0", clientCore: "0", dir: t.TempDir(), tools: map[string]rig.Tool{}, began: time.Now(),
	}
}

func TestContestTakesTurnsAndNamesTheAbsent(t *testing.T) {
	b := newBench(t, "")
	var calls []string
	one := func(name string, value float64) contender {
		return contender{name: name, run: func() (figures, error) {
			calls = append(calls, name)
			return figures{"cpu": value * float64(len(calls))}, nil
		}}
	}
	fails := contender{name: "x", run: func() (figures, error) { return nil, errors.New("it broke") }}
	c := b.hold([]contender{one("a", 1), one("b", 2), {name: "gone", absent: errors.New("not there")}, fails})
	assert.ElementsMatch(t, []string{"a", "b", "a", "b"}, calls)
	assert.Equal(t, []string{"a", "b"}, c.order)
	assert.Equal(t, []string{"gone is absent: not there", "x is absent: it broke"}, b.notes)
	c.over("cpu", "a", "ratio")
	assert.Equal(t, "1.00 (1.00–1.00)", c.get("a", "ratio").Cell())
	assert.Contains(t, c.table("T", "client", "cpu: CPU", "ratio").String(), "| client |")
}

func TestOnlyChooses(t *testing.T) {
	b := newBench(t, "^a|c$")
	got := b.wanted([]contender{{name: "ab"}, {name: "ba"}, {name: "abc"}})
	require.Len(t, got, 2)
}

func TestTimeLimitKeepsWhatThereIs(t *testing.T) {
	b := newBench(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	b.ctx = ctx
	c := b.hold([]contender{{name: "a", run: func() (figures, error) { return figures{"x": 1}, nil }},
		{name: "b", run: func() (figures, error) { cancel(); return nil, errors.New("cut") }}})
	assert.NotContains(t, c.order, "b")
	assert.Empty(t, b.notes, "who was cut is not absent")
}

// Each suite on its own contenders, a second each, against nothing but this
// program's own processes.
func TestOpenSuite(t *testing.T) {
	b := newBench(t, "Load Generator, net/http|bare")
	require.NoError(t, open(b))
	text := b.markdown(suite{name: "open"})
	assert.Contains(t, text, "| Load Generator, net/http wire |")
	assert.Contains(t, text, "| bare net/http loop            |")
	assert.NotContains(t, text, "absent")
}

func TestPeersNeedATarget(t *testing.T) {
	b := newBench(t, "")
	b.tools["nginx"] = rig.Tool{Absent: errors.New("not installed")}
	assert.ErrorContains(t, onNginx(peers)(b), "nginx is not installed")
}

func TestEverySuiteHasASection(t *testing.T) {
	page, err := os.ReadFile("../docs/performance.md")
	require.NoError(t, err)
	for _, s := range suites {
		assert.Equal(t, 1, strings.Count(string(page), "<!-- bench:"+s.name+" -->"), s.name)
		assert.Equal(t, 1, strings.Count(string(page), "<!-- /bench:"+s.name+" -->"), s.name)
	}
}

func TestBenchmarksAreReadFromBenchstat(t *testing.T) {
	table, err := benchmarks("pkg: github.com/gensim/load-generator/report\n,micro.txt,\n,sec/op,CI\nRecord/ops:1-2,6.64e-08,10%\n" +
		"Cut-2,0.0021,3%\ngeomean,1e-07,\n\n,micro.txt,\n,B/op,CI\nRecord/ops:1-2,4,25%\n\n,micro.txt,\n,p50-µs,CI\nCut-2,12,1%\n")
	require.NoError(t, err)
	assert.Equal(t, [][]string{
		{"`report Record/ops:1`", "66.4ns ± 10%", "4.00", "", ""},
		{"`report Cut`", "2.1ms ± 3%", "", "", "12.0 p50-µs ± 1%"},
	}, table.Rows)
	_, err = benchmarks("pkg: github.com/gensim/load-generator/report\n,micro.txt,\n,sec/op,CI\nRecord,many,10%\n")
	require.ErrorContains(t, err, "many")
}
