package output

import "errors"

// ErrTaken is what Lock returns while another process holds the lock.
var ErrTaken = errors.New("another process writes there")

// Lock keeps other processes from writing to the same place as long as this one
// lives, however it ends, by a file of the same name and ".lock", which unlock takes
// away. Where there can be no lock, on some file systems, it does nothing.
func Lock(path string) (unlock func(), err error) {
	if _, ok := descriptor(path); ok {
		return func() {}, nil
	}
	path, err = follow(path)
	if err != nil {
		return nil, err
	}
	return lockFile(path)
}
