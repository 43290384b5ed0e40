package page

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/timing"
)

// mostTimed is how many operations show what they waited for.
const mostTimed = 20

// Timed is an operation with what its response times consist of.
type Timed struct {
	Op       report.Op
	Requests int64
	Figures  []timing.Figure
}

// Timings is what operations waited for, as people read it.
type Timings struct {
	Said  string      `json:"said"`
	Parts []TimedPart `json:"parts"` // that some operation has
	Rows  []TimedRow  `json:"rows"`  // all operations together last
	More  string      `json:"more"`  // on operations that took less time, and have no row; "": there are none
}

// TimedPart is a part with what it means.
type TimedPart struct {
	Name  string `json:"name"`
	Class string `json:"class"` // of its colour
	Means string `json:"means"` // in a few words
}

// TimedRow is what an operation waited for.
type TimedRow struct {
	Method string      `json:"method"`
	Name   string      `json:"name"`
	Bars   []TimedBar  `json:"bars"`
	Cells  []TimedCell `json:"cells"` // one of Timings.Parts each
}

// TimedBar is the mean of a part, as it is drawn: a stretch of the width, in per cent.
type TimedBar struct {
	Class string `json:"class"` // of its colour
	From  string `json:"from"`
	Width string `json:"width"`
}

// TimedCell is a part in ms.
type TimedCell struct {
	Mean string `json:"mean"`
	P95  string `json:"p95"` // "": the part took no time
}

// TimingsOfPhase is what the operations of a phase waited for; nil: nothing was measured.
func TimingsOfPhase(p *report.PhaseSummary) *Timings {
	timed := func(o *report.Operation) Timed {
		return Timed{Op: o.Op(), Requests: o.Requests, Figures: o.Timings.Figures()}
	}
	var ops []Timed
	for i := range max(0, len(p.Operations)-1) {
		ops = append(ops, timed(&p.Operations[i]))
	}
	all := p.Aggregated()
	return TimingsOf(ops, Timed{Requests: all.Requests, Figures: all.Timings.Figures()})
}

// TimingsOf shows operations, and all of them together; nil where nothing was measured. Of many operations it shows those
// that took most time, in the order in which they are given.
func TimingsOf(ops []Timed, all Timed) *Timings {
	if len(all.Figures) == 0 {
		return nil
	}
	ops = slices.DeleteFunc(ops, func(o Timed) bool { return len(o.Figures) == 0 })
	some, least := ops, 0.0
	if len(ops) > mostTimed {
		by := slices.SortedFunc(slices.Values(ops), func(a, b Timed) int { return cmp.Compare(b.took(), a.took()) })
		least, some = by[mostTimed-1].took(), nil
		for _, o := range ops {
			if o.took() >= least && len(some) < mostTimed {
				some = append(some, o)
			}
		}
	}
	out := &Timings{Said: timing.Said(all.Figures)}
	if n := len(ops) - len(some); n > 0 {
		out.More = say.Plural(n, "operation") + " that took less time: see the summary file."
	}
	shown, longest := append(slices.Clone(some), all), 0.0
	var used [timing.Parts]bool
	for _, o := range shown {
		longest = max(longest, o.mean())
		for _, f := range o.Figures {
			used[f.Part] = true
		}
	}
	for p, any := range used {
		if any {
			out.Parts = append(out.Parts, TimedPart{timing.Part(p).String(), class(timing.Part(p)), timing.Part(p).Means()})
		}
	}
	for _, o := range shown {
		out.Rows = append(out.Rows, o.row(out.Parts, longest))
	}
	return out
}

// mean is the mean response time, ms.
func (o *Timed) mean() (sum float64) {
	for _, f := range o.Figures {
		sum += f.Mean
	}
	return sum
}

// took is the time that all requests took, ms.
func (o *Timed) took() float64 { return o.mean() * float64(o.Requests) }

// row shows the parts, on a scale up to the longest mean.
func (o *Timed) row(parts []TimedPart, longest float64) TimedRow {
	out := TimedRow{Method: o.Op.Head(), Name: o.Op.Name, Cells: make([]TimedCell, len(parts))}
	for i := range out.Cells {
		out.Cells[i] = TimedCell{Mean: say.None}
	}
	from := 0.0
	for _, f := range o.Figures {
		width := f.Mean / longest
		out.Bars = append(out.Bars, TimedBar{class(f.Part), percent(from), percent(width)})
		from += width
		i := slices.IndexFunc(parts, func(p TimedPart) bool { return p.Name == f.Part.String() })
		out.Cells[i] = TimedCell{say.Number(f.Mean), say.Number(f.P95)}
	}
	return out
}

// class is that of the colour of a part.
func class(p timing.Part) string { return strings.ToLower(p.String()) }

// percent writes a share of a width.
func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 2, 64) + "%" }
