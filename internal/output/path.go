package output

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Stream says which stream of the process a path is: 1 for standard output, as
// "-" and /dev/stdout are, 2 for standard error, 0 for none of them. Their writers
// are the caller's, since what else goes there must keep its place.
func Stream(path string) int {
	if fd, ok := descriptor(path); ok && (fd == 1 || fd == 2) {
		return fd
	}
	return 0
}

// IsPipe reports whether there is a named pipe at path.
func IsPipe(path string) bool {
	info, err := os.Stat(path)
	return err == nil && isPipeMode(info.Mode())
}

// IsFile reports whether there is a file at path that can be replaced, or nothing
// yet.
func IsFile(path string) bool {
	if _, ok := descriptor(path); ok {
		return false
	}
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

// descriptor is the open file of this process that a path names, maybe through
// links. Opened by its name it would be another one, with its own place in the
// file: what one writes there would be written over.
func descriptor(path string) (fd int, ok bool) {
	if path == "-" {
		return 1, true
	}
	path, err := follow(path)
	if err != nil {
		return 0, false
	}
	switch path {
	case "/dev/stdout":
		return 1, true
	case "/dev/stderr":
		return 2, true
	}
	for _, folder := range []string{"/dev/fd/", "/proc/self/fd/", "/proc/" + strconv.Itoa(os.Getpid()) + "/fd/"} {
		if number, within := strings.CutPrefix(path, folder); within {
			fd, err := strconv.Atoi(number)
			return fd, err == nil && fd >= 0
		}
	}
	return 0, false
}

// named refuses what names no file, whether there is something or not: the name of
// a folder, and a home that no shell has filled in. In --flag=~/file, in variables
// and in files of settings none does.
func named(path string) error {
	switch _, last := filepath.Split(path); last {
	case "", ".", "..":
		if _, err := os.Stat(path); err == nil {
			return errors.New("is a folder")
		}
		return errors.New("is the name of a folder")
	}
	first, _, more := strings.Cut(filepath.ToSlash(path), "/")
	if _, err := os.Stat(first); err != nil && more && strings.HasPrefix(first, "~") {
		return errors.New(first + " stands for a home only where a shell sees it as the beginning of a word, and there is no folder of that name here")
	}
	return nil
}

// mostLinks is how many links one path may lead through.
const mostLinks = 40

// follow is where the links at the end of a path lead, whether there is something
// or not. It stops at what names an open file.
func follow(path string) (string, error) {
	at, err := filepath.Abs(path)
	if err != nil {
		return path, nil // there is no working directory
	}
	for range mostLinks {
		if strings.HasPrefix(at, "/dev/std") || strings.HasPrefix(at, "/dev/fd/") || strings.HasPrefix(at, "/proc/") {
			return at, nil
		}
		to, err := os.Readlink(at)
		if err != nil {
			return at, nil // no link, or nothing there
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(realFolder(at), to)
		}
		at = to
	}
	return "", syscall.ELOOP
}

// realFolder is the folder of a path without links, so that ".." leads up from it.
func realFolder(path string) string {
	folder := filepath.Dir(path)
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		return real
	}
	return folder
}

// Same reports whether two paths lead to one file or stream, which need not exist
// yet. Devices, such as /dev/null, can take many.
func Same(a, b string) bool {
	fd1, ok1 := descriptor(a)
	fd2, ok2 := descriptor(b)
	if ok1 || ok2 {
		return ok1 && ok2 && fd1 == fd2
	}
	one, err1 := os.Stat(a)
	other, err2 := os.Stat(b)
	if err1 == nil && err2 == nil {
		return (one.Mode().IsRegular() || isPipeMode(one.Mode())) && os.SameFile(one, other)
	}
	return resolved(a) == resolved(b)
}

// resolved is the path without links, as far as there is anything yet.
func resolved(path string) string {
	if end, err := follow(path); err == nil {
		path = end
	}
	folder, name := filepath.Split(path)
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		return filepath.Join(real, name)
	} else if parent := filepath.Clean(folder); parent != path {
		return filepath.Join(resolved(parent), name)
	}
	return path
}
