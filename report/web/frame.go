package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/page"
)

// tailSeconds is how many finished seconds each frame repeats: answers that come
// late change them.
const tailSeconds = 10

// frame is what every viewer gets each second. Offsets are in seconds, times in
// ms.
type frame struct {
	Server     string          `json:"server"` // differs after each start of the server
	Run        int             `json:"run"`
	State      report.State    `json:"state"`
	Start      int64           `json:"start"` // wall clock at offset 0, ms since 1970
	At         float64         `json:"at"`
	Since      float64         `json:"since"`
	Host       any             `json:"host"`
	Phase      int             `json:"phase"` // index into Phases; -1 before the first run
	Phases     []page.Band     `json:"phases"`
	Events     []page.Mark     `json:"events"`
	Notes      []string        `json:"notes"`   // what a reader of a run that is over must know first
	Planned    int             `json:"planned"` // users
	Users      int             `json:"users"`
	On         int             `json:"on"`
	Recent     report.Figures  `json:"recent"`
	Late       report.Lag      `json:"late"`
	Trust      *report.Trust   `json:"trust"`
	Counters   report.Counters `json:"counters"`
	Health     report.Health   `json:"health"`
	Failures   int             `json:"failures"`   // distinct
	Exceptions int             `json:"exceptions"` // distinct
	Ops        json.RawMessage `json:"ops"`        // see appendLive; the aggregate last
	Tail       json.RawMessage `json:"tail"`       // see appendSecond
}

// idle reports whether nothing moves in a state.
func idle(state report.State) bool { return state == report.Ready || state == report.Stopped }

// frames makes a source of frames. While nothing moves there is no news.
func (h *Handler) frames() frames {
	var shown moment
	begun := false
	return func() []byte {
		now := h.moment()
		if begun && shown == now && idle(now.state) {
			return nil
		}
		shown, begun = now, true
		text, err := json.Marshal(h.look(now))
		if err != nil { // a Source gave a figure that is not a number
			text = append(append([]byte(`{"error":`), encode(err.Error(), "")...), '}')
		}
		return text
	}
}

// look describes the present.
func (h *Handler) look(now moment) frame {
	run, state := h.source.Run(), now.state
	f := frame{
		Server: h.name, Run: run.Number, State: state, Start: run.Start.UnixMilli(), Since: run.Reset.Seconds(), Host: h.host(),
		Phase: -1, Phases: page.Bands(run.Phases), Events: []page.Mark{}, Notes: h.notes(state),
		Ops: json.RawMessage("[]"), Tail: json.RawMessage("[]"),
		Recent: report.NoFigures(), Late: report.LagOf(nil),
	}
	for _, e := range run.Changes {
		f.Events = append(f.Events, page.Mark{At: e.At.Seconds(), Text: e.Text})
	}
	s := h.source.Snapshot()
	h.plain.set(now, s)
	if s != nil {
		f.fill(s)
		second := int(s.At / time.Second)
		f.Tail = page.AppendSeconds(nil, h.source.Timeline(max(0, second-tailSeconds), second))
	}
	return f
}

// notes are the sentences of a run that is over. A run that is not over has none:
// its Summary is too dear to build each second.
func (h *Handler) notes(state report.State) []string {
	if state != report.Stopped {
		return []string{}
	}
	return page.Sentences(h.source.Summary())
}

// fill adds the figures of a run.
func (f *frame) fill(s *report.Snapshot) {
	f.At, f.Phase = s.At.Seconds(), s.Index
	f.Planned, f.Users, f.On = s.Planned, s.Users, s.On
	f.Recent, f.Late, f.Trust, f.Counters = s.Total.Recent, s.Lag, &s.Trust, s.Counters
	f.Health, f.Failures, f.Exceptions = s.JudgedHealth(), len(s.Failures), len(s.Exceptions)
	ops := []byte{'['}
	for i := range s.Ops {
		ops = append(appendLive(ops, &s.Ops[i]), ',')
	}
	f.Ops = append(appendLive(ops, &s.Total), ']')
}

// appendLive appends a row of the statistics: method, name, requests, failures,
// bytes, requests/s of the whole run, requests/s and failures/s now, and the
// figures of appendFigures.
func appendLive(to []byte, l *report.Live) []byte {
	to = appendOp(to, l.Op, l.Requests, l.Failures, l.Bytes, l.RPS)
	to = page.AppendNumbers(to, l.RecentRPS, l.RecentFailures)
	to = appendFigures(to, l.Response)
	return append(page.AppendNumbers(to, float64(l.InFlight), float64(l.Waiting)), ']')
}

// appendOperation appends a row of a phase that is like a live one, with null
// for what is now.
func appendOperation(to []byte, o *report.Operation) []byte {
	to = appendOp(to, o.Op(), o.Requests, o.Failures, o.Bytes, o.RPS)
	to = append(to, ",null,null"...)
	to = appendFigures(to, o.ResponseMS)
	return append(page.AppendNumbers(to, float64(o.InFlight), float64(o.WaitingMS)), ']')
}

func appendOp(to []byte, op report.Op, requests, failures, bytes int64, rps float64) []byte {
	to = append(to, '[')
	to = append(append(to, encode(op.Method, "")...), ',')
	to = append(to, encode(op.Name, "")...)
	return page.AppendNumbers(to, float64(requests), float64(failures), float64(bytes), rps)
}

// appendFigures appends p50, p95, p99, p99.9, min, mean, max.
func appendFigures(to []byte, f report.Figures) []byte {
	return page.AppendNumbers(to, float64(f.P50), float64(f.P95), float64(f.P99), float64(f.P999), float64(f.Min), float64(f.Mean), float64(f.Max))
}

// events streams frames to one viewer.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodHead {
		h.stream.serve(w, r)
	}
}
