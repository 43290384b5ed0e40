package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
		return file.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return errors.Unwrap(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	trial, err := os.OpenFile(besides(path), os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return errors.Unwrap(err)
	}
	return errors.Join(trial.Close(), os.Remove(trial.Name()))
}

// besides is a name in the same folder for what is not finished.
func besides(path string) string { return fmt.Sprintf("%s.%d.part", path, os.Getpid()) }

// writeFile writes a whole file or leaves the old one as it is. What is not a
// regular file, such as a pipe, is written in place.
func writeFile(path string, write func(io.Writer) error) error {
	target := besides(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		target = path
	}
	file, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Close())
	if target == path {
		return err
	}
	if err == nil {
		err = os.Rename(target, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(target))
	}
	return nil
}
