//go:build unix

package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
)

// usable reports whether an open file of this process takes anything.
func usable(fd int) error {
	var info syscall.Stat_t
	if syscall.Fstat(fd, &info) != nil || info.Mode&syscall.S_IFMT == 0 { // none, or a thing of the runtime's own
		return fmt.Errorf("there is no open file %d", fd)
	}
	if info.Mode&syscall.S_IFMT == syscall.S_IFSOCK {
		return nil // nothing written is a message to some
	}
	if _, err := syscall.Write(fd, nil); errors.Is(err, syscall.EBADF) {
		return fmt.Errorf("the open file %d is for reading only", fd)
	}
	return nil
}

// inherited writes to an open file of this process, from where it stands.
func inherited(ctx context.Context, fd int, write func(io.Writer) error) error {
	own, err := syscall.Dup(fd)
	if err != nil {
		return &os.PathError{Op: "write", Path: "/dev/fd/" + strconv.Itoa(fd), Err: err}
	}
	syscall.CloseOnExec(own)
	file := os.NewFile(uintptr(own), "/dev/fd/"+strconv.Itoa(fd))
	return To(ctx, file, func(w io.Writer) error { return errors.Join(write(w), file.Close()) })
}
