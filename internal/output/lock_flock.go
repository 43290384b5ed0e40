//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package output

import (
	"errors"
	"os"
	"syscall"
)

// lockFile locks a file next to path, and path itself if it exists: where no file can
// be next to it, it is written in place too.
func lockFile(path string) (unlock func(), err error) {
	name := path + ".lock"
	for {
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
		if errors.Is(err, os.ErrPermission) {
			file, err = os.Open(name) // another user's
		}
		if err != nil {
			return lockItself(path)
		}
		switch err := flock(file); {
		case errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(ErrTaken, file.Close())
		case err != nil: // a file system without locks
			_ = os.Remove(name)
			return func() { _ = file.Close() }, nil
		case there(file, name):
			unlock, err := lockItself(path) // for who knows it by another name, or may make no file here
			if err != nil {
				release(file, name)
				return nil, err
			}
			return func() { unlock(); release(file, name) }, nil
		}
		_ = file.Close() // who held it has just taken it away
	}
}

func lockItself(path string) (unlock func(), err error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return func() {}, nil // writing it will report the trouble
	}
	file, err := os.Open(path)
	if err != nil {
		return func() {}, nil
	}
	if errors.Is(flock(file), syscall.EWOULDBLOCK) {
		return nil, errors.Join(ErrTaken, file.Close())
	}
	return func() { _ = file.Close() }, nil
}

func flock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// there reports whether a file still has its name.
func there(file *os.File, name string) bool {
	held, err1 := file.Stat()
	now, err2 := os.Stat(name)
	return err1 == nil && err2 == nil && os.SameFile(held, now)
}

// release takes the file of a lock away, unless it is somebody's own: what holds
// something is not a lock of ours, nor is what stands in its place by now.
func release(file *os.File, name string) {
	if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() && info.Size() == 0 && there(file, name) {
		_ = os.Remove(name)
	}
	_ = file.Close()
}
