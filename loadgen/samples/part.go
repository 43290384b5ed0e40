package samples

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report/samplefile"
)

// PartName is part.Part.Name of Part.
const PartName = "Samples"

// Part returns the part that writes every request of the runs of a program of package loadgen/cli to a file. Its options
// replace what c says; c.Logger is the command's.
func Part(c Config) part.Part {
	p := &asPart{config: c}
	p.file.V = c.File
	return part.Part{
		Name:    PartName,
		Help:    "Every request of a run in a file, which \"loadgen report\" makes a summary of again.",
		Options: p.options(),
		Wanted:  p.wanted,
		Check:   p.check,
		Start:   p.start,
	}
}

// asPart is what a Part keeps.
type asPart struct {
	config Config // the program's, until an option says otherwise
	file   setting.Value[string]
}

func (p *asPart) options() []setting.Option {
	return []setting.Option{
		{Flag: "samples", Takes: "FILE", Env: []string{"LOAD_SAMPLES"}, Accepts: samplefile.Accepted,
			Help: "write every request to this file: .jsonl or .csv, with .gz or .zst after it if compressed; further runs get FILE-2 and so on", Set: setting.Into(&p.file, fileName)},
		{Flag: "samples-share", Takes: "SHARE", Env: []string{"LOAD_SAMPLES_SHARE"}, Accepts: "a share such as 1% or 0.01, above 0 and at most 100%",
			Help: "part of the requests to write, chosen by the seed; without it all, which a summary of the file needs", Set: setting.Var(&p.config.Share, share)},
		{Flag: "samples-limit", Takes: "SIZE", Env: []string{"LOAD_SAMPLES_LIMIT"}, Accepts: "a size of at least 2MB, such as 500MB, 10GB or 2GiB",
			Help: "largest file; requests that come later are counted and reported; without it 10 GB", Set: setting.Var(&p.config.Limit, size)},
	}
}

// fileName reads Config.File.
func fileName(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	_, err := samplefile.FormatOf(text)
	return setting.Accepted(text, err == nil)
}

// share reads Config.Share.
func share(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	x, err := setting.Float(strings.TrimSpace(number))
	if percent {
		x /= 100
	}
	return setting.Accepted(x, err == nil && x > 0 && x <= 1)
}

// size reads Config.Limit.
func size(text string) (int64, error) {
	number := strings.TrimRight(text, "BGKMTi")
	unit, known := map[string]float64{
		"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
	}[text[len(number):]]
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	x *= unit
	return setting.Accepted(int64(x), known && err == nil && x >= leastLimit && x <= 1e18)
}

// wanted: see part.Part.
func (p *asPart) wanted(bool) (bool, string) { return p.file.V != "", "" }

// where is how messages name the file.
func (p *asPart) where() string { return cmp.Or(p.file.Where(), "samples.Config.File") }

// check: see part.Part.
func (p *asPart) check() error {
	c := p.config
	c.File = p.file.V
	if err := place(c.File); err != nil && p.file.Given() {
		return &setting.Error{Where: p.where(), Problem: err.Error(), Accepts: "a file"}
	}
	return c.check()
}

// start: see part.Part.
func (p *asPart) start(_ context.Context, s part.Setup) (part.Running, error) {
	if s.Worker || s.Coordinates {
		return part.Running{}, &setting.Error{Where: p.where(), Problem: alone}
	}
	c := p.config
	c.File, c.Logger = p.file.V, s.Log
	unlock, err := output.Lock(c.File) // each run takes it again; here there is no load yet
	if err != nil {
		return part.Running{}, &setting.Error{Where: p.where(), Problem: err.Error(), Accepts: "a separate name for each run"}
	}
	unlock()
	e, err := New(c)
	if err != nil {
		return part.Running{}, err
	}
	return part.Running{Observer: e, Losses: e.Losses}, nil
}
