package html

import (
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/internal/markup"
	"github.com/gensim/load-generator/report/internal/page"
	"github.com/gensim/load-generator/report/locust"
)

// reportView is what assets/report.html shows.
type reportView struct {
	Title, Host, Script, Theme, Program, Policy string
	From, To, Length, Written                   string
	Foremost                                    []string
	Notes                                       []string
	Effect                                      *effectSection
	NoEffect                                    string // why there is no Effect, where one could be expected
	Details                                     []forestRow
	Claims                                      *claimsSection
	Side                                        *sideView
	Empty                                       bool
	Tiles                                       []tile
	Phases, AllPhases                           []phaseRow // AllPhases: only where Phases are some of them
	Tables, Folded                              []opTable  // Folded: those of many phases
	Signs                                       string     // what those of percentiles mean
	Own, FoldedOwn                              []ownTable // FoldedOwn: those of each phase
	Timings                                     *page.Timings
	Levels                                      []string
	Spread                                      []opRow
	Failures, MoreFailures                      []failureRow
	Exceptions                                  []report.Exception
	Workers, AllWorkers                         []report.WorkerCells // AllWorkers: only where Workers are some of them
	Lost                                        []lossRow
	LossMeans                                   string
	Facts, Mix                                  []tile
	Style                                       markup.Raw
	Data, Code                                  markup.Raw
}

// tile is one figure with its name.
type tile struct {
	Title string `json:"title"`
	Value string `json:"value"`
	More  string `json:"more"`
	Bad   bool   `json:"bad"`
}

type phaseRow struct {
	Name, Pace, Time, Users, Requests, RPS, Failed, Late string
	Times                                                []string
	Failing                                              bool
}

// opTable holds the operations of a phase or of the whole run.
type opTable struct {
	Title string
	Rows  []opRow
	Total opRow
}

// ownTable is a report.Table of which each row says whether something of it failed.
type ownTable struct {
	Title string
	Heads []string
	Rows  []ownLine
}

type ownLine struct {
	Cells   []string
	Failing bool
}

type opRow struct {
	Method, Name, Requests, Failures, Size, RPS string
	Times                                       []string
	Failing                                     bool
}

// lossRow is what was lost of a phase.
type lossRow struct {
	Phase string
	Cells []string
}

type failureRow struct{ Method, Name, Reason, Phase, Occurrences, First, Last string }

// reportOf turns a Summary into texts.
func reportOf(s *report.Summary, o Options) reportView {
	end := s.Start.Add(time.Duration(s.EndS * float64(time.Second)))
	r, why := o.Comparison, ""
	if r == nil {
		r, why = compared(s, o.Effect)
	}
	v := reportView{
		Title: o.Title, Host: redact.Address(o.Host), Script: o.Script, Theme: o.Theme, Program: o.Program, Policy: Policy(),
		From: dateText(s.Start), To: dateText(end), Length: say.ClockS(math.Round(s.EndS)), Written: "an unknown day",
		Foremost: page.Sentences(s)[:len(s.Foremost())], Notes: page.Sentences(s)[len(s.Foremost()):], Empty: s.Total.Requests == 0, Tiles: tiles(s), Levels: locust.PercentileColumns(),
		Effect: effectOf(s, r, o.Live), NoEffect: why, Claims: claimsOf(o.Claims, true), Side: sideBySide(s, r),
		Exceptions: s.Exceptions, Facts: facts(s, o), Signs: page.SignsMean, Style: markup.Raw(reportStyle()), Code: markup.Raw(reportScript()),
	}
	if r != nil && !o.Live {
		v.Details = details(r)
		v.Effect.foldReasons(r.Primary().Reason)
	}
	v.Data = markup.Raw(chartData(s, o, v.Effect))
	fallback(&v.Title, s.Name, "Load test")
	fallback(&v.Program, "Load Generator")
	if !o.Now.IsZero() {
		v.Written = dateText(o.Now)
	}
	v.setPhases(s)
	if !v.Empty {
		v.Tables, v.Spread, v.Timings = opTables(s), spread(s), page.TimingsOfPhase(&s.Total)
		if len(s.Phases) > mostColumns {
			v.Tables, v.Folded = v.Tables[:1], v.Tables[1:]
		}
	}
	v.setOwn(s)
	v.setFailures(slices.Concat(s.Failures, s.TransactionFailures))
	v.setWorkers(s)
	for _, t := range o.Tasks {
		v.Mix = append(v.Mix, tile{Title: t.Name, Value: say.Share(t.Share)})
	}
	return v
}

// setPhases fills in a row for each phase; of many, those that a reader looks for
// first stand apart.
func (v *reportView) setPhases(s *report.Summary) {
	for _, p := range s.Phases {
		v.Phases = append(v.Phases, phaseText(p))
	}
	if shown := s.Outstanding(); len(shown) < len(s.Phases) {
		v.AllPhases, v.Phases = v.Phases, nil
		for _, i := range shown {
			v.Phases = append(v.Phases, v.AllPhases[i])
		}
	}
}

// setOwn fills in the tables of what is not in the counts of requests.
func (v *reportView) setOwn(s *report.Summary) {
	v.Own = ownText(s.Total.OwnTables(), "")
	if len(s.Phases) < 2 {
		return
	}
	for i := range s.Phases {
		v.FoldedOwn = append(v.FoldedOwn, ownText(s.Phases[i].OwnTables(), " in "+s.Phases[i].Name)...)
	}
}

// ownText are tables with something after their titles.
func ownText(tables []report.Table, where string) (out []ownTable) {
	for _, t := range tables {
		of := ownTable{Title: t.Title + where, Heads: t.Heads}
		for i, cells := range t.Rows {
			of.Rows = append(of.Rows, ownLine{cells, slices.Contains(t.Failing, i)})
		}
		out = append(out, of)
	}
	return out
}

// setWorkers fills in a row for each worker, and for each phase that lost load; of many workers, those that a reader
// looks for first stand apart.
func (v *reportView) setWorkers(s *report.Summary) {
	for i := range s.Workers {
		v.Workers = append(v.Workers, s.Workers[i].Cells())
	}
	if shown := s.OutstandingWorkers(); len(shown) < len(s.Workers) {
		v.AllWorkers, v.Workers = v.Workers, nil
		for _, i := range shown {
			v.Workers = append(v.Workers, v.AllWorkers[i])
		}
	}
	for _, p := range s.Phases {
		if p.Lost != nil {
			row := lossRow{p.Name, p.Lost.Cells()}
			fallback(&row.Phase, "Run")
			v.Lost, v.LossMeans = append(v.Lost, row), report.LossMeans
		}
	}
}

// mostFailures is how many failures are not folded.
const mostFailures = 10

// setFailures fills in the failures, the most frequent first.
func (v *reportView) setFailures(rows []report.Failure) {
	sorted, _ := report.MostFrequent(rows, len(rows))
	for i, f := range sorted {
		row := failureRow{f.Op().Head(), f.Name, f.Reason, f.Phase, say.Count(f.Occurrences), say.ClockS(f.FirstS), say.ClockS(f.LastS)}
		if i < mostFailures {
			v.Failures = append(v.Failures, row)
		} else {
			v.MoreFailures = append(v.MoreFailures, row)
		}
	}
}

// details are the effects on single operations.
func details(r *effect.Report) (out []forestRow) {
	ops, last := 0, r.Primary().Op()
	for i := range r.Effects {
		e := &r.Effects[i]
		if e.Op() == r.Primary().Op() {
			continue
		}
		if e.Op() != last {
			ops, last = ops+1, e.Op()
		}
		if ops > mostOps {
			break
		}
		out = append(out, forestText(e))
	}
	return out
}

// fallback fills an empty text with the first that is not.
func fallback(text *string, others ...string) {
	for _, other := range others {
		if *text == "" {
			*text = other
		}
	}
}

func phaseText(p report.PhaseSummary) phaseRow {
	all := p.Aggregated()
	r := phaseRow{
		Name: p.Name, Pace: p.Pace, Time: say.ClockS(p.StartS) + " to " + say.ClockS(p.EndS), Users: say.Count(p.Users),
		Requests: say.Count(p.Requests), RPS: say.Number(p.RPS), Failed: say.Share(all.FailureShare()), Failing: p.Failures > 0,
		Late: p.LagMS.P99.Text(0),
	}
	fallback(&r.Name, "Run")
	f := all.ResponseMS
	times := all.Trust.Marked(&f, all.Requests)
	r.Times = append(r.Times, times[:]...)
	r.Times = append(r.Times, f.Max.SuccessText(all.Requests))
	return r
}

// opTables are the operations of each phase, where there are several, and of
// the run.
func opTables(s *report.Summary) []opTable {
	out := []opTable{tableOf("Operations", &s.Total)}
	if len(s.Phases) < 2 {
		return out
	}
	for i := range s.Phases {
		out = append(out, tableOf("Operations in "+s.Phases[i].Name, &s.Phases[i]))
	}
	return out
}

func tableOf(title string, p *report.PhaseSummary) opTable {
	t := opTable{Title: title, Total: opText(p.Aggregated())}
	t.Total.Name = "All operations"
	for _, o := range p.Operations[:max(0, len(p.Operations)-1)] {
		t.Rows = append(t.Rows, opText(o))
	}
	return t
}

func opText(o report.Operation) opRow {
	r := opRow{
		Method: o.Op().Head(), Name: o.Name, Requests: say.Count(o.Requests), Failures: say.Count(o.Failures), Failing: o.Failures > 0,
		Size: say.Bytes(float64(o.Bytes) / float64(max(1, o.Requests))), RPS: say.Number(o.RPS),
	}
	f := o.ResponseMS
	r.Times = append(r.Times, f.Mean.SuccessText(o.Requests), f.Min.SuccessText(o.Requests))
	times := o.Trust.Marked(&f, o.Requests)
	r.Times = append(r.Times, times[:]...)
	r.Times = append(r.Times, f.Max.SuccessText(o.Requests))
	return r
}

// spread holds the percentiles that Locust's report has, by the rules of all others.
func spread(s *report.Summary) (out []opRow) {
	for i := range s.Total.Operations {
		o := &s.Total.Operations[i]
		r := opRow{Method: o.Op().Head(), Name: o.Name}
		for _, p := range locust.Quantiles() {
			r.Times = append(r.Times, o.Quantile(p).Text(o.Requests))
		}
		out = append(out, r)
	}
	return out
}

// chartData is what assets/report.js draws.
func chartData(s *report.Summary, o Options, v *effectSection) []byte {
	marks := []page.Mark{}
	for _, e := range o.Changes {
		marks = append(marks, page.Mark{At: e.At.Seconds(), Text: e.Text})
	}
	text, err := json.Marshal(map[string]any{
		"rows": json.RawMessage(page.AppendSeconds(nil, page.Thin(s.Timeline, page.MaxPoints))), "bands": page.BandsOf(s), "marks": marks,
		"straddlers": straddlers(s), "recovery": drawnRecovery(v),
		"spread": spreadOver(s, mostMoments), "quantiles": spreadOver(s, tableRows),
	})
	if err != nil { // a figure that is not a number: the tables still tell
		return []byte(`{"rows":[]}`)
	}
	return text // json.Marshal has escaped <, > and &
}

// Bounds of the distribution over time: columns of its chart, rows of its table.
const (
	mostMoments = 240
	tableRows   = 12
)

// spreadOver is the distribution of all response times over time.
func spreadOver(s *report.Summary, most int) json.RawMessage {
	var all []report.Series
	end := 0
	for _, x := range s.Intervals {
		if x.Op() == (report.Op{Name: report.Aggregated}) {
			all, end = append(all, x), max(end, x.StartS+x.Slots*x.WidthS)
		}
	}
	spread := page.SpreadOf(all, int(s.ResetS), end, most)
	return spread.Append(nil)
}

// drawnRecovery is the recovery of a response time, which has a chart; nil: none.
func drawnRecovery(v *effectSection) *recoveryView {
	if v == nil || len(v.Recovery) == 0 || !v.Recovery[0].Known {
		return nil
	}
	return &v.Recovery[0]
}

// straddlers are the seconds in which requests were meant to start that were done
// after the end of their phase: [second, requests].
func straddlers(s *report.Summary) [][2]int64 {
	out := [][2]int64{}
	for i := range s.Intervals {
		x := &s.Intervals[i]
		if x.Name != report.Aggregated || x.Method != "" {
			continue
		}
		for k, n := range x.Straddlers {
			if n > 0 {
				out = append(out, [2]int64{int64(x.S[k]), n})
			}
		}
	}
	return out
}

// dateText is a wall clock time.
func dateText(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
