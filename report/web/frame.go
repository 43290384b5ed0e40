package web

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// tailSeconds is how many finished seconds each frame repeats: answers that come
// late change them.
const tailSeconds = 10

// frame is what every viewer gets each second. Offsets are in seconds, times in
// ms.
type frame struct {
	Server     string          `json:"server"` // differs after each start of the server
	Run        int             `json:"run"`
	State      string          `json:"state"`
	Start      int64           `json:"start"` // wall clock at offset 0, ms since 1970
	At         float64         `json:"at"`
	Since      float64         `json:"since"`
	Host       any             `json:"host"`
	Phase      int             `json:"phase"` // index into Phases; -1 before the first run
	Phases     []band          `json:"phases"`
	Events     []mark          `json:"events"`
	Notes      []string        `json:"notes"`   // what a reader of a run that is over must know first
	Planned    int             `json:"planned"` // users
	Users      int             `json:"users"`
	On         int             `json:"on"`
	Recent     report.Figures  `json:"recent"`
	Late       report.Lateness `json:"late"`
	Trust      *report.Trust   `json:"trust"`
	Counters   report.Counters `json:"counters"`
	Health     report.Health   `json:"health"`
	Failures   int             `json:"failures"`   // distinct
	Exceptions int             `json:"exceptions"` // distinct
	Ops        json.RawMessage `json:"ops"`        // see appendLive; the aggregate last
	Tail       json.RawMessage `json:"tail"`       // see appendSecond
}

// band is a phase as the charts draw it.
type band struct {
	Name      string   `json:"name"`
	Start     float64  `json:"start"`
	End       *float64 `json:"end"` // null: without end
	RampEnd   float64  `json:"ramp_end"`
	Settle    float64  `json:"settle"` // after RampEnd; 0: none
	Users     int      `json:"users"`
	SpawnRate float64  `json:"spawn_rate"`
	Model     string   `json:"model"`
	Arm       string   `json:"arm"`
	Pace      string   `json:"pace"`
}

// mark is an Event as the charts draw it.
type mark struct {
	At   float64 `json:"at"`
	Text string  `json:"text"`
}

// idle reports whether nothing moves in a state.
func idle(state string) bool { return state == Ready || state == Stopped }

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
			text = append(append([]byte(`{"error":`), quote(err.Error())...), '}')
		}
		return text
	}
}

// look describes the present.
func (h *Handler) look(now moment) frame {
	run, state := h.source.Run(), now.state
	f := frame{
		Server: h.name, Run: run.Number, State: state, Start: run.Start.UnixMilli(), Since: run.Since.Seconds(), Host: h.host(),
		Phase: -1, Phases: bands(run.Phases), Events: []mark{}, Notes: h.notes(state),
		Ops: json.RawMessage("[]"), Tail: json.RawMessage("[]"),
		Recent: emptyRow().recent, Late: report.Lateness{P50: report.None, P99: report.None, Max: report.None},
	}
	for _, e := range run.Events {
		f.Events = append(f.Events, mark{At: e.At.Seconds(), Text: e.Text})
	}
	s := h.source.Snapshot()
	h.plain.set(now, s)
	if s != nil {
		f.fill(s)
		second := int(s.At / time.Second)
		f.Tail = appendSeconds(nil, h.source.Timeline(max(0, second-tailSeconds), second))
	}
	return f
}

// notes are the sentences of a run that is over. A run that goes on has none:
// its Summary is too dear to build each second.
func (h *Handler) notes(state string) []string {
	if state != Stopped {
		return []string{}
	}
	return sentences(h.source.Summary())
}

// sentences are what a reader of a Summary must know first, the worst first.
func sentences(s *report.Summary) []string {
	out := []string{}
	if s == nil {
		return out
	}
	if s.Health.Bottleneck != "" {
		out = append(out, s.Health.Bottleneck)
	}
	for _, text := range slices.Concat(s.Notes, s.Health.Warnings) {
		out = append(out, say.Capital(text))
	}
	return out
}

// fill adds the figures of a run.
func (f *frame) fill(s *report.Snapshot) {
	f.At, f.Phase = s.At.Seconds(), s.Index
	f.Planned, f.Users, f.On = s.Planned, s.Users, s.On
	f.Recent, f.Late, f.Trust, f.Counters = s.Total.Recent, s.Late, &s.Trust, s.Counters
	f.Health, f.Failures, f.Exceptions = s.JudgedHealth(), len(s.Failures), len(s.Exceptions)
	ops := []byte{'['}
	for i := range s.Ops {
		ops = append(appendLive(ops, &s.Ops[i]), ',')
	}
	f.Ops = append(appendLive(ops, &s.Total), ']')
}

// bands converts the phases of a plan.
func bands(phases []report.PhaseInfo) []band {
	out := make([]band, 0, len(phases))
	for _, p := range phases {
		b := band{
			Name: p.Name, Start: p.Start.Seconds(), RampEnd: p.RampEnd.Seconds(), Settle: max(0, p.Settle).Seconds(),
			Users: p.Users, SpawnRate: p.SpawnRate, Model: p.Model, Arm: p.Arm, Pace: p.Pace,
		}
		if p.End > 0 {
			end := p.End.Seconds()
			b.End = &end
		}
		out = append(out, b)
	}
	return out
}

// appendLive appends a row of the statistics: method, name, requests, failures,
// bytes, requests/s of the whole run, requests/s and failures/s now, and the
// figures of appendFigures.
func appendLive(to []byte, l *report.Live) []byte {
	to = appendOp(to, l.Op, l.Requests, l.Failures, l.Bytes, l.RPS)
	to = appendNumbers(to, l.RecentRPS, l.RecentFailures)
	to = appendFigures(to, l.Response)
	return append(appendNumbers(to, float64(l.InFlight), float64(l.Waiting)), ']')
}

// appendOperation appends a row of a phase that is like a live one, with null
// for what is now.
func appendOperation(to []byte, o *report.Operation) []byte {
	to = appendOp(to, o.Op(), o.Requests, o.Failures, o.Bytes, o.RPS)
	to = append(to, ",null,null"...)
	to = appendFigures(to, o.ResponseMS)
	return append(appendNumbers(to, float64(o.InFlight), float64(o.WaitingMS)), ']')
}

func appendOp(to []byte, op report.Op, requests, failures, bytes int64, rps float64) []byte {
	to = append(to, '[')
	to = append(append(to, quote(op.Method)...), ',')
	to = append(to, quote(op.Name)...)
	return appendNumbers(to, float64(requests), float64(failures), float64(bytes), rps)
}

// appendFigures appends p50, p95, p99, p99.9, min, mean, max.
func appendFigures(to []byte, f report.Figures) []byte {
	return appendNumbers(to, float64(f.P50), float64(f.P95), float64(f.P99), float64(f.P999), float64(f.Min), float64(f.Mean), float64(f.Max))
}

// appendSeconds appends the rows of a timeline: offset, width, users planned,
// running and ON, requests, failures, p50, p95, p99.
func appendSeconds(to []byte, rows []report.Second) []byte {
	to = append(to, '[')
	for i := range rows {
		if i > 0 {
			to = append(to, ',')
		}
		x := &rows[i]
		to = strconv.AppendInt(append(to, '['), int64(x.S), 10)
		to = appendNumbers(to, float64(x.WidthS), float64(x.Planned), float64(x.Users), float64(x.On),
			float64(x.Requests), float64(x.Failures), float64(x.P50), float64(x.P95), float64(x.P99))
		to = append(to, ']')
	}
	return append(to, ']')
}

// appendNumbers appends a comma and a number, to 6 digits, for each; null for
// one that is not finite.
func appendNumbers(to []byte, values ...float64) []byte {
	const exact = 1 << 53
	for _, v := range values {
		to = append(to, ',')
		switch {
		case math.IsInf(v, 0) || math.IsNaN(v):
			to = append(to, "null"...)
		case v == math.Trunc(v) && math.Abs(v) < exact:
			to = strconv.AppendInt(to, int64(v), 10)
		default:
			to = strconv.AppendFloat(to, v, 'g', 6, 64)
		}
	}
	return to
}

// quote returns a JSON string.
func quote(text string) []byte {
	out, err := json.Marshal(text)
	if err != nil {
		return []byte(`""`) // a string always marshals
	}
	return out
}

// events streams frames to one viewer.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodHead {
		h.stream.serve(w, r)
	}
}
