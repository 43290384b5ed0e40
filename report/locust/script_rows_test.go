package locust

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// own is a run that has requests, a transaction, a tag and all sorts of figures, of two kinds of users.
func own() *record.Recorder {
	rec, ms := record.New(record.Config{Shards: 1}), time.Millisecond
	for i, kind := range []string{"buyer", "browser"} {
		s, at := rec.Shard(0), time.Duration(i)*time.Second
		x := record.Sample{Op: report.Op{Kind: kind, Name: "checkout"}, Intended: at, Woken: at, Sent: at, Done: at + 20*ms, Bytes: 1_500_000}
		s.Of(report.SortTransaction).Record(&x)
		x.Op = report.Op{Kind: kind, Method: "GET", Name: "/a"}
		s.Record(&x)
		s.Of(report.SortTag).RecordTag("region=eu", &x)
		s.Add(report.Op{Kind: kind, Name: "=wins"}, at, 3)
		s.Answer(report.Op{Kind: kind, Name: "ok"}, at, i == 0)
		s.Value(report.Op{Kind: kind, Name: "basket [EUR]"}, at, 42.5)
	}
	return rec
}

// The files have a row for each kind of users, and say the same during a run and after it. Names cannot be taken for a formula.
func TestOwnFiles(t *testing.T) {
	rec := own()
	live, final := LiveOwnFiles(rec.Snapshot(8*time.Second, Quantiles()...)), OwnFiles(rec.Summary(record.Meta{End: 8 * time.Second}))
	want := map[string][]string{
		"stats_kinds": {"Kind," + requestsHeader, "browser,GET,/a,1,0,20,", "buyer,GET,/a,1,0,20,"},
		"transactions": {
			"Kind," + strings.Replace(requestsHeader, "Average Content Size", "Average Pause Time", 1),
			"browser,,checkout,1,0,20,20,20,20,1.5,", "buyer,,checkout,1,0,20,20,20,20,1.5,",
		},
		"tags": {"Kind," + requestsHeader, "browser,GET,/a {region=eu},1,0,20,", "buyer,GET,/a {region=eu},1,0,20,"},
		"figures": {
			"Kind,Type,Name,Unit,Count,Of,Count/s,Average,Min,Max,50%,95%,99%,99.9%\r\n",
			"browser,counter,'=wins,,3,,0.375,,,,,,,\r\n", "buyer,counter,'=wins,,3,,0.375,,,,,,,\r\n",
			"browser,rate,ok,,0,1,0,,,,,,,\r\n", "buyer,rate,ok,,1,1,0.125,,,,,,,\r\n",
			"browser,value,basket,EUR,1,,0.125,42.5,42.5,42.5,42.5,42.5,42.5,42.5\r\n", "buyer,value,basket,EUR,1,,0.125,42.5,42.5,42.5,42.5,42.5,42.5,42.5\r\n",
		},
	}
	for i, file := range final {
		texts := [2]string{}
		for k, f := range []OwnFile{live[i], file} {
			var out bytes.Buffer
			require.NoError(t, f.Write(&out))
			texts[k] = out.String()
			assert.Equal(t, f.Rows+1, strings.Count(out.String(), "\r\n"), f.Name)
			assert.ErrorContains(t, f.Write(broken{}), "no space left")
		}
		assert.Equal(t, texts[0], texts[1], file.Name)
		lines := strings.SplitAfter(texts[1], "\r\n")
		require.Len(t, lines, len(want[file.Name])+1, file.Name)
		for k, begins := range want[file.Name] {
			assert.True(t, strings.HasPrefix(lines[k], begins), "%q does not begin with %q", lines[k], begins)
		}
	}
	for _, f := range LiveOwnFiles(nil) {
		assert.Zero(t, f.Rows, f.Name)
	}
}
