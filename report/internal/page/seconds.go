package page

import (
	"math"
	"strconv"

	"github.com/gensim/load-generator/report"
)

// MaxPoints is how many rows the charts get of a long run.
const MaxPoints = 7200

// AppendSeconds appends the rows of a timeline: offset, width, users planned,
// running and ON, requests, failures, p50, p95, p99.
func AppendSeconds(to []byte, rows []report.Second) []byte {
	to = append(to, '[')
	for i := range rows {
		if i > 0 {
			to = append(to, ',')
		}
		x := &rows[i]
		to = strconv.AppendInt(append(to, '['), int64(x.S), 10)
		to = AppendNumbers(to, float64(x.WidthS), float64(x.Planned), float64(x.Users), float64(x.On),
			float64(x.Requests), float64(x.Failures), float64(x.P50), float64(x.P95), float64(x.P99))
		to = append(to, ']')
	}
	return append(to, ']')
}

// AppendNumbers appends a comma and a number, to 6 digits, for each; null for
// one that is not finite.
func AppendNumbers(to []byte, values ...float64) []byte {
	const exact = 1 << 53
	for _, v := range values {
		to = append(to, ',')
		switch {
		case math.IsInf(v, 0) || math.IsNaN(v):
			to = append(to, "null"...)
		case v == math.Trunc(v) && math.Abs(v) < exact:
			to = strconv.AppendInt(to, int64(v), 10)
		default:
			to = strconv.AppendFloat(to, v, 'g', 6, 64)
		}
	}
	return to
}

// Thin merges neighbours until at most limit rows are left: counts add up,
// percentiles are the highest of their seconds, null among them stays null.
func Thin(rows []report.Second, limit int) []report.Second {
	each := (len(rows) + limit - 1) / limit
	if each <= 1 {
		return rows
	}
	out := make([]report.Second, 0, limit)
	for len(rows) > 0 {
		n := 1
		for n < min(each, len(rows)) && rows[n].Phase == rows[0].Phase {
			n++
		}
		out = append(out, Together(rows[:n]))
		rows = rows[n:]
	}
	return out
}

// Together makes one row of several of the same phase.
func Together(rows []report.Second) report.Second {
	sum := rows[0]
	for _, x := range rows[1:] {
		sum.WidthS += x.WidthS
		sum.Planned, sum.Users, sum.On = max(sum.Planned, x.Planned), max(sum.Users, x.Users), max(sum.On, x.On)
		sum.Mean = meanOf(sum, x)
		sum.P50, sum.P95, sum.P99 = higher(sum, x, sum.P50, x.P50), higher(sum, x, sum.P95, x.P95), higher(sum, x, sum.P99, x.P99)
		sum.Requests, sum.Failures = sum.Requests+x.Requests, sum.Failures+x.Failures
	}
	return sum
}

// meanOf is the mean of the successes of both rows.
func meanOf(a, b report.Second) report.Millis {
	n, m := float64(a.Requests-a.Failures), float64(b.Requests-b.Failures)
	switch {
	case m == 0:
		return a.Mean
	case n == 0:
		return b.Mean
	}
	return report.Millis((float64(a.Mean)*n + float64(b.Mean)*m) / (n + m))
}

// higher returns the higher of two percentiles; a row without requests has
// none.
func higher(a, b report.Second, x, y report.Millis) report.Millis {
	switch {
	case b.Requests == 0:
		return x
	case a.Requests == 0:
		return y
	}
	return max(x, y)
}
