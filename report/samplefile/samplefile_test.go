package samplefile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

var formats = []Format{{}, {CSV: true}, {Compression: ".gz"}, {CSV: true, Compression: ".zst"}}

// odd are samples with all that a row may have to quote.
var odd = []record.Sample{
	{Op: report.Op{Name: "plain"}, Intended: 1, Woken: 2, Sent: 3, Done: 4, Bytes: 5, Later: true},
	{Op: report.Op{Kind: "buyer", Method: "GET", Name: `/a,"b"` + "\n#c\r\n{\"end\":"}, Err: "http 503"},
	{Op: report.Op{Method: " ", Name: "#"}, Intended: -1, Done: longest, Err: report.CutOff, Bytes: 1 << 62},
	{Op: report.Op{Name: "<ü>&\x00"}, Err: `"`},
	{},
}

// written are the bytes of a file with a header, samples and, if it has one, an end.
func written(t testing.TB, f Format, samples []record.Sample, end *End) []byte {
	var b bytes.Buffer
	w, err := NewWriter(&b, f, Header{Run: "r", Seed: 1<<64 - 1, Phases: []report.PhaseInfo{{Name: "all", Predicted: &report.Load{}}}})
	require.NoError(t, err)
	require.NoError(t, w.Write(samples))
	require.NoError(t, w.Flush())
	if end != nil {
		require.NoError(t, w.End(*end))
	}
	assert.EqualValues(t, b.Len(), w.Bytes())
	return b.Bytes()
}

// rows reads all of a file.
func rows(in io.Reader) (got []record.Sample, r *Reader, err error) {
	if r, err = NewReader(in); err != nil {
		return nil, nil, err
	}
	defer r.Close()
	for x, err := range r.All() {
		if err != nil {
			return got, r, err
		}
		got = append(got, x)
	}
	return got, r, nil
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, f := range formats {
		got, r, err := rows(bytes.NewReader(written(t, f, odd, &End{End: time.Second, Written: 5, Notes: []string{"\n"}, State: []byte("x")})))
		require.NoError(t, err, f)
		assert.Equal(t, odd, got, f)
		assert.Equal(t, uint64(1<<64-1), r.Header().Seed)
		assert.Equal(t, Version, r.Header().Version)
		require.NotNil(t, r.End())
		assert.Equal(t, []any{int64(5), time.Second, "x"}, []any{r.End().Written, r.End().End, string(r.End().State)})
	}
}

// TestAFileThatEndsEarly gives what it has and says so, wherever it ends, also within a row.
func TestAFileThatEndsEarly(t *testing.T) {
	for _, f := range formats {
		whole := written(t, f, odd, nil)
		for _, cut := range []int{0, 1} {
			got, r, err := rows(bytes.NewReader(whole[:len(whole)-cut]))
			require.ErrorIs(t, err, ErrNoEnd, f)
			assert.Regexp(t, `^line \d+: the file has no last record`, err.Error())
			assert.Nil(t, r.End())
			if f.Compression == "" {
				assert.Len(t, got, len(odd)-cut, f)
			}
			assert.True(t, slices.Equal(odd[:len(got)], got))
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	head := `{"loadgen_samples":1,"phases":[{"Name":"all"}]}` + "\n"
	table := "#" + head + columns + "\n"
	end := `{"end":{"end_ns":1}}` + "\n"
	for text, says := range map[string]string{
		"":      "not a file of samples: ",
		"{}\n":  `not a file of samples: its first line does not begin with the key "loadgen_samples"`,
		"a,b\n": `not a file of samples`,
		`{"loadgen_samples":2,"phases":[{}]}` + "\n":                  "line 1: it is of schema version 2, and this program reads 1",
		`{"loadgen_samples":1}` + "\n":                                "line 1: it names no phases",
		`{"loadgen_samples":1,"share":2,"phases":[{}]}` + "\n":        "line 1: its share is 2",
		`{"loadgen_samples":"x"}` + "\n":                              "line 1: json: ",
		"#" + head + "a,b\n":                                          `line 2: its columns are "a,b"; accepted: intended_ns,`,
		"#" + head:                                                    "line 2: it ends before the names of its columns",
		head + "x\n":                                                  "line 2: not a row: invalid character 'x'",
		head + "\n":                                                   "line 2: not a row: unexpected end",
		head + `{"intended_ns":1}` + "\n":                             "line 2: a row has intended_ns and done_ns",
		head + `{"intended_ns":1.5,"done_ns":2}` + "\n":               "line 2: not a row: json: cannot unmarshal number 1.5",
		head + `{"intended_ns":1,"done_ns":40000000000000000}`:        "line 2: the file has no last record",
		head + `{"intended_ns":1,"done_ns":40000000000000000}` + "\n": "line 2: the offset 40000000000000000 is out of range",
		head + `{"name":"` + strings.Repeat("x", maxRow) + "\"}\n":    "line 2: longer than 65536 bytes",
		head + end + head:                                             "line 3: there is more after the last record",
		head + `{"end":null}` + "\n":                                  `line 2: not the last record: it has no key "end"`,
		head + `{"end":{"end_ns":-1}}` + "\n":                         "line 2: end_ns is -1; accepted: 0 to ",
		table + "1,2,3\n":                                             "line 3: a row has 3 fields, not 10",
		table + "1,2,3,4,,,a,,5,true,6\n":                             "line 3: a row has more than 10 fields",
		table + "1,2,x,4,,,a,,5,true\n":                               `line 3: sent_ns is "x"; accepted: a whole number of nanoseconds`,
		table + "1,2,3,4,,,a,,,true\n":                                `line 3: bytes is ""; accepted: a whole number`,
		table + "1,2,3,4,,,a,,5,yes\n":                                `line 3: later is "yes"; accepted: true or false`,
		table + "1,2,3,4,,,\"a,,5,true\n":                             "a quote is not closed",
		table + "1,2,3,4,,,\"a\"b,,5,true\n":                          "line 3: after a closed quote there is more than a comma",
		table + "#" + "{}\n":                                          `line 3: not the last record`,
	} {
		_, _, err := rows(strings.NewReader(text))
		require.ErrorContains(t, err, says, "%.60q", text)
		assert.NotContains(t, err.Error(), "\n")
	}
	_, _, err := rows(strings.NewReader("\x1f\x8bno"))
	require.ErrorContains(t, err, "not a file of samples: ")
}

// TestADamagedFile is not taken for one that ends early.
func TestADamagedFile(t *testing.T) {
	data := written(t, Format{Compression: ".gz"}, odd, &End{})
	data[len(data)-6] ^= 1 // of the checksum
	_, _, err := rows(bytes.NewReader(data))
	require.Error(t, err)
	assert.NotErrorIs(t, err, ErrNoEnd)
}

// TestGzipOfOthersIsRead: what was packed by another program.
func TestGzipOfOthersIsRead(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(written(t, Format{}, odd, &End{}))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	got, _, err := rows(&b)
	require.NoError(t, err)
	assert.Equal(t, odd, got)
}

func TestFormats(t *testing.T) {
	for name, want := range map[string]Format{"a.jsonl": {}, "a.CSV": {CSV: true}, "b/a.jsonl.gz": {Compression: ".gz"}, "a.csv.zst": {true, ".zst"}} {
		got, err := FormatOf(name)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, name := range []string{"", "a", "a.json", "a.gz", "a.csv.bz2", "csv"} {
		_, err := FormatOf(name)
		require.ErrorContains(t, err, "accepted: a name that ends in")
	}
}

// TestSummaryOfAFileThatEndsEarly is of what there is.
func TestSummaryOfAFileThatEndsEarly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.csv.gz")
	samples := []record.Sample{{Op: report.Op{Name: "a"}, Done: time.Second}, {Op: report.Op{Name: "a"}, Intended: time.Second, Sent: time.Second, Done: 3 * time.Second, Err: "timeout"}}
	require.NoError(t, os.WriteFile(path, written(t, Format{CSV: true, Compression: ".gz"}, samples, nil), 0o600))
	sum, err := Summary(path)
	require.NoError(t, err)
	assert.EqualValues(t, []int64{2, 1}, []int64{sum.Total.Requests, sum.Total.Failures})
	assert.InDelta(t, 3, sum.EndS, 0)
	require.Len(t, sum.Notes, 1)
	assert.Contains(t, sum.Notes[0], "without its last record, as a process that is killed leaves it: 2 requests up to 3s after the start")
}

func TestSummaryThatCannotBe(t *testing.T) {
	write := func(data []byte) string {
		path := filepath.Join(t.TempDir(), "x")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	for says, path := range map[string]string{
		"no such file":                                       "none.jsonl",
		": its last record: record: delta: ":                 write(written(t, Format{}, odd[:1], &End{Written: 1, State: []byte{9}})),
		": it has 1 row, and its last record says 2":         write(written(t, Format{}, odd[:1], &End{Written: 2})),
		": line 2: not a row":                                write([]byte(`{"loadgen_samples":1,"phases":[{}]}` + "\nx\n")),
		": it has 50 % of the requests, and a summary needs": write([]byte(`{"loadgen_samples":1,"share":0.5,"phases":[{}]}` + "\n")),
	} {
		_, err := Summary(path)
		require.ErrorContains(t, err, says)
		assert.Contains(t, err.Error(), path)
	}
}

// FuzzReader: any bytes are refused in one line, or read, and then what was read comes back from what is written of it.
func FuzzReader(f *testing.F) {
	for _, format := range formats {
		f.Add(written(f, format, odd, &End{End: 1, Written: int64(len(odd)), Notes: []string{"n"}}))
	}
	f.Add([]byte(`{"loadgen_samples":1,"phases":[{"Name":"all"}]}` + "\n" + `{"intended_ns":1,"done_ns":2,"more":[]}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, r, err := rows(bytes.NewReader(data))
		if err != nil && !errors.Is(err, ErrNoEnd) {
			assert.NotContains(t, err.Error(), "\n")
			return
		}
		for i := range got { // an encoder replaces what is not UTF-8, which no Recorder gives
			for _, text := range []*string{&got[i].Op.Kind, &got[i].Op.Method, &got[i].Op.Name, &got[i].Err} {
				*text = strings.ToValidUTF8(*text, "�")
			}
		}
		for _, format := range formats {
			var b bytes.Buffer
			w, err := NewWriter(&b, format, r.Header())
			require.NoError(t, err)
			require.NoError(t, w.Write(got))
			require.NoError(t, w.End(End{}))
			again, _, err := rows(&b)
			require.NoError(t, err)
			require.Equal(t, got, again)
		}
	})
}
