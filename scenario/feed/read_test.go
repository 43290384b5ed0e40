package feed_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/scenario/feed"
)

// whole is a Feed as a table.
func whole(t testing.TB, f *feed.Feed) (rows [][]string) {
	for i := range f.Len() {
		row, err := f.Row(user(i+1, f.Len(), 1, 1))
		require.NoError(t, err)
		var values []string
		for _, c := range f.Columns() {
			values = append(values, row.Get(c))
		}
		rows = append(rows, values)
	}
	return rows
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	table, lines := filepath.Join(dir, "users.csv"), filepath.Join(dir, "users.jsonl")
	require.NoError(t, os.WriteFile(table, []byte("\ufeffname,city\r\n\"Lovelace, Ada\",London\r\n\r\nGrace,\"New\nYork\"\r\n"), 0o600))
	require.NoError(t, os.WriteFile(lines, []byte("\n{\"name\": \"Lovelace, Ada\", \"city\": \"London\"}\n {\"city\": \"New\\nYork\", \"name\": \"Grace\"}"), 0o600))
	a, err := feed.CSV(table, feed.Once)
	require.NoError(t, err)
	b, err := feed.JSON(lines, feed.Once)
	require.NoError(t, err)
	want := [][]string{{"Lovelace, Ada", "London"}, {"Grace", "New\nYork"}}
	assert.Equal(t, want, whole(t, a))
	assert.Equal(t, want, whole(t, b))
	_, err = feed.CSV(filepath.Join(dir, "none.csv"), feed.Once)
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = feed.JSON(dir, feed.Once)
	assert.ErrorContains(t, err, "cannot be read")
}

func TestBadFiles(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "feed: users.csv has no rows; want a line that names the columns, and one for each row",
		"name,city\n":           "feed: users.csv has no rows; want a line that names the columns, and one for each row",
		"name,city\n\nada\n":    "feed: users.csv:3: 1 value, want 2: \"name\", \"city\"",
		"name,city\na,b\na,b,c": "feed: users.csv:3: 3 values, want 2: \"name\", \"city\"",
		"name,name\na,b":        `feed: users.csv:1: two columns are named "name"`,
		"name,\na,b":            "feed: users.csv:1: column 2 has no name",
		"name\na\"b\n":          `feed: users.csv:2: column 2: bare " in non-quoted-field`,
		"name\n\"ab":            `feed: users.csv:2: column 4: extraneous or missing " in quoted-field`,
	} {
		_, err := feed.ReadCSV("users.csv", strings.NewReader(text), feed.Once)
		assert.EqualError(t, err, want, "%q", text)
		assert.Implements(t, (*interface{ BadInput() bool })(nil), err)
	}
	for text, want := range map[string]string{
		"\n":                               "feed: users.jsonl has no rows; want an object a line",
		"[1]":                              `feed: users.jsonl:1: want an object, such as {"name": "ada"}`,
		"{}":                               "feed: users.jsonl:1: the object is empty",
		`{"a": 1} {"a": 2}`:                "feed: users.jsonl:1: there is more than one object, want one a line",
		`{"a": 1`:                          "feed: users.jsonl:1: the object has no end",
		`{"a": 1, "a": 2}`:                 `feed: users.jsonl:1: two columns are named "a"`,
		"{\"a\": 1}\n{\"a\": 2, \"a\": 3}": `feed: users.jsonl:2: "a" is there twice`,
		"{\"a\": 1}\n{\"b\": 2}":           `feed: users.jsonl:2: there is no "b" in the first object; want "a"`,
		"{\"a\":1,\"b\":1}\n\n{\"a\": 2}":  `feed: users.jsonl:3: "b" is missing; want "a", "b"`,
		`{"a": tru}`:                       `feed: users.jsonl:1: the value of "a": invalid character '}' in literal true (expecting 'e')`,
	} {
		_, err := feed.ReadJSON("users.jsonl", strings.NewReader(text), feed.Once)
		assert.EqualError(t, err, want, "%q", text)
	}
	_, err := feed.ReadCSV("users.csv", strings.NewReader("a\nb\n"), 9)
	assert.EqualError(t, err, "feed: users.csv: feed.Deal(9) hands out no rows; want one of feed.Once, feed.Lend, feed.Circle, feed.Random")
}

// FuzzCSV: what is read is what encoding/csv reads, and an error is one line.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\ufeffa\n1", "a\n\"x\ny\"\n", "a,a\n1,2", "a\n1,2", "\"", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := feed.ReadCSV("x.csv", strings.NewReader(text), feed.Once)
		if err != nil {
			assert.NotContains(t, err.Error(), "\n")
			return
		}
		in := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
		want, err := in.ReadAll()
		require.NoError(t, err)
		assert.Equal(t, want, append([][]string{got.Columns()}, whole(t, got)...))
	})
}

// FuzzJSON: what is read is what encoding/json reads of each line.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a": 1}`, "{\"a\": \"x\"}\n{\"a\": [1]}", "{\"a\": {\"b\": null}}\n\n", `{"a": 1}x`, "{", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := feed.ReadJSON("x.jsonl", strings.NewReader(text), feed.Once)
		if err != nil {
			assert.NotContains(t, err.Error(), "\n")
			return
		}
		rows := whole(t, got)
		lines := slices.DeleteFunc(strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
		require.Len(t, rows, len(lines))
		for i, line := range lines {
			var object map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &object))
			require.Len(t, object, len(got.Columns()))
			for j, c := range got.Columns() {
				switch want := object[c].(type) {
				case string:
					assert.Equal(t, want, rows[i][j])
				default:
					var value any
					require.NoError(t, json.Unmarshal([]byte(rows[i][j]), &value))
					assert.Equal(t, want, value)
				}
			}
		}
	})
}
