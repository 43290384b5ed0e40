package report

import "github.com/gensim/load-generator/report/hist"

// Pool sums up rows of one operation, from phases that last seconds in all. Rows whose sketches were
// left out add nothing to the percentiles. Trust stays empty.
func Pool(op Op, seconds float64, rows ...Operation) Operation {
	var t tally
	for _, r := range rows {
		t.straddlers += r.Straddlers
		t.bytes += r.Bytes
		t.ok.Merge(r.Response)
		t.service.Merge(r.Service)
		t.bad.Merge(r.Failed)
		t.badService.Merge(r.FailedService)
		t.cut.Merge(r.Cut)
		t.flying.Merge(r.Waiting)
	}
	out := t.operation(op, seconds, new(hist.Sketch))
	out.Trust = Trust{}
	return out
}

// Quantile returns the p-quantile of the response time, 0 < p < 1, by the rules of the percentiles in
// ResponseMS: failures are slower than every success, so it may be +Inf, and so it is without
// requests.
func (o *Operation) Quantile(p float64) Millis {
	t := responses{ok: o.Response, bad: o.Failed, cut: o.Cut, flying: o.Waiting}
	return millis(t.quantile(p))
}

// CountAbove returns how many requests took longer than ms, failures counted as slower than every
// success, and those in flight that have waited so long.
func (o *Operation) CountAbove(ms Millis) float64 {
	return withCut(o.Response, o.Cut).CountAbove(ms.Duration()) + o.Waiting.CountAbove(ms.Duration()) + float64(o.Failed.Count())
}
