package input

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReader(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int64
		want  string
		err   string
	}{
		{"", 10, "", ""},
		{"a", 10, "a", ""},
		{"abcdefgh", 8, "abcdefgh", ""},
		{"abcdefgh", 7, "abcdefg", "more than 7 bytes"},
		{"abc", 2, "ab", "more than 2 bytes"},
		{"\ufeffabcdefgh", 8, "abcdefgh", ""},
		{"\ufeff", 8, "", ""},
		{"\ufeffa\ufeff", 8, "a\ufeff", ""},
		{"\xff\xfea\x00b\x00", 8, "", "is UTF-16: save it as UTF-8"},
		{"\xfe\xff\x00a\x00b", 8, "", "is UTF-16: save it as UTF-8"},
		{"\xff\xfe", 8, "", "is UTF-16: save it as UTF-8"},
		{"a\x00b\x00", 8, "", "is UTF-16: save it as UTF-8"},
		{"\x00a\x00b", 8, "", "is UTF-16: save it as UTF-8"},
		{"\xff\xfe\x00\x00a\x00\x00\x00", 8, "", "is UTF-32: save it as UTF-8"},
		{"\x00\x00\x00\x00\x00", 8, "\x00\x00\x00\x00\x00", ""},
		{"\xef\xbb", 8, "\xef\xbb", ""},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text)), iotest.DataErrReader(strings.NewReader(c.text))} {
			got, err := io.ReadAll(NewReader(r, c.limit))
			assert.Equal(t, c.want, string(got), "%q", c.text)
			if c.err == "" {
				assert.NoError(t, err, "%q", c.text)
			} else {
				assert.EqualError(t, err, c.err, "%q", c.text)
			}
		}
	}
	require.NoError(t, iotest.TestReader(NewReader(strings.NewReader("\ufeffabcdefghij"), 100), []byte("abcdefghij")))
	_, err := io.ReadAll(NewReader(iotest.ErrReader(io.ErrClosedPipe), 9))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	_, err := ReadFile(filepath.Join(dir, "lost"), 9)
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.NotContains(t, err.Error(), dir)
	_, err = ReadFile(dir, 9)
	require.ErrorContains(t, err, "directory")
	assert.NotContains(t, err.Error(), dir)
	large := filepath.Join(dir, "large")
	require.NoError(t, os.WriteFile(large, nil, 0o600))
	require.NoError(t, os.Truncate(large, 1<<40)) // holds nothing: it is not read
	_, err = ReadFile(large, 256<<20)
	require.EqualError(t, err, "more than 256 MiB")
	small := filepath.Join(dir, "small")
	require.NoError(t, os.WriteFile(small, []byte("\ufeffusers = 1\r\n"), 0o600))
	text, err := ReadFile(small, 1<<20)
	require.NoError(t, err)
	assert.Equal(t, "users = 1\r\n", string(text))
}

// FuzzReader: UTF-8 comes back without its mark, and any text in UTF-16 with a
// mark is named.
func FuzzReader(f *testing.F) {
	f.Add("users = 10", true)
	f.Add("\ufeff\ufeff{", false)
	f.Fuzz(func(t *testing.T, text string, small bool) {
		mark := "\xff\xfe"
		if !small {
			mark = "\xfe\xff"
		}
		wide := []byte(mark)
		for _, u := range utf16.Encode([]rune("x" + text)) {
			pair := []byte{byte(u), byte(u >> 8)}
			if !small {
				pair[0], pair[1] = pair[1], pair[0]
			}
			wide = append(wide, pair...)
		}
		_, err := io.ReadAll(NewReader(strings.NewReader(string(wide)), 1<<20))
		require.EqualError(t, err, "is UTF-16: save it as UTF-8")
		got, err := io.ReadAll(NewReader(strings.NewReader("\ufeffxyz "+text), 1<<30))
		require.NoError(t, err)
		require.Equal(t, "xyz "+text, string(got))
	})
}
