package samples

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/samplefile"
)

// made is an Exporter to a file of a folder that the test has.
func made(t *testing.T, name string, c Config) (*Exporter, string, *journal) {
	t.Helper()
	log := new(journal)
	if c.File = name; !filepath.IsAbs(name) {
		c.File = filepath.Join(t.TempDir(), name)
	}
	c.Logger = log.logger()
	e, err := New(c)
	require.NoError(t, err)
	return e, c.File, log
}

// TestTheSummaryOfAFileIsTheRunsOwn, byte for byte, in all formats: with failures, requests cut off, exceptions, levels,
// transactions, figures, set-up and tear-down.
func TestTheSummaryOfAFileIsTheRunsOwn(t *testing.T) {
	for _, name := range []string{"run.jsonl", "run.csv", "run.jsonl.gz", "run.csv.zst"} {
		t.Run(name, func(t *testing.T) {
			e, path, log := made(t, name, Config{})
			want := ran(t, shop(e))
			require.Positive(t, want.Total.Failures)
			require.Positive(t, want.Total.Counters.CutOff)
			require.NotEmpty(t, want.Exceptions)
			require.NotEmpty(t, want.TransactionIntervals)
			require.NotEmpty(t, want.FigureIntervals)
			require.NotNil(t, want.SetUp)
			require.NotNil(t, want.TearDown)
			got, err := samplefile.Summary(path)
			require.NoError(t, err)
			assert.Equal(t, asJSON(t, want), asJSON(t, got))
			assert.Empty(t, log.warnings())
			assert.Empty(t, e.Losses())
		})
	}
}

// TestEachRunHasAFile: the second does not replace the first.
func TestEachRunHasAFile(t *testing.T) {
	e, path, _ := made(t, "run.v1.jsonl.gz", Config{})
	for i, file := range []string{path, strings.Replace(path, "run.v1", "run-2.v1", 1)} {
		run, r := begin(e)
		recorded(r, 10*(i+1))
		sum := r.Summary(record.Meta{End: time.Second})
		run.EndRun(sum)
		assert.Empty(t, sum.Notes)
		got, err := samplefile.Summary(file)
		require.NoError(t, err)
		assert.EqualValues(t, 10*(i+1), got.Total.Requests)
	}
}

// TestAShareOfTheRequests is chosen by the seed, and does not make a summary.
func TestAShareOfTheRequests(t *testing.T) {
	var kept []string
	for range 2 {
		e, path, _ := made(t, "run.csv", Config{Share: 0.1})
		run, r := begin(e)
		recorded(r, 20_000)
		sum := r.Summary(record.Meta{End: time.Minute})
		run.EndRun(sum)
		assert.Empty(t, sum.Notes, "nothing is missing")
		_, err := samplefile.Summary(path)
		require.ErrorContains(t, err, "it has 10 % of the requests, and a summary needs all of them")
		in, err := samplefile.Open(path)
		require.NoError(t, err)
		defer in.Close()
		assert.InDelta(t, 0.1, in.Header().Share, 0)
		var rows []string
		for x, err := range in.All() {
			require.NoError(t, err)
			rows = append(rows, x.Intended.String())
		}
		assert.EqualValues(t, 20_000, in.End().LeftOut+in.End().Written)
		assert.InDelta(t, 2000, in.End().Written, 200)
		kept = append(kept, strings.Join(rows, " "))
	}
	assert.Equal(t, kept[0], kept[1])
}

// TestALimit: what is beyond is counted, in the file, in the summary and in the log.
func TestALimit(t *testing.T) {
	e, path, log := made(t, "run.jsonl", Config{Limit: leastLimit})
	run, r := begin(e)
	recorded(r, 60_000)
	sum := r.Summary(record.Meta{End: time.Minute})
	run.EndRun(sum)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(leastLimit))
	require.Len(t, sum.Notes, 1)
	assert.Regexp(t, `lacks \d\d,\d{3} requests: it has reached its limit of 2`, sum.Notes[0])
	assert.Len(t, log.warnings(), 1)
	got, err := samplefile.Summary(path)
	require.NoError(t, err)
	assert.Less(t, got.Total.Requests, int64(60_000))
	assert.EqualValues(t, 60_000, got.Total.Counters.Sent, "the counts are whole")
	require.Len(t, got.Notes, 2)
	assert.Contains(t, got.Notes[0], "Made of a file of samples that lacks ")
	assert.Equal(t, sum.Notes[0], got.Notes[1])
	assert.Equal(t, say.Plural(60_000-got.Total.Requests, "request"), e.Losses())
}

// TestWhatIsNotObserved: a worker's share has no file.
func TestWhatIsNotObserved(t *testing.T) {
	e, path, log := made(t, "run.csv", Config{})
	assert.Nil(t, e.BeginRun(measure.Run{Worker: "w1"}))
	assert.Len(t, log.warnings(), 1)
	assert.NoFileExists(t, path)
	none, err := New(Config{})
	require.NoError(t, err)
	assert.Nil(t, none.BeginRun(measure.Run{}))
}

func TestConfigThatIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "x.csv"), 0o700))
	for says, c := range map[string]Config{
		"Share is 2; give one above 0":         {Share: 2},
		"Limit is -1; give 2000000 bytes or ":  {Limit: -1},
		"Limit is 1000; give 2000000 bytes":    {Limit: 1000},
		"accepted: a name that ends in .jsonl": {File: filepath.Join(dir, "x.json")},
		"is a folder":                          {File: filepath.Join(dir, "x.csv")},
	} {
		_, err := New(c)
		require.ErrorContains(t, err, says)
	}
}
