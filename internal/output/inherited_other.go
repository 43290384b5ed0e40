//go:build !unix

package output

import (
	"context"
	"fmt"
	"io"
	"os"
)

// usable reports whether an open file of this process has a name here.
func usable(fd int) error {
	if fd != 1 && fd != 2 {
		return fmt.Errorf("there is no open file %d", fd)
	}
	return nil
}

// inherited writes to standard output or standard error: other open files have no
// names here.
func inherited(ctx context.Context, fd int, write func(io.Writer) error) error {
	switch fd {
	case 1:
		return To(ctx, os.Stdout, write)
	case 2:
		return To(ctx, os.Stderr, write)
	}
	return usable(fd)
}
