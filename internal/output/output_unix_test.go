//go:build unix

package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func says(text string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// TestLinksAreFollowed: also one that leads nowhere yet, through other links and
// up from a folder that is one.
func TestLinksAreFollowed(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	require.NoError(t, os.MkdirAll(at("real/deep"), 0o700))
	require.NoError(t, os.WriteFile(at("real/file"), []byte("old"), 0o600))
	link := func(name, to string) { require.NoError(t, os.Symlink(filepath.FromSlash(to), at(name))) }
	link("plain", "real/file")
	link("twice", "plain")
	link("absolute", at("real/file"))
	link("dangling", "real/new")
	link("far", "real/not/yet/new")
	link("folder", "real/deep")
	link("real/deep/up", "../file")
	for name, end := range map[string]string{
		"plain": "real/file", "twice": "real/file", "absolute": "real/file", "dangling": "real/new", "far": "real/not/yet/new", "folder/up": "real/file",
	} {
		require.NoError(t, Ready(at(name)), name)
		require.NoError(t, Write(t.Context(), at(name), says(name)), name)
		assert.Equal(t, name, content(t, at(end)), name)
		info, err := os.Lstat(at(name))
		require.NoError(t, err)
		assert.Equal(t, fs.ModeSymlink, info.Mode().Type(), "%s is still a link", name)
		assert.True(t, Same(at(name), at(end)), name)
	}
	info, err := os.Stat(at("real/file"))
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode(), "what was private stays private")
	link("round", "round")
	require.ErrorIs(t, Ready(at("round")), syscall.ELOOP)
	require.ErrorIs(t, Write(t.Context(), at("round"), says("x")), syscall.ELOOP)
	assert.True(t, Same(at("dangling"), at("real/./new")))
	left, err := filepath.Glob(at("real/*.part"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestPipes: who reads one gets the file, once, also when they come late or have
// enough; it waits for no one beyond the end.
func TestPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, Ready(pipe))
	large := strings.Repeat("x", 1<<20)
	read := make(chan string, 1)
	reader := func() { // it opens the pipe once, as cat does
		text, err := os.ReadFile(pipe)
		if err != nil {
			text = []byte(err.Error())
		}
		read <- string(text)
	}
	go reader()
	require.NoError(t, Ready(pipe), "a look does not end what is read")
	require.NoError(t, Write(t.Context(), pipe, says(large)))
	assert.Equal(t, large, <-read)

	late := make(chan error, 1)
	go func() { late <- Write(t.Context(), pipe, says("late")) }()
	select {
	case err := <-late:
		t.Fatal("no reader yet", err)
	case <-time.After(3 * glance):
	}
	go reader()
	require.NoError(t, <-late)
	assert.Equal(t, "late", <-read)

	go func() {
		file, err := os.Open(pipe)
		if err == nil {
			_, err = io.ReadFull(file, make([]byte, 10))
			err = errors.Join(err, file.Close())
		}
		read <- fmt.Sprint(err)
	}()
	require.NoError(t, Write(t.Context(), pipe, says(large)), "a reader that has seen enough")
	assert.Equal(t, "<nil>", <-read)

	_, err := OpenPipe(t.Context(), pipe, 2*glance)
	require.ErrorIs(t, err, errNoReader)
}

// TestTheEndWaitsForNoReader: neither for a reader nor for one that does not read.
func TestTheEndWaitsForNoReader(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.ErrorIs(t, Write(ended, pipe, says("x")), errNoReader)
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return Write(ended, pipe, says("x")) == nil }, time.Minute, time.Millisecond, "it does take a little time")
	require.ErrorContains(t, Write(ended, pipe, says(strings.Repeat("x", 1<<20))), "takes nothing")
	require.NoError(t, reader.Close())
	r, w, err := os.Pipe()
	require.NoError(t, err)
	require.ErrorContains(t, To(ended, w, says(strings.Repeat("x", 1<<20))), "takes nothing")
	require.NoError(t, r.Close())
	_ = w.Close()
}

// TestOpenFiles: what is written goes where the file stands, after what was there.
func TestOpenFiles(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "x"))
	require.NoError(t, err)
	defer file.Close()
	_, err = file.WriteString("before ")
	require.NoError(t, err)
	path := fmt.Sprintf("/dev/fd/%d", file.Fd())
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(path, link))
	require.NoError(t, Ready(path))
	require.NoError(t, Write(t.Context(), path, says("and ")))
	require.NoError(t, Write(t.Context(), link, says("after")))
	assert.Equal(t, "before and after", content(t, file.Name()))
	assert.False(t, IsFile(path))
	assert.True(t, Same(path, link))
	require.EqualError(t, Ready("/dev/fd/999"), "there is no open file 999")
	reading, err := os.Open(file.Name())
	require.NoError(t, err)
	defer reading.Close()
	require.EqualError(t, Ready(fmt.Sprintf("/dev/fd/%d", reading.Fd())), fmt.Sprintf("the open file %d is for reading only", reading.Fd()))
	require.Error(t, Write(t.Context(), "/dev/fd/999", says("x")))

	for path, want := range map[string]int{"-": 1, "/dev/stdout": 1, "/dev/fd/1": 1, "/proc/self/fd/1": 1, "/dev/stderr": 2, "/dev/../dev/stderr": 2, "./-": 0, "/dev/null": 0, "x": 0, path: 0} {
		assert.Equal(t, want, Stream(path), path)
	}
	assert.True(t, Same("-", "/dev/stdout"))
	assert.False(t, Same("-", "./-"))
	assert.False(t, Same("-", "/dev/stderr"))
}

// TestManyWritersOfOneFile: a process that checks whether a file can be written, or writes
// it, leaves alone what others in this process are about to finish.
func TestManyWritersOfOneFile(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), "file")
	var writers sync.WaitGroup
	for i := range 8 {
		text := strings.Repeat(strconv.Itoa(i), 1<<16)
		writers.Go(func() {
			for range 50 {
				assert.NoError(t, Ready(path))
				assert.NoError(t, Write(t.Context(), path, says(text)))
				got, err := os.ReadFile(path)
				assert.NoError(t, err)
				assert.Equal(t, strings.Repeat(string(got[:1]), 1<<16), string(got), "whole")
			}
		})
	}
	writers.Wait()
	names, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, names, 1)
}

func TestWhatTakesNoFile(t *testing.T) {
	dir := t.TempDir()
	require.EqualError(t, Ready(dir), "is a folder")
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	defer listener.Close()
	require.EqualError(t, Ready(socket), "is a socket")
	assert.Equal(t, "a disk", unfit(fs.ModeDevice))
	assert.Empty(t, unfit(fs.ModeDevice|fs.ModeCharDevice))
	require.NoError(t, Ready(os.DevNull))
	require.NoError(t, Write(t.Context(), os.DevNull, says("x")))
	assert.False(t, Same(os.DevNull, os.DevNull), "it can take many")
	assert.True(t, IsFile(filepath.Join(dir, "new")))
	assert.False(t, IsFile(socket))
	assert.False(t, IsPipe(socket))
}

// TestLock: one at a time, under whatever name, and nothing is left.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "run.csv"), filepath.Join(dir, "link")
	require.NoError(t, os.Symlink("run.csv", link))
	unlock, err := Lock(path)
	require.NoError(t, err)
	_, err = Lock(path)
	require.ErrorIs(t, err, ErrTaken)
	_, err = Lock(link)
	require.ErrorIs(t, err, ErrTaken)
	other, err := Lock(filepath.Join(dir, "other.csv"))
	require.NoError(t, err)
	other()
	unlock()
	again, err := Lock(link)
	require.NoError(t, err)
	again()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	assert.Equal(t, []string{link}, names)
	for _, stream := range []string{"-", "/dev/stderr"} {
		for range 2 {
			_, err := Lock(stream)
			require.NoError(t, err)
		}
	}
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	one, err := lockItself(path)
	require.NoError(t, err)
	_, err = lockItself(path)
	require.ErrorIs(t, err, ErrTaken)
	one()
}

// TestLocksPassOn: many who want the same lock hold it one at a time, while it is
// made and taken away.
func TestLocksPassOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	var inside, most atomic.Int32
	done := make(chan int)
	for range 8 {
		go func() {
			held := 0
			for held < 25 {
				unlock, err := Lock(path)
				if err == nil {
					held++
					if n := inside.Add(1); n > 1 {
						most.Store(n)
					}
					inside.Add(-1)
					unlock()
				}
			}
			done <- held
		}()
	}
	total := 0
	for range 8 {
		total += <-done
	}
	assert.Equal(t, 8*25, total)
	assert.Zero(t, most.Load(), "held by more than one")
}

// TestNamesOfNoFile: the name of a folder is none, also of one that is not there
// yet, nor is a home that no shell has filled in.
func TestNamesOfNoFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"new/", "new/.", "new/..", ".", "..", "/", "./", t.TempDir() + "/"} {
		assert.ErrorContains(t, Ready(path), "folder", path)
	}
	for _, path := range []string{"~/run.json", "~me/run.json"} {
		assert.ErrorContains(t, Ready(path), "stands for a home only where a shell sees it", path)
	}
	names, err := os.ReadDir(".")
	require.NoError(t, err)
	assert.Empty(t, names)
	require.NoError(t, os.Mkdir("~", 0o700))
	for _, path := range []string{"~/run.json", "~run.json", "x~/run.json", "./~me/run.json"} {
		assert.NoError(t, Ready(path), path)
	}
}

// TestLocksTakeNothingAway: a file that happens to have the name of a lock stays.
func TestLocksTakeNothingAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "packages")
	require.NoError(t, os.WriteFile(path+".lock", []byte("mine"), 0o600))
	unlock, err := Lock(path)
	require.NoError(t, err)
	_, err = Lock(path)
	require.ErrorIs(t, err, ErrTaken)
	unlock()
	assert.Equal(t, "mine", content(t, path+".lock"))

	unlock, err = Lock(path + "2")
	require.NoError(t, err)
	require.NoError(t, Write(t.Context(), path+"2.lock", says("an output of the same run")))
	unlock()
	assert.Equal(t, "an output of the same run", content(t, path+"2.lock"))
}

// TestOneFileOfTwoNames: a hard link leads to the same file, and so does the name of
// one for a user who may make no other file next to it.
func TestOneFileOfTwoNames(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	require.NoError(t, os.WriteFile(one, nil, 0o600))
	require.NoError(t, os.Link(one, two))
	unlock, err := Lock(one)
	require.NoError(t, err)
	_, err = Lock(two)
	require.ErrorIs(t, err, ErrTaken)
	assert.NoFileExists(t, two+".lock")
	unlock()

	unlock, err = lockItself(one) // as where the folder takes no file
	require.NoError(t, err)
	_, err = Lock(one)
	require.ErrorIs(t, err, ErrTaken)
	unlock()
	unlock, err = Lock(one)
	require.NoError(t, err)
	unlock()
}

// TestLongNames: what a system takes as a name can be written.
func TestLongNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{strings.Repeat("a", 255), strings.Repeat("é", 127), strings.Repeat("a", 199) + "é" + strings.Repeat("b", 50)} {
		path := filepath.Join(dir, name)
		require.NoError(t, Ready(path))
		require.NoError(t, Write(t.Context(), path, says("x")))
		require.NoError(t, Write(t.Context(), path, says(name)))
		assert.Equal(t, name, content(t, path))
	}
	names, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, names, 3)
}
