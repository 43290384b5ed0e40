package samplefile

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/report"
)

// Version is that of the schema, the value of Header.Version that this package writes and reads.
const Version = 1

// Header is the first record of a file.
type Header struct {
	Version  int                `json:"loadgen_samples"` // NewWriter sets it
	Run      string             `json:"run"`             // unlike that of any other run
	Name     string             `json:"name,omitempty"`
	Seed     uint64             `json:"seed"`
	Plan     string             `json:"plan_digest"`
	Start    time.Time          `json:"start"`           // wall clock at offset 0
	Share    float64            `json:"share,omitempty"` // of the requests that have a row, above 0 and below 1; 0: all
	Phases   []report.PhaseInfo `json:"phases"`
	Declared []report.Declared  `json:"declared,omitempty"` // transactions and figures that the script is known to have
}

// check reports what is not in the header of a file.
func (h *Header) check() error {
	switch {
	case h.Version != Version:
		return fmt.Errorf("it is of schema version %d, and this program reads %d", h.Version, Version)
	case len(h.Phases) == 0:
		return errors.New("it names no phases")
	case h.Share < 0 || h.Share >= 1:
		return fmt.Errorf("its share is %v; accepted: above 0 and below 1, or nothing", h.Share)
	}
	return nil
}

// End is the last record of a file. Times are offsets from the start of the run.
type End struct {
	End     time.Duration `json:"end_ns"`       // of the run
	Written int64         `json:"written"`      // rows
	LeftOut int64         `json:"left_out"`     // requests without a row because of Header.Share
	Dropped int64         `json:"dropped"`      // requests without one because the disk was too slow
	Beyond  int64         `json:"over_limit"`   // requests without one because the file had reached its limit
	Streams int           `json:"streams"`      // version of the random streams
	Notes   []string      `json:"notes"`        // sentences that a reader must see first
	Health  report.Health `json:"health"`       // of the generator
	LateS   []float64     `json:"hooks_late_s"` // by phase reached; see report.PhaseSummary.HooksLateS
	SetUp   *report.Chore `json:"set_up,omitempty"`
	Down    *report.Chore `json:"tear_down,omitempty"`
	State   []byte        `json:"state"` // see record.Recorder.Rest
}

// Missing is how many requests have no row though they should.
func (e *End) Missing() int64 { return e.Dropped + e.Beyond }

// Format is how a file is written.
type Format struct {
	CSV         bool   // else JSON lines
	Compression string // ".gz", ".zst" or "" for none
}

// Accepted says which names FormatOf accepts.
const Accepted = "a name that ends in .jsonl or .csv, with .gz or .zst after it for a compressed file"

// FormatOf returns the format of a file by its name.
func FormatOf(path string) (f Format, err error) {
	name := strings.ToLower(path)
	for _, c := range []string{".gz", ".zst"} {
		if rest, cut := strings.CutSuffix(name, c); cut {
			name, f.Compression = rest, c
		}
	}
	f.CSV = strings.HasSuffix(name, ".csv")
	if !f.CSV && !strings.HasSuffix(name, ".jsonl") {
		return f, fmt.Errorf("%q has no known format; accepted: %s", path, Accepted)
	}
	return f, nil
}

// columns are those of a CSV file, and the keys of a row of JSON.
const columns = "intended_ns,woken_ns,sent_ns,done_ns,kind,method,name,error,bytes,later"

// Limits of what is read: of a row, and of the first and last record, which hold the plan and the state, in bytes.
const (
	maxRow    = 64 << 10
	maxRecord = 256 << 20
)

// longest bounds the offsets of a row.
const longest = 366 * 24 * time.Hour
