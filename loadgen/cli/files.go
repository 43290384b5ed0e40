package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ready reports whether the file can be written later, so that a run does not
// end without a place for its results. It makes missing folders.
func ready(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return errors.New("is a folder")
	case err == nil:
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return errors.Unwrap(err)
		}
		if err := room(besides(path)); errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return errors.Join(err, file.Close())
		}
		return file.Close() // it can be written in place if it cannot be replaced
	case !errors.Is(err, fs.ErrNotExist):
		return errors.Unwrap(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return room(besides(path))
}

// room reports whether a file can be made and hold something: on a full disk
// there is place for its name and for nothing in it.
func room(path string) error {
	trial, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return errors.Unwrap(err)
	}
	if _, err = trial.Write(make([]byte, 4096)); err != nil {
		err = errors.Unwrap(err)
	}
	return errors.Join(err, trial.Close(), os.Remove(path))
}

// sameFile reports whether two paths lead to one file, which need not exist yet.
// What is no file, such as /dev/null, can take many.
func sameFile(a, b string) bool {
	one, err1 := os.Stat(a)
	other, err2 := os.Stat(b)
	if err1 == nil && err2 == nil {
		return one.Mode().IsRegular() && os.SameFile(one, other)
	}
	return resolved(a) == resolved(b)
}

// resolved is the path without links to folders, as far as there are any yet.
func resolved(path string) string {
	path, _ = filepath.Abs(path) // relative without a working directory
	folder, name := filepath.Split(path)
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		return filepath.Join(real, name)
	} else if parent := filepath.Clean(folder); parent != path {
		return filepath.Join(resolved(parent), name)
	}
	return path
}

// besides is a name in the same folder for what is not finished.
func besides(path string) string { return fmt.Sprintf("%s.%d.part", path, os.Getpid()) }

// writeFile writes a whole file or leaves the old one as it is. What cannot be
// replaced is written in place: a pipe, a file in a folder that takes no new
// ones, a file that is mounted into a container.
func writeFile(path string, write func(io.Writer) error) error {
	_, missing := os.Stat(path)
	if isStream(path) {
		return fill(path, write)
	}
	part := besides(path)
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		if missing == nil {
			return fill(path, write)
		}
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	err = os.Rename(part, path)
	if err == nil {
		return nil
	}
	if missing == nil {
		err = fill(path, write)
	}
	return errors.Join(err, os.Remove(part))
}

// isStream reports whether there is something at path that is no file to put
// another one in the place of: a pipe, a device, or /dev/stdout, which may lead to
// a file and must stay what it is.
func isStream(path string) bool {
	info, err := os.Stat(path)
	path, _ = filepath.Abs(path) // relative without a working directory
	return err == nil && (!info.Mode().IsRegular() || strings.HasPrefix(path, "/dev/"))
}

// fill writes a file in place.
func fill(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
