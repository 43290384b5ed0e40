package samplefile

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Summary makes the Summary of a run again of its file. It equals the run's own, except for what a first note then says: that rows
// are missing, or the last record. A file of a share of the requests is refused.
//
// It reads the file twice, since the last record says from where figures count.
func Summary(path string) (*report.Summary, error) {
	end, h, err := ending(path)
	if err != nil {
		return nil, err
	}
	if h.Share > 0 {
		return nil, fmt.Errorf("%s: it has %s of the requests, and a summary needs all of them", path, say.Share(h.Share))
	}
	rec := record.New(record.Config{Phases: h.Phases, Shards: 1, Declared: h.Declared})
	if end == nil {
		return cutShort(path, rec, &h)
	}
	rest, err := record.ParseDelta(end.State)
	if err == nil {
		err = rec.Merge(0, rest)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: its last record: %w", path, err)
	}
	var rows int64
	if _, err := each(path, func(x *record.Sample) {
		rec.Shard(0).Replay(x)
		rows++
	}); err != nil {
		return nil, err
	}
	if rows != end.Written {
		return nil, fmt.Errorf("%s: it has %s, and its last record says %d", path, say.Plural(rows, "row"), end.Written)
	}
	return end.complete(rec, &h), nil
}

// complete adds what samples do not give.
func (e *End) complete(rec *record.Recorder, h *Header) *report.Summary {
	sum := rec.Summary(h.meta(e.End, e.Streams))
	sum.Notes, sum.Health, sum.SetUp, sum.TearDown = e.Notes, e.Health, e.SetUp, e.Down
	for i := range sum.Phases {
		if i < len(e.LateS) {
			sum.Phases[i].HooksLateS = e.LateS[i]
		}
	}
	if n := e.Missing(); n > 0 {
		sum.Notes = append([]string{fmt.Sprintf("Made of a file of samples that lacks %s: counts of requests, their times and their failures are without these.",
			say.Plural(n, "request"))}, sum.Notes...)
	}
	return sum
}

// cutShort is the Summary of a file without a last record.
func cutShort(path string, rec *record.Recorder, h *Header) (*report.Summary, error) {
	var end time.Duration
	rows := 0
	if _, err := each(path, func(x *record.Sample) {
		rec.Shard(0).Record(x)
		end = max(end, x.Done)
		rows++
	}); err != nil && !errors.Is(err, ErrNoEnd) {
		return nil, err
	}
	rec.End(end)
	sum := rec.Summary(h.meta(end, 0))
	sum.Notes = append([]string{fmt.Sprintf("Made of a file of samples without its last record, as a process that is killed leaves it: %s up to %s after the start. "+
		"Users, task starts, the generator's health, exceptions, transactions and figures are not known.", say.Plural(int64(rows), "request"), say.Span(end.Round(time.Second)))}, sum.Notes...)
	return sum, nil
}

// meta describes the run.
func (h *Header) meta(end time.Duration, streams int) record.Meta {
	return record.Meta{Name: h.Name, Seed: h.Seed, PlanDigest: h.Plan, Streams: streams, Start: h.Start, End: end}
}

// EndOf returns a last record with what is known of a run besides its samples.
func EndOf(sum *report.Summary, rest *record.Delta) End {
	e := End{
		End: time.Duration(math.Round(sum.EndS * float64(time.Second))), Streams: sum.Streams, Notes: sum.Notes, Health: sum.Health,
		SetUp: sum.SetUp, Down: sum.TearDown, State: rest.Bytes(),
	}
	for i := range sum.Phases {
		e.LateS = append(e.LateS, sum.Phases[i].HooksLateS)
	}
	return e
}

// each reads all rows of a file, and returns its last record.
func each(path string, do func(*record.Sample)) (*End, error) {
	r, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for x, err := range r.All() {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		do(&x)
	}
	return r.end, nil
}

// ending returns the last record of a file, nil if there is none, and the first. It passes over the rows.
func ending(path string) (*End, Header, error) {
	r, err := Open(path)
	if err != nil {
		return nil, Header{}, err
	}
	defer r.Close()
	for r.end == nil {
		if err := r.skip(); errors.Is(err, ErrNoEnd) {
			return nil, r.header, nil
		} else if err != nil {
			return nil, r.header, fmt.Errorf("%s: %w", path, err)
		}
	}
	return r.end, r.header, nil
}

// skip passes over a row, or reads the last record.
func (r *Reader) skip() error {
	if r.csv || r.limit() == maxRecord {
		_, err := r.row()
		return err
	}
	err := r.next(maxRow)
	if errors.Is(err, io.EOF) {
		err = ErrNoEnd
	}
	if err != nil {
		return r.fault(err)
	}
	return nil
}
