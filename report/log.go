package report

import "log/slog"

// LogValue groups the figures of a phase for a log line: its configuration, its sums, and for each
// operation requests, rate, failures, median, p95 and p99.
func (p PhaseSummary) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("name", p.Name), slog.Float64("start_s", p.StartS), slog.Float64("end_s", p.EndS),
		slog.Int("users", p.Users), slog.Float64("spawn_rate", p.SpawnRate),
		slog.Int64("requests", p.Requests), slog.Int64("failures", p.Failures), slog.Float64("rps", p.RPS),
	}
	if len(p.Weights) > 0 {
		attrs = append(attrs, slog.Any("weights", p.Weights))
	}
	for _, o := range p.Operations {
		attrs = append(attrs, slog.Attr{Key: o.Op().String(), Value: o.LogValue()})
	}
	return slog.GroupValue(attrs...)
}

// LogValue groups the figures of an operation for a log line; times are in ms.
func (o Operation) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int64("requests", o.Requests), slog.Float64("rps", o.RPS), slog.Int64("failures", o.Failures),
		slog.String("p50", ms(o.ResponseMS.P50)), slog.String("p95", ms(o.ResponseMS.P95)), slog.String("p99", ms(o.ResponseMS.P99)),
	)
}
