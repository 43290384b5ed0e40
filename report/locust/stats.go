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
	s = orEmpty(s)
	rows := liveRows(s)
	all := &rows[len(rows)-1]
	p50, p95 := wholeOrNull(all.Recent.P50), wholeOrNull(all.Recent.P95)
	return map[string]any{
		"user_count": s.Users, "stats": statsRows(rows), "errors": errorRows(s.Failures, start),
		"total_rps": all.RPS, "total_fail_per_sec": failed(all),
		"current_rps": all.RecentRPS, "current_fail_per_sec": all.RecentFailures,
		"fail_ratio": part(1, all.Failures, all.Requests),
		"current_response_time_percentiles": map[string]any{
			"response_time_percentile_0.5": p50, "response_time_percentile_0.95": p95,
		},
		// Exporters written before Locust moved these still ask for them.
		"current_response_time_percentile_50": p50, "current_response_time_percentile_95": p95,
	}
}

// statsRows lists at most MaxRows operations and the aggregate.
func statsRows(rows []report.Live) []any {
	out := make([]any, 0, len(rows))
	for i := range rows {
		if i < MaxRows || i == len(rows)-1 {
			out = append(out, statsRow(&rows[i]))
		}
	}
	return out
}

func statsRow(r *report.Live) map[string]any {
	return map[string]any{
		"method": r.Op.Method, "name": r.Op.Name,
		"num_requests": r.Requests, "num_failures": r.Failures,
		"min_response_time": whole(r.Timed.Min), "max_response_time": whole(r.Timed.Max),
		"avg_response_time": finite(r.Timed.Mean), "median_response_time": whole(r.Quantiles[at50]),
		"response_time_percentile_0.95": whole(r.Quantiles[at95]), "response_time_percentile_0.99": whole(r.Quantiles[at99]),
		"avg_content_length": size(r),
		"current_rps":        r.RecentRPS, "current_fail_per_sec": r.RecentFailures,
		"total_rps": r.RPS, "total_fail_per_sec": failed(r),
		"response_ms": r.Response, "recent_ms": r.Recent,
		"in_flight": r.InFlight, "waiting_ms": r.Waiting,
	}
}

// errorRows lists at most MaxRows errors in the order of their first
// occurrence.
func errorRows(failures []report.Failure, start time.Time) []any {
	failures = report.AnyoneFailed(failures)
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
	for _, x := range orEmpty(s).Exceptions {
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
