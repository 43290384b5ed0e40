package output

import (
	"errors"
	"syscall"
)

const (
	deleteOnClose    = 0x04000000        // FILE_FLAG_DELETE_ON_CLOSE
	sharingViolation = syscall.Errno(32) // ERROR_SHARING_VIOLATION
)

// lockFile opens a file next to path that no other process may open; the system takes
// it away with its last handle.
func lockFile(path string) (unlock func(), err error) {
	name, err := syscall.UTF16PtrFromString(path + ".lock")
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL|deleteOnClose, 0)
	switch {
	case errors.Is(err, sharingViolation):
		return nil, ErrTaken
	case err != nil:
		return func() {}, nil // writing it will report the trouble
	}
	return func() { _ = syscall.CloseHandle(handle) }, nil
}
