//go:build unix

package cli

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSignalWhileAFileIsAwaited: a pipe without a writer has no end.
func TestSignalWhileAFileIsAwaited(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	codes, signals := make(chan int, 1), make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	app := shop()
	ended := make(chan int, 1)
	go func() {
		ended <- app.run(process{args: []string{"--config", pipe, "--list"}, dir: t.TempDir(), stdout: io.Discard, stderr: io.Discard,
			signals: signals, exit: func(code int) { codes <- code }, width: func() int { return 0 }})
	}()
	select {
	case code := <-codes:
		assert.Equal(t, 128+int(syscall.SIGTERM), code)
	case <-time.After(time.Minute):
		t.Error("the signal ends nothing")
	}
	writer, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	assert.Zero(t, <-ended)
}

// TestCertificateInAPipe is read once, with its key.
func TestCertificateInAPipe(t *testing.T) {
	cert, key, _ := certificate(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	go func() {
		writer, err := os.OpenFile(pipe, os.O_WRONLY, 0)
		if assert.NoError(t, err) {
			for _, path := range []string{cert, key} {
				text, _ := os.ReadFile(path)
				writer.Write(text)
			}
			writer.Close()
		}
	}()
	pair, err := keyPair(pipe, pipe)
	require.NoError(t, err)
	assert.Len(t, pair.Certificate, 1)
}
