package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/samplefile"
)

// TestReportOfSamples: a summary, or with --summary-file that and the text. That it is the run's own, package loadgen/samples
// tests.
func TestReportOfSamples(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl.gz")
	file, err := os.Create(path)
	require.NoError(t, err)
	format, err := samplefile.FormatOf(path)
	require.NoError(t, err)
	w, err := samplefile.NewWriter(file, format, samplefile.Header{Run: "r", Phases: []report.PhaseInfo{{Name: "only"}}})
	require.NoError(t, err)
	require.NoError(t, w.Write([]record.Sample{{Op: report.Op{Name: "look"}, Done: time.Millisecond}}))
	require.NoError(t, w.Flush()) // and no end
	require.NoError(t, file.Close())

	code, stdout, stderr := did("report", path)
	assert.Equal(t, exitOK, code)
	assert.Contains(t, stdout, `"name": "look"`)
	assert.Regexp(t, `^loadgen report: Made of a file of samples without its last record[^\n]*\n$`, stderr)
	place := filepath.Join(t.TempDir(), "s.json")
	code, stdout, _ = did("report", path, "--summary-file", place)
	assert.Equal(t, exitOK, code)
	assert.Regexp(t, `look\n +1 `, stdout)
	in, err := os.Open(place)
	require.NoError(t, err)
	defer in.Close()
	sum, err := report.ReadSummary(in)
	require.NoError(t, err)
	assert.EqualValues(t, 1, sum.Total.Requests)
	code, stdout, _ = did("report", "--help")
	assert.Equal(t, exitOK, code)
	assert.Contains(t, stdout, "--summary-file FILE")
}

// TestWhatIsNoReport is refused in one line.
func TestWhatIsNoReport(t *testing.T) {
	summary := file(t, 1, 0, "only")
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "loadgen report: no file is given; a run writes one with --samples FILE\n"},
		{[]string{"a", "b"}, "2 files are given; accepted: that of one run"},
		{[]string{filepath.Join(t.TempDir(), "none.csv")}, "no such file"},
		{[]string{summary}, "not a file of samples"},
		{[]string{summary, "--summary-file", summary}, "would replace the samples; accepted: another file"},
		{[]string{"--sumary-file", "x"}, "did you mean --summary-file?"},
	} {
		code, stdout, stderr := did(append([]string{"report"}, c.args...)...)
		assert.Equal(t, exitUsage, code, c.args)
		assert.Empty(t, stdout)
		assert.Contains(t, stderr, c.says)
		assert.Regexp(t, `^loadgen report: [^\n]*\n$`, stderr)
	}
}
