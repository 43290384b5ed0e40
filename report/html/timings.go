package html

import (
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/page"
)

// timings is what the operations of a phase waited for; nil: nothing was measured.
func timings(p *report.PhaseSummary) *page.Timings {
	timed := func(o *report.Operation) page.Timed {
		return page.Timed{Op: o.Op(), Requests: o.Requests, Figures: o.Timings.Figures()}
	}
	var ops []page.Timed
	for i := range max(0, len(p.Operations)-1) {
		ops = append(ops, timed(&p.Operations[i]))
	}
	all := p.Aggregated()
	return page.TimingsOf(ops, page.Timed{Requests: all.Requests, Figures: all.Timings.Figures()})
}
