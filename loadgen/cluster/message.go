package cluster

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/loadgen/cluster/internal/lines"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// version is that of the protocol: of the subjects, messages and rules of this package.
const version = 1

// Limits of what is read, so that a hostile process takes no memory.
const (
	maxControl  = bus.Payload // bytes of a control message
	maxSettings = 1_000_000   // bytes of the settings in one
	maxChunk    = 512 << 10   // bytes of figures in a message, next to their header
	maxHeader   = 16 << 10    // bytes of a row's header
	maxRow      = 64 << 20    // bytes of figures in a row
	maxName     = 200         // bytes of an id and the like
	maxReason   = 1000        // columns of why something is not done
	maxWorkers  = 100_000
)

// hello is what a worker says of itself when it joins.
type hello struct {
	Protocol int    `json:"protocol"`
	ID       string `json:"id"`
	Nonce    string `json:"nonce"`             // of this process
	Hint     int    `json:"hint"`              // the share that it would like; < 0: any
	Program  string `json:"program"`           // name
	Version  string `json:"version"`           // of the program
	Build    string `json:"build"`             // SHA-256 of the executable; "" unknown
	System   string `json:"system"`            // GOOS/GOARCH
	Streams  int    `json:"streams"`           // stream.Version
	Run      string `json:"run,omitempty"`     // that it makes a share of
	Unbegun  string `json:"unbegun,omitempty"` // that it was to make a share of, and now will not
}

// welcome answers a hello.
type welcome struct {
	Refused     string            `json:"refused,omitempty"` // why, in a sentence; "": welcome
	Coordinator string            `json:"coordinator"`       // this start of it
	Settings    map[string]string `json:"settings,omitempty"`
	Secrets     []string          `json:"secrets,omitempty"` // flags that the worker needs a value for
	OrphanNS    int64             `json:"orphan"`
	IntervalNS  int64             `json:"interval"` // between two rows
}

// beat is a worker's sign of life, each second in which no row is one.
type beat struct {
	Nonce       string  `json:"nonce"`
	Coordinator string  `json:"coordinator"` // that it joined
	Run         string  `json:"run,omitempty"`
	Users       int     `json:"users"`
	CPU         float64 `json:"cpu"` // cores used, in the mean
	Memory      uint64  `json:"memory"`
	Goodbye     string  `json:"goodbye,omitempty"` // why it ends; "": it does not
}

// answer begins each answer to a worker that has joined.
type answer struct {
	Coordinator string `json:"coordinator"` // whose it is
}

func (a *answer) by() string { return a.Coordinator }

func (a *answer) sign(by string) { a.Coordinator = by }

// signed is an answer that says whose it is.
type signed interface{ sign(by string) }

// pulse answers a beat.
type pulse struct {
	answer
	Known   bool `json:"known"`             // it is one of the workers of this coordinator
	Gone    bool `json:"gone,omitempty"`    // its run is over, or its share was given to others
	Command int  `json:"command,omitempty"` // number of the last command of its run
}

// zeroTime is what a worker says of the run that it has continued without a coordinator: when offset 0 was, by its
// own clock, in ns on that of the coordinator that it has joined now.
type zeroTime struct {
	Run   string `json:"run"`
	Nonce string `json:"nonce"`
	AtNS  int64  `json:"at"`
}

// agreed answers it.
type agreed struct {
	answer
	Gone bool  `json:"gone,omitempty"` // as in a pulse
	Is   bool  `json:"is"`             // the coordinator has one for all; ask again if not
	AtNS int64 `json:"at"`             // it
}

// instants are when a coordinator got a question about its clock and when it sent the answer, in ns.
type instants struct {
	answer
	Got  int64 `json:"got"`
	Sent int64 `json:"sent"`
	Wall int64 `json:"wall"` // clock when it was sent, in ns of Unix
}

// excerpt are lines of a worker's log.
type excerpt struct {
	Nonce   string   `json:"nonce"`
	Before  int64    `json:"before"`  // how many lines there were before
	Dropped int64    `json:"dropped"` // how many more there were in all that are not sent
	Lines   []string `json:"lines"`
}

// orderKind is what an order asks for.
type orderKind string

const (
	toPrepare orderKind = "prepare" // work out the plan
	toSupply  orderKind = "supply"  // give the users what the set-up made
	toArm     orderKind = "arm"     // be ready to begin at an instant
	toGo      orderKind = "go"      // begin at it
	toCancel  orderKind = "cancel"  // do not
	toAbandon orderKind = "abandon" // forget the run
	toQuit    orderKind = "quit"    // end
)

// order is what the coordinator asks one worker to do.
type order struct {
	Coordinator string `json:"coordinator"` // whose it is

	Kind     orderKind             `json:"kind"`
	Run      string                `json:"run,omitempty"`
	Attempt  int                   `json:"attempt,omitempty"` // to begin
	Request  *loadgen.StartRequest `json:"request,omitempty"`
	Index    int                   `json:"index,omitempty"`
	Of       int                   `json:"of,omitempty"`
	Plan     string                `json:"plan,omitempty"` // digest
	Data     json.RawMessage       `json:"data,omitempty"` // of the set-up
	At       int64                 `json:"at,omitempty"`   // ns on the coordinator's clock
	Settings string                `json:"settings,omitempty"`
}

// readiness answers an order.
type readiness struct {
	Refused  string             `json:"refused,omitempty"` // why, in a sentence
	Plan     string             `json:"plan,omitempty"`    // digest
	Share    string             `json:"share,omitempty"`   // digest
	Settings string             `json:"settings,omitempty"`
	Phases   []report.PhaseInfo `json:"phases,omitempty"` // where the digest is another one
	StopNS   int64              `json:"stop,omitempty"`   // Runner.StopTimeout
	BoundNS  int64              `json:"bound,omitempty"`  // the error of the offset is at most this
	RoundNS  int64              `json:"round,omitempty"`  // round trip
}

// commandKind is what a command changes.
type commandKind string

const (
	toScale    commandKind = "scale"
	toReset    commandKind = "reset"
	toStop     commandKind = "stop"
	toReassign commandKind = "reassign"
)

// command is a change of a run that all of its workers make at one offset.
type command struct {
	Coordinator string `json:"coordinator,omitempty"` // who sends it to all

	Run    string      `json:"run"`
	Number int         `json:"number"` // from 1 on
	Kind   commandKind `json:"kind"`
	AtNS   int64       `json:"at"` // offset
	Users  int         `json:"users,omitempty"`
	Rate   float64     `json:"rate,omitempty"`
	Lost   []int       `json:"lost,omitempty"` // shares
}

// missed asks for the commands of a run after a number.
type missed struct {
	Run   string `json:"run"`
	After int    `json:"after"`
}

// list answers it.
type list struct {
	answer
	Commands []command `json:"commands"`
}

// row is what stands before the figures that a worker sends each second.
type row struct {
	Coordinator string `json:"coordinator"` // that the worker has joined

	Run   string `json:"run"`
	Nonce string `json:"nonce"`
	Index int    `json:"index"` // of the share
	Seq   int64  `json:"seq"`   // from 1 on
	Part  int    `json:"part"`
	Parts int    `json:"parts"` // messages of this row

	OffsetNS int64          `json:"at"`  // when it was taken
	Sum      record.Sum     `json:"sum"` // of all rows up to this one
	Applied  int            `json:"applied"`
	LateNS   int64          `json:"late,omitempty"` // how late the last commands came, at most
	Users    int            `json:"users"`
	On       int            `json:"on"`
	Spawning bool           `json:"spawning,omitempty"`
	Done     bool           `json:"done,omitempty"` // no work is left, and none can come but by a command
	CPU      float64        `json:"cpu"`            // cores used since the last row or beat
	Lag      report.Lag     `json:"lag"`
	Health   *report.Health `json:"health,omitempty"` // nil: as it was
	ClockNS  int64          `json:"clock"`            // its wall clock minus the coordinator's
	BoundNS  int64          `json:"bound"`
	JumpNS   int64          `json:"jump,omitempty"`  // by how much its clock or the coordinator's stood still
	SkewNS   int64          `json:"skew"`            // how much later than offset 0 it began
	Last     bool           `json:"last,omitempty"`  // there are no more
	Left     string         `json:"left,omitempty"`  // why it ended before the run did
	Fault    string         `json:"fault,omitempty"` // why no worker can make this run: a user was refused
}

// receipt answers a part of a row.
type receipt struct {
	answer
	Have  int64 `json:"have"`           // the last row that is merged, all before it too
	Kept  int64 `json:"kept"`           // the last one that no end of the coordinator can lose
	Parts int   `json:"parts"`          // of the next one, that are here
	Gone  bool  `json:"gone,omitempty"` // as in a pulse
	Over  bool  `json:"over,omitempty"` // its run is not in progress: no row of it is taken

	Command int `json:"command,omitempty"` // as in a pulse
}

// encode is the JSON of a control message; none of them can fail to have one.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("cluster: a message without JSON: " + err.Error())
	}
	return data
}

// reason is a text as messages have room for it, in one line.
func reason(text string) string { return say.Fit(say.OneLine(text), maxReason) }

// checked is a message that knows what is wrong with it.
type checked interface{ check() error }

// decode reads a control message. It refuses unknown fields, what follows the message, and
// values that no process of this version sends.
func decode(data []byte, v checked) error {
	if len(data) > maxControl {
		return fmt.Errorf("a message of %d bytes; at most %d", len(data), maxControl)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("a message that is not one of ours: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("a message with something after its end")
	}
	return v.check()
}

// errMessage is the error of a message with a value that no process of this version sends.
var errMessage = errors.New("a message with a value that cannot be")

// sound returns errMessage unless all hold.
func sound(all ...bool) error {
	for _, ok := range all {
		if !ok {
			return errMessage
		}
	}
	return nil
}

// isToken reports whether a text can be part of a subject.
func isToken(s string) bool { return s != "" && len(s) <= maxName && s == bus.CleanID(s) }

// maybeToken reports whether a text is empty or can be part of a subject.
func maybeToken(s string) bool { return s == "" || isToken(s) }

// maxOffset bounds offsets, so that sums of some do not overflow.
const maxOffset = int64(math.MaxInt64 / 4)

func isOffset(ns int64) bool { return ns >= -maxOffset && ns <= maxOffset }

func (h *hello) check() error {
	return sound(isToken(h.ID), isToken(h.Nonce), h.Hint < maxWorkers, len(h.Program) <= maxName, len(h.Version) <= maxName, len(h.Build) <= maxName,
		len(h.System) <= maxName, maybeToken(h.Run), maybeToken(h.Unbegun))
}

func (z *zeroTime) check() error { return sound(isToken(z.Run), isToken(z.Nonce), isOffset(z.AtNS)) }

func (a *agreed) check() error { return sound(isOffset(a.AtNS)) }

func (i *instants) check() error { return sound(isOffset(i.Got), isOffset(i.Sent), i.Sent >= i.Got) }

func (w *welcome) check() error {
	return sound(w.Refused != "" || isToken(w.Coordinator) && w.OrphanNS > 0 && isOffset(w.OrphanNS) && w.IntervalNS > 0 && isOffset(w.IntervalNS))
}

func (b *beat) check() error {
	return sound(isToken(b.Nonce), maybeToken(b.Coordinator), maybeToken(b.Run), len(b.Goodbye) <= maxHeader, b.Users >= 0, b.CPU >= 0)
}

func (l *excerpt) check() error {
	size := 0
	for _, line := range l.Lines {
		size += len(line) + 1
	}
	return sound(isToken(l.Nonce), l.Before >= 0, l.Dropped >= 0, size <= 2*lines.Most)
}

func (p *pulse) check() error { return sound(p.Command >= 0) }

func (o *order) check() error {
	if err := sound(maybeToken(o.Run), o.Index >= 0, o.Index < max(o.Of, 1), o.Of <= maxWorkers, o.Attempt >= 0); err != nil {
		return err
	}
	switch o.Kind {
	case toPrepare:
		if o.Request == nil || o.Run == "" {
			return errMessage
		}
		return o.Request.Validate()
	case toSupply, toArm, toGo, toCancel, toAbandon:
		return sound(o.Run != "")
	case toQuit:
		return nil
	}
	return errMessage
}

func (r *readiness) check() error {
	return sound(r.BoundNS >= 0, r.RoundNS >= 0, isOffset(r.RoundNS), r.StopNS >= 0, isOffset(r.StopNS))
}

func (c *command) check() error {
	return sound(isToken(c.Run), c.Number > 0, c.AtNS >= 0, isOffset(c.AtNS), c.Users >= 0, c.Rate >= 0, !math.IsInf(c.Rate, 1),
		!slices.ContainsFunc(c.Lost, func(share int) bool { return share < 0 || share >= maxWorkers }),
		c.Kind == toScale || c.Kind == toReset || c.Kind == toStop || c.Kind == toReassign)
}

func (m *missed) check() error { return sound(isToken(m.Run), m.After >= 0) }

func (l *list) check() (err error) {
	for i := range l.Commands {
		err = cmp.Or(err, l.Commands[i].check())
	}
	return err
}

func (r *row) check() error {
	return sound(isToken(r.Run), isToken(r.Nonce), r.Index >= 0, r.Index < maxWorkers, r.Seq > 0, r.Part >= 0, r.Part < r.Parts,
		r.Parts <= maxRow/maxChunk, isOffset(r.OffsetNS), r.Applied >= 0, r.Users >= 0, r.On >= 0, r.CPU >= 0, r.BoundNS >= 0, isOffset(r.ClockNS))
}

func (r *receipt) check() error {
	return sound(r.Have >= 0, r.Parts >= 0, r.Kept >= 0, r.Kept <= r.Have, r.Command >= 0)
}

// appendRow appends a part of a row: the length of the header, the header, figures.
func appendRow(to []byte, r *row, figures []byte) []byte {
	header := encode(r)
	to = binary.BigEndian.AppendUint32(to, uint32(len(header)))
	return append(append(to, header...), figures...)
}

// parseRow reads what appendRow has written. The figures share memory with data.
func parseRow(data []byte) (r row, figures []byte, err error) {
	if len(data) < 4 {
		return row{}, nil, errMessage
	}
	n, rest := int64(binary.BigEndian.Uint32(data)), data[4:]
	if n > maxHeader || n > int64(len(rest)) || int64(len(rest))-n > maxChunk {
		return row{}, nil, errMessage
	}
	if err := decode(rest[:n], &r); err != nil {
		return row{}, nil, err
	}
	return r, rest[n:], nil
}

// at is the offset of the row.
func (r *row) at() time.Duration { return time.Duration(r.OffsetNS) }
