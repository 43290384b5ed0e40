package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/samplefile"
)

// TestSamplesOfARun: the file has every request, and its summary is the run's own, byte for byte.
func TestSamplesOfARun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, place := filepath.Join(dir, "runs", "run.jsonl.gz"), filepath.Join(dir, "s.json")
	p := start(t, nil, "--headless", "-u", "5", "-r", "50", "-t", "3", "--always-on", "--think", "20ms", "--backend-error-rate", "0.5",
		"--samples", file, "--summary-file", place)
	assert.Equal(t, 1, p.wait(), "requests failed")
	assert.Contains(t, p.stderr.String(), "samples are written")
	want, err := os.ReadFile(place)
	require.NoError(t, err)
	sum, err := samplefile.Summary(file)
	require.NoError(t, err)
	var got bytes.Buffer
	require.NoError(t, sum.WriteJSON(&got))
	assert.Equal(t, string(want), got.String())
	require.Positive(t, sum.Total.Failures)
}

// TestSamplesOfSeveralProcesses are refused in one line before there is load.
func TestSamplesOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "run.csv")
	p := start(t, nil, "--headless", "--processes", "2", "-t", "3", "--samples", file)
	assert.Equal(t, 2, p.wait())
	assert.Contains(t, p.stderr.String(), `--samples="`+file+`": the requests of a run of several processes are with its workers`)
	assert.NoFileExists(t, file)
}
