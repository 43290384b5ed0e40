//go:build unix

package samples

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/record"
	"github.com/gensim/load-generator/report/samplefile"
)

// TestAFullDisk ends no run: one warning, and a note with how many requests are missing.
func TestAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	path := filepath.Join(t.TempDir(), "run.jsonl")
	require.NoError(t, os.Symlink("/dev/full", path))
	e, _, log := made(t, path, Config{})
	run, r := begin(e)
	recorded(r, 5000)
	sum := r.Summary(record.Meta{End: time.Second})
	run.EndRun(sum)
	assert.EqualValues(t, 5000, sum.Total.Requests)
	require.Len(t, sum.Notes, 1)
	assert.Contains(t, sum.Notes[0], "cannot be written, and lacks 5,000 requests or more and its end: write ")
	assert.Len(t, log.warnings(), 1)
	assert.Equal(t, "5,000 requests", e.Losses())
}

// TestADiskThatHangs: the run records on, what does not fit into the queue is counted, and the end waits no longer than it
// may. A pipe that is not read is such a disk.
func TestADiskThatHangs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	e, _, _ := made(t, path, Config{})
	e.waiting, e.patience = 1024, time.Millisecond
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	run, r := begin(e)
	recorded(r, 5000)
	sum := r.Summary(record.Meta{End: time.Second})
	run.EndRun(sum)
	assert.EqualValues(t, 5000, sum.Total.Requests)
	assert.EqualValues(t, 5000-1024, run.tap.Lost())
	require.Len(t, sum.Notes, 1)
	assert.Contains(t, sum.Notes[0], "lacks its end: the disk did not take all within 1ms after the run")

	pipe, err := os.Open(path) // now it is read
	require.NoError(t, err)
	defer pipe.Close()
	in, err := samplefile.NewReader(pipe)
	require.NoError(t, err)
	n := 0
	for _, err := range in.All() {
		if err != nil {
			require.ErrorIs(t, err, samplefile.ErrNoEnd)
			break
		}
		n++
	}
	assert.Equal(t, 1024, n)
	<-run.closed
	_, err = pipe.Read(make([]byte, 1))
	assert.ErrorIs(t, err, io.EOF)
}
