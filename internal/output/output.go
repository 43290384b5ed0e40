// Package output writes what a program leaves behind: files that are replaced as
// a whole, and whatever else a path may lead to. It imports nothing of this
// module, and every package may import it.
package output

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Ready reports whether Write could write there later, so that a run does not
// end without a place for its results. It makes missing folders. Of a pipe it
// touches nothing: who reads it would take that for the end.
func Ready(path string) error {
	if fd, ok := descriptor(path); ok {
		return usable(fd)
	}
	if err := named(path); err != nil {
		return err
	}
	path, err := follow(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		return room(Part(path))
	case err != nil:
		return errors.Unwrap(err)
	}
	if name := unfit(info.Mode()); name != "" {
		return errors.New("is " + name)
	}
	if isPipeMode(info.Mode()) {
		return nil
	}
	return writable(path, info)
}

// unfit names what takes no file at all; "" for what does.
func unfit(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0:
		return "a disk"
	}
	return ""
}

func isPipeMode(mode fs.FileMode) bool { return mode&fs.ModeNamedPipe != 0 }

// writable opens what exists. A file in a folder without room for another one
// could be neither replaced nor written in place.
func writable(path string, info fs.FileInfo) error {
	file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return errors.Unwrap(err)
	}
	if !info.Mode().IsRegular() {
		return file.Close()
	}
	if err := room(Part(path)); errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errors.Join(err, file.Close())
	}
	return file.Close() // it can be written in place if it cannot be replaced
}

// room reports whether a file can be made and hold something: on a full disk
// there is place for its name and for nothing in it.
func room(path string) error {
	defer hold(path)()
	trial, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return errors.Unwrap(err)
	}
	if _, err = trial.Write(make([]byte, 4096)); err != nil {
		err = errors.Unwrap(err)
	}
	return errors.Join(err, trial.Close(), os.Remove(path))
}

// Part is a name in the same folder for what is not finished. It is this process's
// own: in two containers that share a folder every process may have the number 1,
// and a name that others can foretell they can turn into a link.
func Part(path string) string {
	folder, name := filepath.Split(path)
	if len(name) > longestName {
		name = strings.ToValidUTF8(name[:longestName], "")
	}
	return folder + name + "." + own + ".part"
}

// longestName is how much of a file's name a Part may have, in bytes: systems take
// names of 255.
const longestName = 200

var own = rand.Text()[:10]

// parts are a lock for each name: of two runs in this process one makes the file and
// takes it away before the other does.
var parts sync.Map

// hold keeps the rest of this process from a Part until release is called.
func hold(part string) (release func()) {
	lock, _ := parts.LoadOrStore(part, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	return lock.(*sync.Mutex).Unlock
}

// Write writes a whole file or leaves the old one as it is; a link stays and what
// it leads to is written. What cannot be replaced is written in place: a device, a
// file in a folder that takes no new ones, a file that is mounted into a container.
//
// A pipe is written to who reads it, for whom Write waits up to Patience. What does
// not take what is written keeps it waiting until ctx ends, and a second longer.
// A reader that has seen enough and gone is not an error.
func Write(ctx context.Context, path string, write func(io.Writer) error) error {
	if fd, ok := descriptor(path); ok {
		return inherited(ctx, fd, write)
	}
	path, err := follow(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && isPipeMode(info.Mode()):
		return toPipe(ctx, path, write)
	case err == nil && !info.Mode().IsRegular():
		return patiently(ctx, func() error { return fill(path, write) })
	}
	return replace(path, info, write)
}

// replace puts a new file in the place of the old one, whose info is nil if there
// is none.
func replace(path string, old fs.FileInfo, write func(io.Writer) error) error {
	part := Part(path)
	defer hold(part)()
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		if old != nil {
			return fill(path, write)
		}
		return err
	}
	if old != nil {
		_ = file.Chmod(old.Mode().Perm()) // what was private stays so; where that cannot be, it is not a failure
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	err = os.Rename(part, path)
	if err == nil {
		return nil
	}
	if old != nil {
		err = fill(path, write)
	}
	return errors.Join(err, os.Remove(part))
}

// fill writes a file in place.
func fill(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
