package web

import (
	"math"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/page"
)

// row is a row of the statistics, of whichever time the reader looks at.
type row struct {
	op                 report.Op
	requests, failures int64
	bytes              float64 // NaN: not known
	rps                float64
	figures            report.Figures
	trust              report.Trust
}

// wholeRun is a row of the run so far.
func wholeRun(l *report.Live) row {
	return row{l.Op, l.Requests, l.Failures, float64(l.Bytes), l.RPS, l.Response, l.Trust}
}

// lastSeconds is a row of the last 10 s. The lag of the run stands for that of its end.
func lastSeconds(l *report.Live) row {
	trust := l.Trust
	for _, v := range []*report.Rating{&trust.P50, &trust.P95, &trust.P99, &trust.P999} {
		v.LowerBound = false // they are of requests that were done
	}
	return row{l.Op, l.RecentRequests, l.RecentFailed, math.NaN(), float64(l.RecentRequests) / l.RecentS, l.Recent, trust}
}

// ofPhase is a row of a phase.
func ofPhase(o *report.Operation) row {
	return row{o.Op(), o.Requests, o.Failures, float64(o.Bytes), o.RPS, o.ResponseMS, o.Trust}
}

// append appends the row: method, name, requests, failures, bytes, requests/s, p50, p95, p99, p99.9, min, mean, max, and the
// signs of the four percentiles by the rule of all tables (report.Rating.Signs), in a list that is empty where all can be believed.
func (r *row) append(to []byte) []byte {
	to = append(to, '[')
	to = append(append(to, encode(r.op.Head(), "")...), ',')
	to = append(to, encode(r.op.Name, "")...)
	f, t := &r.figures, &r.trust
	to = page.AppendNumbers(to, float64(r.requests), float64(r.failures), r.bytes, r.rps,
		float64(f.P50), float64(f.P95), float64(f.P99), float64(f.P999), float64(f.Min), float64(f.Mean), float64(f.Max))
	signs, some := [4]string{}, false
	for i, of := range []struct {
		rating report.Rating
		p      float64
		v      report.Millis
	}{{t.P50, .5, f.P50}, {t.P95, .95, f.P95}, {t.P99, .99, f.P99}, {t.P999, .999, f.P999}} {
		before, after := of.rating.Signs(of.p, of.v, r.requests)
		signs[i] = before + after
		some = some || signs[i] != ""
	}
	if !some {
		return append(to, ",[]]"...)
	}
	return append(append(append(to, ','), encode(signs, "[]")...), ']')
}

// appendLive appends the rows of a Snapshot as a list, the aggregate last.
func appendLive(to []byte, s *report.Snapshot, of func(*report.Live) row) []byte {
	to = append(to, '[')
	for i := range s.Ops {
		x := of(&s.Ops[i])
		to = append(x.append(to), ',')
	}
	x := of(&s.Total)
	return append(x.append(to), ']')
}
