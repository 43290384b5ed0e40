// Package account is what a search for a capacity came to, with a short record of each hold: a document of another kind than a Summary,
// as --summary-file writes it, which can be read and compared again.
//
//	file, err := os.Open("capacity.json")
//	...
//	s, err := account.Read(file)
//	fmt.Println(s.Result.Sentence())
//
// Package brief writes it as text, Markdown and JUnit XML, package html as a report in one file.
package account

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity"
)

// Kind is the value of the document's key kind, and Version that of its key version.
const (
	Kind    = "capacity search"
	Version = 1
)

// Largest bounds a document, in bytes. A thousand holds take less than a megabyte.
const Largest = 16 << 20

// Search is a search that was made.
type Search struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`

	Name    string    `json:"name"`              // of the program
	Program string    `json:"program,omitempty"` // its name and version
	Host    string    `json:"host,omitempty"`    // the target, without secrets
	Seed    uint64    `json:"seed"`              // of the first hold; one more in each other one
	Start   time.Time `json:"start"`
	EndS    float64   `json:"end_s"` // how long it lasted, s

	Asked Asked `json:"asked"`
	// Sentence is Result.Sentence.
	Sentence string           `json:"sentence"`
	Result   *capacity.Result `json:"result"`
	// Ended says why the search ended before its time; "": it did not.
	Ended string `json:"ended,omitempty"`
	// Generator are sentences on holds in which the generator itself was too late or doubtful.
	Generator []string       `json:"generator,omitempty"`
	Claims    []claim.Result `json:"claims,omitempty"`
	Holds     []Hold         `json:"holds"`
}

// Asked is what was searched for, as capacity.Search has it.
type Asked struct {
	Claim string  `json:"claim"`
	Unit  string  `json:"unit"` // of what Hold.Value and the claim's limit are: "ms", or "share" of requests
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Users bool    `json:"users,omitempty"`
	TimeS float64 `json:"time_s"`
	HoldS float64 `json:"hold_s"` // of the shortest hold
	Limit float64 `json:"limit"`  // of the means of holds
	// Means is the unit of these means: "ms" for a claim on the mean, and "share" of requests for others, those that are
	// too slow for a percentile among them.
	Means string `json:"means"`
}

// Hold is one of them.
type Hold struct {
	Load     float64 `json:"load"`    // arrivals per second, or users
	StartS   float64 `json:"start_s"` // after the start of the search
	EndS     float64 `json:"end_s"`   // its drain included
	Seed     uint64  `json:"seed"`
	Kept     bool    `json:"kept"`
	Flooded  bool    `json:"flooded,omitempty"`
	Requests int64   `json:"requests"` // of the whole hold, all operations
	Failures int64   `json:"failures"`
	// P50, P95 and P99 are their response times, ms.
	P50 report.Millis `json:"p50_ms"`
	P95 report.Millis `json:"p95_ms"`
	P99 report.Millis `json:"p99_ms"`
	// Value is the claim's metric over the seconds that count, in Asked.Unit; null: it lies among the failures, or there was no
	// request.
	Value report.Millis `json:"value"`
	// Count and Sum are the totals of capacity.Second, Rate and Busy those of capacity.Hold.
	Count float64 `json:"count"`
	Sum   float64 `json:"sum"`
	Rate  float64 `json:"rate"`
	Busy  float64 `json:"busy"`
	// Lag is report.Health.Lag of the hold.
	Lag report.Grade `json:"lag,omitempty"`
}

// New begins the account of a search.
func New(s capacity.Search, c capacity.Claim) *Search {
	a := Asked{Claim: s.Claim, Unit: "ms", Means: "share", From: s.From, To: s.To, Users: s.Users, TimeS: s.Time.Seconds(), HoldS: s.Hold.Seconds(), Limit: s.Limit}
	switch c.Metric {
	case effect.Failures:
		a.Unit = "share"
	case effect.Mean:
		a.Means = "ms"
	}
	return &Search{Kind: Kind, Version: Version, Asked: a, Holds: []Hold{}}
}

// Add adds a hold that began some time after the start of the search, with the Summary of its run.
func (s *Search) Add(began time.Duration, h capacity.Hold, sum *report.Summary) {
	all := sum.Total.Aggregated()
	out := Hold{
		Load: h.Load, StartS: began.Seconds(), EndS: h.End.Seconds(), Seed: sum.Seed, Kept: h.Kept(s.Asked.Limit), Flooded: h.Flooded,
		Requests: sum.Total.Requests, Failures: sum.Total.Failures,
		P50: all.ResponseMS.P50, P95: all.ResponseMS.P95, P99: all.ResponseMS.P99,
		Value: report.Millis(h.Value), Rate: h.Rate, Busy: h.Busy, Lag: sum.Health.Lag,
	}
	for _, x := range h.Seconds {
		out.Count, out.Sum = out.Count+x.Count, out.Sum+x.Sum
	}
	s.Holds, s.EndS = append(s.Holds, out), out.EndS
}

// Conclude adds the result, and what it says of the claims on it.
func (s *Search) Conclude(r *capacity.Result, claims claim.List) {
	s.Result, s.Sentence = r, r.Sentence()
	late, doubtful := 0, 0
	for _, h := range s.Holds {
		switch h.Lag {
		case report.TooLate:
			late++
		case report.Doubtful:
			doubtful++
		}
	}
	var d say.Parts
	of := say.Plural(len(s.Holds), "hold")
	d.Add(late > 0, "The generator was too late in %s of %s: what it could not send on time is not the target's limit.", say.Count(late), of)
	d.Add(doubtful > 0, "The generator was late enough in %s of %s to make percentiles doubtful.", say.Count(doubtful), of)
	s.Generator, s.Claims = d, nil
	for _, c := range claims {
		s.Claims = append(s.Claims, s.judge(c))
	}
}

// Load formats a load: "180/s", "40 users".
func (s *Search) Load(v float64) string {
	if s.Asked.Users {
		return say.Plural(int64(math.Round(v)), "user")
	}
	return say.Number(v) + "/s"
}

// Measured formats a value of the claim's metric: "182 ms", "1.2 %", or "failed" for one among the failures.
func (s *Search) Measured(h *Hold) string {
	switch {
	case h.Count == 0:
		return "no request"
	case !h.Value.IsFinite():
		return "failed"
	case s.Asked.Unit == "share":
		return say.Share(float64(h.Value))
	}
	return say.Number(float64(h.Value)) + " ms"
}

// Mean formats a mean of holds, of which Result.Limit is the highest with which the claim holds: "4.1 %" of requests, "97 ms".
func (s *Search) Mean(v float64) string {
	if s.Asked.Means == "ms" {
		return say.Number(v) + " ms"
	}
	return say.Share(v)
}

// Row is a row of the curve, as text.
type Row struct{ Load, Holds, Kept, Flooded, Metric, Mean, Fitted string }

// Rows are the loads that were tried, from the lowest on. Metric is the median of the holds.
func (s *Search) Rows() (rows []Row) {
	for _, p := range s.Result.Curve {
		rows = append(rows, Row{
			Load: s.Load(p.Load), Holds: say.Count(p.Holds), Kept: say.Count(p.Kept), Flooded: say.Count(p.Flooded),
			Metric: s.median(p.Load), Mean: s.Mean(p.Mean), Fitted: s.Mean(p.Fitted),
		})
	}
	return rows
}

// Note explains the last columns of Rows.
func (s *Search) Note() string {
	what := "requests that failed"
	switch {
	case s.Asked.Means == "ms":
		what = "mean of successes"
	case s.Asked.Unit == "ms":
		what = "requests that were slower, or failed"
	}
	return fmt.Sprintf("mean: %s, %s at most; fitted: the same, made to rise with the load.", what, s.Mean(s.Result.Limit))
}

// LawText are the sentences on the scalability law, or why there is none.
func (s *Search) LawText() (lines []string) {
	l := s.Result.Law
	if l == nil {
		if s.Result.LawReason == "" {
			return nil
		}
		return []string{"No scalability law: " + s.Result.LawReason + "."}
	}
	text := fmt.Sprintf("Scalability law (a picture, not where the capacity comes from): %s/s with one request in flight, contention %s, coherence %s.",
		say.Number(l.Rate), say.Number(l.Contention), say.Number(l.Coherence))
	if l.PeakRate > 0 {
		text += fmt.Sprintf(" Peak: %s/s with %s requests in flight.", say.Number(l.PeakRate), say.Number(l.PeakBusy))
	}
	return append([]string{text}, l.Doubts...)
}

// Doubts are what to know before believing the result.
func (s *Search) Doubts() (lines []string) {
	if s.Ended != "" {
		lines = append(lines, "The search ended before its time: "+s.Ended+".")
	}
	lines = append(lines, s.Generator...)
	return append(lines, s.Result.Doubts...)
}

// Sought is the search as package capacity compares it.
func (s *Search) Sought() capacity.Sought {
	a := s.Asked
	out := capacity.Sought{Result: s.Result, Search: capacity.Search{
		Claim: a.Claim, Limit: a.Limit, From: a.From, To: a.To, Users: a.Users, Time: seconds(a.TimeS), Hold: seconds(a.HoldS),
	}}
	for _, h := range s.Holds {
		out.Holds = append(out.Holds, capacity.Hold{
			Load: h.Load, End: seconds(h.EndS), Flooded: h.Flooded, Seconds: []capacity.Second{{Count: h.Count, Sum: h.Sum}},
			Rate: h.Rate, Busy: h.Busy, Value: float64(h.Value),
		})
	}
	return out
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// WriteJSON writes the document, indented.
func (s *Search) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(s)
}

// ErrKind is wrapped by the error for JSON that is another kind of document, or another version of this one.
var ErrKind = errors.New("not a search for a capacity that this version can read")

// Read reads what WriteJSON wrote, up to Largest and to the end of r. The error is one line.
func Read(r io.Reader) (*Search, error) {
	s, decoder := new(Search), json.NewDecoder(input.NewReader(r, Largest))
	err := decoder.Decode(s)
	if _, more := decoder.Token(); err == nil && more != io.EOF {
		err = errors.New("there is more after it")
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: it is empty", ErrKind)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%w: it is cut off", ErrKind)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrKind, err)
	case s.Kind != Kind:
		return nil, fmt.Errorf("%w: its kind is %.40q", ErrKind, s.Kind)
	case s.Version != Version:
		return nil, fmt.Errorf("%w: version %d; this version reads %d", ErrKind, s.Version, Version)
	case s.Result == nil:
		return nil, fmt.Errorf("%w: it has no result", ErrKind)
	}
	return s, s.check()
}

// check refuses a document whose parts do not fit together.
func (s *Search) check() error {
	a := s.Asked
	search := s.Sought().Search
	if err := search.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrKind, err)
	}
	for i, h := range s.Holds {
		if !(h.Load >= a.From && h.Load <= a.To) || !(h.Count >= 0) || !(h.Sum >= 0) {
			return fmt.Errorf("%w: holds[%d] has no load of the search, or figures below 0", ErrKind, i)
		}
	}
	return nil
}

// Is reports whether a document begins as one of this kind does. It reads no more of r than it needs.
func Is(r io.Reader) bool {
	d := json.NewDecoder(r)
	for _, want := range []json.Token{json.Delim('{'), "kind", Kind} {
		if got, err := d.Token(); err != nil || got != want {
			return false
		}
	}
	return true
}

// median is that of the claim's metric over the holds at a load.
func (s *Search) median(load float64) string {
	var at []Hold
	for _, h := range s.Holds {
		if h.Load == load {
			at = append(at, h)
		}
	}
	if len(at) == 0 {
		return say.None
	}
	slices.SortStableFunc(at, func(a, b Hold) int { return cmp.Compare(a.Value, b.Value) })
	return s.Measured(&at[len(at)/2])
}
