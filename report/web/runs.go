package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/compare"
	"github.com/gensim/load-generator/report/html"
)

// Bounds of the runs that are kept: how many, and the bytes of their compressed Summaries.
const (
	mostRuns     = 20
	mostRunBytes = 64 << 20
)

// runs are those of this process that are over, oldest first. The zero value has none.
type runs struct {
	mu      sync.Mutex
	kept    []keptRun
	bytes   int
	dropped int // the oldest ones, which had no room any longer
	last    moment

	working sync.Mutex // one report or comparison is made at a time: each takes a Summary in full
}

// keptRun is a run that is over.
type keptRun struct {
	line runLine
	text []byte       // its Summary, as gzip of JSON
	o    html.Options // of its report
}

// runLine is a run in the list. Times are in ms.
type runLine struct {
	Run      int            `json:"run"`
	Start    int64          `json:"start"` // wall clock, ms since 1970
	LengthS  float64        `json:"length_s"`
	Phases   []string       `json:"phases"`
	Users    int            `json:"users"`
	Seed     uint64         `json:"seed"`
	Requests int64          `json:"requests"`
	Failures int64          `json:"failures"`
	RPS      float64        `json:"rps"`
	Response report.Figures `json:"response_ms"`
}

// Keep puts the run that is over into the list of runs, with its figures as they are. The Handler does so by itself
// while its page is open, and before a start that comes through it. A program that starts one run after another by
// itself calls Keep from Controller.Ended; else the list lacks those that no page has seen. A run is listed once.
func (h *Handler) Keep() { h.runs.keep(h, h.moment()) }

// keepOver is Keep where the run is over and the list does not have it as it is.
func (h *Handler) keepOver(now moment) {
	if now.state == report.Stopped && now.run > 0 {
		h.runs.keep(h, now)
	}
}

// keep adds the current run, in place of an earlier state of the same one.
func (l *runs) keep(h *Handler, now moment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == now {
		return
	}
	s := h.source.Summary()
	if s == nil {
		return
	}
	l.last = now
	x, err := keptOf(s, h.reportOptions(s, now))
	if err != nil {
		return // a Source gave a figure that is not a number
	}
	x.line.Run = now.run
	if n := len(l.kept) - 1; n >= 0 {
		last, reset := &l.kept[n], h.source.Run().Reset > 0
		if last.line.Run == now.run || reset && last.line.Start == x.line.Start {
			l.bytes -= len(last.text)
			l.kept = l.kept[:n]
		}
	}
	l.add(x)
}

// add adds a run; the oldest ones give way.
func (l *runs) add(x keptRun) {
	l.kept, l.bytes = append(l.kept, x), l.bytes+len(x.text)
	for len(l.kept) > mostRuns || l.bytes > mostRunBytes {
		l.bytes -= len(l.kept[0].text)
		l.kept[0] = keptRun{}
		l.kept, l.dropped = l.kept[1:], l.dropped+1
	}
}

// keptOf makes what is kept of a run.
func keptOf(s *report.Summary, o html.Options) (keptRun, error) {
	var text bytes.Buffer
	packed, _ := gzip.NewWriterLevel(&text, gzip.BestSpeed) // a level that there is
	if err := errors.Join(s.WriteJSON(packed), packed.Close()); err != nil {
		return keptRun{}, err
	}
	all := s.Total.Aggregated()
	line := runLine{
		Start: s.Start.UnixMilli(), LengthS: s.EndS, Phases: []string{}, Users: s.Total.Users, Seed: s.Seed,
		Requests: s.Total.Requests, Failures: s.Total.Failures, RPS: s.Total.RPS, Response: all.ResponseMS,
	}
	for i := range s.Phases {
		line.Phases = append(line.Phases, s.Phases[i].Name)
	}
	return keptRun{line, bytes.Clone(text.Bytes()), o}, nil
}

// keptRun returns a run that is over; an answer says where there is none.
func (h *Handler) keptRun(w http.ResponseWriter, number string) (x keptRun, known bool) {
	h.keepOver(h.moment())
	l := &h.runs
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.kept {
		if strconv.Itoa(x.line.Run) == number {
			return x, true
		}
	}
	http.Error(w, "There is no run "+quoted(number)+" in the list. GET /api/runs has those that there are.", http.StatusNotFound)
	return keptRun{}, false
}

// reader reads the JSON of a run's Summary.
func (x *keptRun) reader() io.Reader {
	r, err := gzip.NewReader(bytes.NewReader(x.text))
	if err != nil {
		panic("web: " + err.Error()) // keptOf wrote it
	}
	return r
}

// runList sends the runs that are over.
func (h *Handler) runList(w http.ResponseWriter, _ *http.Request) {
	h.keepOver(h.moment())
	l := &h.runs
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := make([]runLine, len(l.kept))
	for i := range l.kept {
		lines[i] = l.kept[i].line
	}
	sendJSON(w, encode(map[string]any{"runs": lines, "dropped": l.dropped, "most": mostRuns, "most_bytes": mostRunBytes}, "null"))
}

// runSummary sends a run that is over as a report.Summary.
func (h *Handler) runSummary(w http.ResponseWriter, r *http.Request) {
	x, known := h.keptRun(w, r.PathValue("run"))
	if !known {
		return
	}
	attach(w, "application/json", h.attachment("_run_"+r.PathValue("run")+"_summary.json"))
	_, _ = io.Copy(w, x.reader()) // the client that has gone away misses nothing
}

// runReport sends a run that is over as a report in one file.
func (h *Handler) runReport(w http.ResponseWriter, r *http.Request) {
	x, known := h.keptRun(w, r.PathValue("run"))
	if !known {
		return
	}
	h.runs.working.Lock()
	defer h.runs.working.Unlock()
	s, err := report.ReadSummary(x.reader())
	if err != nil {
		http.Error(w, "The report cannot be written: "+err.Error(), http.StatusInternalServerError)
		return
	}
	sendReport(w, r, written(s, x.o), html.Policy(), h.attachment("_run_"+r.PathValue("run")+".html"))
}

// comparison is what the page learns of two runs.
type comparison struct {
	View    any      `json:"view"`    // as that of /api/effect
	Differs []string `json:"differs"` // what the second was planned to do differently
	Why     string   `json:"why"`     // there is no View
}

// runsCompared compares two runs that are over.
func (h *Handler) runsCompared(w http.ResponseWriter, r *http.Request) {
	var pair [2]compare.Run
	h.runs.working.Lock()
	defer h.runs.working.Unlock()
	for i, key := range []string{"baseline", "intervention"} {
		x, known := h.keptRun(w, r.FormValue(key))
		if !known {
			return
		}
		s, err := report.ReadSummary(x.reader())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		pair[i] = compare.Run{Name: "run " + r.FormValue(key), Summary: s}
	}
	b := comparison{Differs: []string{}}
	result, err := compare.Runs(compare.Query{Against: pair[:1], Runs: pair[1:], Phase: r.FormValue("phase"), Options: h.o.Effect})
	if err != nil {
		b.Why = err.Error()
	} else {
		b.View = html.ComparisonView(pair[1].Summary, result.Effect)
		b.Differs = append(b.Differs, result.Runs[1].Differs...)
	}
	sendJSON(w, encode(b, `{"why":"the comparison holds a figure that is not a number","differs":[]}`))
}
