// Package leftover keeps what the workers of a run measured and no coordinator took, each in a file of its share, and
// makes a Summary of such files.
package leftover

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Share is what stands before the figures of a worker's share of a run: the first line of its file, as JSON.
type Share struct {
	Version int                `json:"lgd"` // Write sets it
	Run     string             `json:"run"`
	Of      int                `json:"of"`     // shares of the run
	Worker  report.Worker      `json:"worker"` // Index is that of its share; Why, why it ended before the run did
	Name    string             `json:"name,omitempty"`
	Seed    uint64             `json:"seed"`
	Plan    string             `json:"plan"` // digest
	Streams int                `json:"streams"`
	Start   time.Time          `json:"start"` // wall clock at offset 0
	End     time.Duration      `json:"end"`   // offset of the last figures
	Phases  []report.PhaseInfo `json:"phases"`
}

const version = 1

// Limits of what Merge reads.
const (
	maxFile   = 1 << 30 // bytes of a file
	maxLine   = 8 << 20 // bytes of its first line
	maxShares = 100_000
)

// check reports what no worker writes.
func (s *Share) check() error {
	if s.Version != version {
		return fmt.Errorf("it is of version %d, and this program reads %d", s.Version, version)
	}
	if s.Run == "" || s.Of < 1 || s.Of > maxShares || s.Worker.Index < 0 || s.Worker.Index >= s.Of || s.End < 0 || len(s.Phases) == 0 {
		return errors.New("its first line has a value that cannot be")
	}
	return nil
}

// Write writes all figures of a share to a file.
func Write(ctx context.Context, path string, s Share, figures *record.Delta) error {
	s.Version = version
	line, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return output.Write(ctx, path, func(w io.Writer) error {
		_, err := w.Write(slices.Concat(line, []byte("\n"), figures.Bytes()))
		return err
	})
}

// Merge makes a Summary of files, all of one run. Its first note says how many of the shares
// there are.
func Merge(paths ...string) (*report.Summary, error) {
	if len(paths) == 0 {
		return nil, errors.New("no files to merge")
	}
	var all []Share
	var rec *record.Recorder
	for _, path := range paths {
		s, d, err := read(path)
		if err == nil {
			err = s.fits(all)
		}
		if err == nil {
			if rec == nil {
				rec = record.New(record.Config{Phases: s.Phases})
			}
			err = rec.Merge(s.Worker.Index, d)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, s)
	}
	return summed(rec, all), nil
}

// fits refuses a share that does not belong to the others.
func (s *Share) fits(others []Share) error {
	for i := range others {
		switch o := &others[i]; {
		case o.Run != s.Run, o.Of != s.Of, o.Plan != s.Plan:
			return errors.New("it is of another run than the files before it")
		case o.Worker.Index == s.Worker.Index:
			return fmt.Errorf("it is of share %d, which a file before it has", s.Worker.Index)
		}
	}
	return nil
}

// summed is the Summary of shares.
func summed(rec *record.Recorder, all []Share) *report.Summary {
	slices.SortFunc(all, func(a, b Share) int { return a.Worker.Index - b.Worker.Index })
	first, end := all[0], time.Duration(0)
	var workers []report.Worker
	var shares []int
	for _, s := range all {
		end = max(end, s.End)
		s.Worker.State = report.WorkerStopped
		workers, shares = append(workers, s.Worker), append(shares, s.Worker.Index)
	}
	last := first.Phases[len(first.Phases)-1].End
	early := end < last
	if last == 0 || early {
		rec.End(end)
	}
	rec.Lose(end, shares...)
	sum := rec.Summary(record.Meta{Name: first.Name, Seed: first.Seed, PlanDigest: first.Plan, Streams: first.Streams, Start: first.Start, End: end})
	var requests int64
	for _, w := range workers {
		requests += w.Requests
	}
	for i := range workers {
		workers[i].Share = float64(workers[i].Requests) / float64(max(1, requests))
	}
	sum.SetWorkers(workers)
	note := fmt.Sprintf("Merged afterwards from what workers left: %d of %s of the run.", len(all), say.Plural(first.Of, "share"))
	if early {
		note += fmt.Sprintf(" They stopped %s after its start, before its end at %s.", say.Clock(end), say.Clock(last))
	}
	sum.Notes = append([]string{note}, sum.Notes...)
	return sum
}

func read(path string) (s Share, d *record.Delta, err error) {
	data, err := input.ReadFile(path, maxFile)
	if err != nil {
		return s, nil, err
	}
	return parse(data)
}

func parse(data []byte) (s Share, d *record.Delta, err error) {
	line, figures, ok := bytes.Cut(data, []byte("\n"))
	if !ok || len(line) > maxLine || !strings.HasPrefix(string(line), `{"lgd":`) {
		return s, nil, errors.New("it is not a file that a worker has left")
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, nil, fmt.Errorf("its first line is not as a worker writes it: %w", err)
	}
	if err := s.check(); err != nil {
		return s, nil, err
	}
	d, err = record.ParseDelta(figures)
	return s, d, err
}
