package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/page"
	"github.com/gensim/load-generator/report/outline"
)

// tailSeconds is how many finished seconds each frame repeats: answers that come
// late change them.
const tailSeconds = 10

// frame is what every viewer gets each second. Offsets are in seconds, times in
// ms.
type frame struct {
	Server     string             `json:"server"` // differs after each start of the server
	Run        int                `json:"run"`
	State      report.State       `json:"state"`
	Start      int64              `json:"start"` // wall clock at offset 0, ms since 1970
	At         float64            `json:"at"`
	Since      float64            `json:"since"`
	Host       any                `json:"host"`
	Phase      int                `json:"phase"` // index into Phases; -1 before the first run
	Phases     []page.Band        `json:"phases"`
	Events     []page.Mark        `json:"events"`
	Looks      *looks             `json:"looks,omitempty"`
	Notes      []string           `json:"notes"`   // what a reader of a run that is over must know first
	Planned    int                `json:"planned"` // users
	Users      int                `json:"users"`
	On         int                `json:"on"`
	Kinds      []report.KindUsers `json:"kinds,omitempty"` // of users
	Late       report.Lag         `json:"late"`
	Trust      *report.Trust      `json:"trust"`
	Counters   report.Counters    `json:"counters"`
	Health     report.Health      `json:"health"`
	Workers    *crew              `json:"workers,omitempty"`
	Failures   int                `json:"failures"`          // distinct
	Exceptions int                `json:"exceptions"`        // distinct
	Ops        json.RawMessage    `json:"ops"`               // of the whole run, see row; the aggregate last
	Tail       json.RawMessage    `json:"tail"`              // see appendSecond
	Timings    *page.Timings      `json:"timings,omitempty"` // of the whole run
	Own        []report.Table     `json:"own,omitempty"`     // what is not in the counts of requests
	Search     *searchFrame       `json:"search,omitempty"`
}

// looks are those of a run that ends once it is decided.
type looks struct {
	outline.Looks
	Next float64 `json:"next"` // offset; 0: there is none
}

// idle reports whether nothing moves in a state.
func idle(state report.State) bool { return state == report.Ready || state == report.Stopped }

// frames makes a source of frames. While nothing moves there is no news.
func (h *Handler) frames() frames {
	var shown moment
	var listed string
	begun := false
	return func() []byte {
		now, roll := h.moment(), h.roll()
		if begun && shown == now && listed == roll && idle(now.state) && !h.seeks() {
			return nil
		}
		shown, listed, begun = now, roll, !h.seeks() // or the end of the search would not be shown
		h.keepOver(now)
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
		Late: report.LagOf(nil), Workers: h.crew(), Search: h.searchFrame(),
	}
	if run.Looks != nil && !idle(state) { // else there is the verdict
		f.Looks = &looks{*run.Looks, run.Looks.Next.Seconds()}
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
	f.Planned, f.Users, f.On, f.Kinds = s.Planned, s.Users, s.On, s.Kinds
	f.Late, f.Trust, f.Counters = s.Lag, &s.Trust, s.Counters
	f.Health, f.Failures, f.Exceptions = s.JudgedHealth(), len(s.Failures), len(s.Exceptions)
	f.Own, f.Timings = s.OwnTables(), timings(s)
	f.Ops = appendLive(nil, s, wholeRun)
}

// timings is what the operations of a run waited for; nil: nothing was measured.
func timings(s *report.Snapshot) *page.Timings {
	timed := func(l *report.Live) page.Timed { return page.Timed{Op: l.Op, Requests: l.Requests, Figures: l.Timings} }
	var ops []page.Timed
	for i := range s.Ops {
		ops = append(ops, timed(&s.Ops[i]))
	}
	all := timed(&s.Total)
	all.Op = report.Op{}
	return page.TimingsOf(ops, all)
}

// events streams frames to one viewer.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodHead {
		h.stream.serve(w, r)
	}
}
