package output

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"time"
)

// Patience is how long Write waits for somebody to read a pipe.
const Patience = time.Minute

// grace is how long a stream may still take what is written when the program is
// to end.
const grace = time.Second

const glance = 20 * time.Millisecond // between two looks for a reader

// ErrStuck is returned when a stream took nothing although the program is to end.
var ErrStuck = errors.New("it takes nothing, and the program is to end")

var errNoReader = errors.New("no process reads this pipe")

// OpenPipe opens a named pipe for writing as soon as somebody reads it. It gives up
// after some time, and a second after ctx ends.
func OpenPipe(ctx context.Context, path string, patience time.Duration) (*os.File, error) {
	giveUp, ended := time.After(patience), ctx.Done()
	for {
		file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if !errors.Is(err, syscall.ENXIO) {
			return file, err
		}
		select {
		case <-time.After(glance):
		case <-ended:
			giveUp, ended = time.After(min(grace, patience)), nil
		case <-giveUp:
			return nil, errNoReader
		}
	}
}

func toPipe(ctx context.Context, path string, write func(io.Writer) error) error {
	file, err := OpenPipe(ctx, path, Patience)
	if err != nil {
		return err
	}
	return To(ctx, file, func(w io.Writer) error { return errors.Join(write(w), file.Close()) })
}

// To writes to a stream that may take nothing, until ctx ends and a second longer.
// A reader that has gone is not an error.
func To(ctx context.Context, w io.Writer, write func(io.Writer) error) error {
	err := patiently(ctx, func() error { return write(w) })
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// patiently lets do take its time until ctx ends. What takes longer continues by
// itself, in a program that is about to end.
func patiently(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return ErrStuck
	}
}
