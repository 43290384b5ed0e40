package locust

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

func TestTableOfRequests(t *testing.T) {
	var out strings.Builder
	WriteStats(&out, measurements(t), 90, true)
	assert.Equal(t, `Type     Name        # reqs      # fails |    Avg     Min     Max     Med |   req/s  failures/s
--------|----------|-------|-------------|-------|-------|-------|-------|--------|-----------
POST     /a               2    1(50.00%) |    760      20    1500      20 |    0.50        0.25
GET      /b               2     0(0.00%) |     20      10      30      10 |    0.50        0.00
--------|----------|-------|-------------|-------|-------|-------|-------|--------|-----------
         Aggregated       4    1(25.00%) |    390      10    1500      20 |    1.00        0.25

`, out.String(), "sorted by name, then method; whole milliseconds, cut")
}

func TestTableOfTheLastSeconds(t *testing.T) {
	s := measurements(t)
	s.Total.RecentRPS, s.Total.RecentFailures = 7.125, 3
	var out strings.Builder
	WriteStats(&out, s, 0, false)
	lines := strings.Split(out.String(), "\n")
	assert.True(t, strings.HasSuffix(lines[5], " |    7.12        3.00"), lines[5])
	assert.Contains(t, lines[0], "Type     Name"+strings.Repeat(" ", widestName-4)+"  # reqs")
}

func TestTableOfPercentiles(t *testing.T) {
	var out strings.Builder
	WritePercentiles(&out, measurements(t), 90)
	assert.Equal(t, `Response time percentiles (approximated)
Type     Name          50%    66%    75%    80%    90%    95%    98%    99%  99.9% 99.99%   100% # reqs
--------|----------|------|------|------|------|------|------|------|------|------|------|------|------
POST     /a             20   1500   1500   1500   1500   1500   1500   1500   1500   1500   1500      2
GET      /b             10     30     30     30     30     30     30     30     30     30     30      2
--------|----------|------|------|------|------|------|------|------|------|------|------|------|------
         Aggregated     20     30     30   1500   1500   1500   1500   1500   1500   1500   1500      4

`, out.String())
	assert.Len(t, tableColumns, len(tableQuantiles))
}

func TestTableOfErrors(t *testing.T) {
	var out strings.Builder
	WriteErrors(&out, measurements(t), 90)
	assert.Equal(t, `Error report
# occurrences      Error
------------------|------------------------------------------------------------------------
1                  POST /a: http 503
------------------|------------------------------------------------------------------------

`, out.String())
	out.Reset()
	WriteErrors(&out, new(report.Snapshot), 90)
	assert.Empty(t, out.String())
}

func TestHostileNamesStayOnTheirLine(t *testing.T) {
	s := measurements(t)
	s.Ops[0].Op.Name, s.Failures[0].Reason = "/a\n\x1b[2J", "boom\r\nAggregated"
	var out strings.Builder
	WriteStats(&out, s, 0, true)
	WritePercentiles(&out, s, 0)
	WriteErrors(&out, s, 0)
	assert.NotContains(t, out.String(), "\x1b")
	assert.NotContains(t, out.String(), "\nAggregated")
}

func TestNameColumn(t *testing.T) {
	for columns, want := range map[int]int{0: 80, 40: 0, 80: 0, 100: 20, 160: 80, 500: 80} {
		assert.Equalf(t, want, nameWidth(columns), "%d columns", columns)
	}
}

// measurements is the state after 4 s of two operations, one of which fails
// once.
func measurements(t *testing.T) *report.Snapshot {
	t.Helper()
	rec := record.New(record.Config{Shards: 1})
	ms := time.Millisecond
	for i, x := range []struct {
		op   report.Op
		took time.Duration
		err  string
	}{
		{report.Op{Method: "GET", Name: "/b"}, 10 * ms, ""}, {report.Op{Method: "GET", Name: "/b"}, 30 * ms, ""},
		{report.Op{Method: "POST", Name: "/a"}, 20200 * time.Microsecond, ""}, {report.Op{Method: "POST", Name: "/a"}, 1500 * ms, "http 503"},
	} {
		at := time.Duration(i) * 500 * ms
		rec.Shard(0).Record(&record.Sample{Op: x.op, Intended: at, Woken: at, Sent: at, Done: at + x.took, Err: x.err, Bytes: 100})
	}
	return rec.Snapshot(4*time.Second, Quantiles()...)
}
