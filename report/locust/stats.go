package locust

import (
	"cmp"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
)

// Stats is the body of /stats/requests, all but the state: the rows of the
// operations, the aggregate last, the errors and the sums. s, which may be nil
// before the first run, must hold the quantiles of [Quantiles]; start is the wall
// clock at offset 0. In addition to Locust's keys each row has response_ms, recent_ms,
// in_flight and waiting_ms.
func Stats(s *report.Snapshot, start time.Time) map[string]any {
	rows := liveRows(s)
	all := rows[len(rows)-1]
	p50, p95 := wholeOrNull(all.recent.P50), wholeOrNull(all.recent.P95)
	body := map[string]any{
		"user_count": 0, "stats": statsRows(rows), "errors": []any{},
		"total_rps": all.rps, "total_fail_per_sec": all.failed,
		"current_rps": all.nowRPS, "current_fail_per_sec": all.nowFailed,
		"fail_ratio": part(1, all.failures, all.requests),
		"current_response_time_percentiles": map[string]any{
			"response_time_percentile_0.5": p50, "response_time_percentile_0.95": p95,
		},
		// Exporters written before Locust moved these still ask for them.
		"current_response_time_percentile_50": p50, "current_response_time_percentile_95": p95,
	}
	if s != nil {
		body["user_count"], body["errors"] = s.Users, errorRows(s.Failures, start)
	}
	return body
}

// statsRows lists at most MaxRows operations and the aggregate.
func statsRows(rows []row) []any {
	out := make([]any, 0, len(rows))
	for i := range rows {
		if i < MaxRows || i == len(rows)-1 {
			out = append(out, statsRow(&rows[i]))
		}
	}
	return out
}

func statsRow(r *row) map[string]any {
	return map[string]any{
		"method": r.op.Method, "name": r.op.Name,
		"num_requests": r.requests, "num_failures": r.failures,
		"min_response_time": whole(r.timed.Min), "max_response_time": whole(r.timed.Max),
		"avg_response_time": finite(r.timed.Mean), "median_response_time": whole(r.times[at50]),
		"response_time_percentile_0.95": whole(r.times[at95]), "response_time_percentile_0.99": whole(r.times[at99]),
		"avg_content_length": r.size(),
		"current_rps":        r.nowRPS, "current_fail_per_sec": r.nowFailed,
		"total_rps": r.rps, "total_fail_per_sec": r.failed,
		"response_ms": r.sharp, "recent_ms": r.recent,
		"in_flight": r.flying, "waiting_ms": r.waiting,
	}
}

// errorRows lists at most MaxRows errors in the order of their first
// occurrence.
func errorRows(failures []report.Failure, start time.Time) []any {
	failures = slices.Clone(failures)
	slices.SortStableFunc(failures, func(a, b report.Failure) int { return cmp.Compare(a.FirstS, b.FirstS) })
	out := []any{}
	for _, f := range failures[:min(len(failures), MaxRows)] {
		out = append(out, map[string]any{
			"method": f.Method, "name": f.Name, "error": f.Reason, "occurrences": f.Occurrences,
			"first_seen": epoch(start, f.FirstS), "last_seen": epoch(start, f.LastS),
		})
	}
	return out
}

// Exceptions are the rows of /exceptions; s may be nil before the first run.
func Exceptions(s *report.Snapshot) []any {
	list := []any{}
	if s == nil {
		return list
	}
	for _, x := range s.Exceptions {
		list = append(list, map[string]any{
			"count": x.Occurrences, "msg": exceptionText(x), "traceback": x.Stack, "nodes": "local",
			"kind": x.Kind, "first_s": x.FirstS, "last_s": x.LastS,
		})
	}
	return list
}

func exceptionText(x report.Exception) string {
	if x.Message == "" {
		return x.Kind
	}
	return x.Message
}
