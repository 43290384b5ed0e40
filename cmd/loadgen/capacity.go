package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/brief"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// ofSearches reports whether the first file is a search for a capacity.
func ofSearches(paths []string) bool {
	if len(paths) == 0 {
		return false
	}
	info, err := os.Stat(paths[0])
	if err != nil || !info.Mode().IsRegular() { // a pipe can be read once
		return false
	}
	file, err := os.Open(paths[0])
	if err != nil {
		return false
	}
	defer file.Close()
	return account.Is(file)
}

// searches compares two searches for a capacity: the first file is of before, or that of --against.
func (o *options) searches(stdout io.Writer) (code int, err error) {
	paths := slices.Concat(o.against.V, o.paths)
	for option := range o.table.All() {
		if known := []string{"against", "fail-on", "markdown", "json"}; option.Source().Given() && !slices.Contains(known, option.Flag) {
			return exitUsage, fmt.Errorf("--%s is about runs, and these are searches for a capacity; accepted: --%s", option.Flag, strings.Join(known, ", --"))
		}
	}
	if len(paths) != 2 {
		return exitUsage, fmt.Errorf("%s of a search for a capacity; want two, the one before and the one after", say.Plural(len(paths), "file"))
	}
	var both [2]*account.Search
	for i, path := range paths {
		if both[i], err = readSearch(path); err != nil {
			return exitUsage, fmt.Errorf("%s: %w", redact.Value(path), err)
		}
	}
	change, err := capacity.Compare(both[0].Sought(), both[1].Sought())
	if err == nil {
		err = o.writeChange(change, paths, both, stdout)
	}
	if err != nil {
		return exitFailed, err
	}
	switch {
	case o.rule == "never" || change.Verdict == effect.Better:
		return exitOK, nil
	case change.Verdict == effect.Worse:
		return exitBroken, fmt.Errorf("the capacity is worse (--fail-on %s)", o.rule)
	case o.rule == "unproven":
		return exitBroken, fmt.Errorf("no change of the capacity is seen (--fail-on %s)", o.rule)
	}
	return exitOK, nil
}

func readSearch(path string) (*account.Search, error) {
	file, err := input.Open(path, account.Largest)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return account.Read(file)
}

// writeChange writes the comparison in the forms asked for.
func (o *options) writeChange(c *capacity.Change, paths []string, both [2]*account.Search, stdout io.Writer) error {
	type side struct {
		File     string   `json:"file"`
		Seed     uint64   `json:"seed"`
		Sentence string   `json:"sentence"`
		Doubts   []string `json:"doubts,omitempty"`
	}
	var sides []side
	for i, s := range both {
		sides = append(sides, side{redact.Value(paths[i]), s.Seed, s.Sentence, s.Doubts()})
	}
	text := func(w io.Writer) error {
		var out strings.Builder
		out.WriteString(say.Wrap("", "  ", say.Printable(c.Sentence())))
		for _, s := range sides {
			out.WriteString("\n" + say.Wrap("", "  ", say.Printable(fmt.Sprintf("%s (seed %d): %s", s.File, s.Seed, s.Sentence))))
			for _, d := range s.Doubts {
				out.WriteString(say.Wrap("  ! ", "    ", say.Printable(d)))
			}
		}
		_, err := io.WriteString(w, out.String())
		return err
	}
	markdown := func(w io.Writer) error {
		var out strings.Builder
		fmt.Fprintf(&out, "# Capacities compared\n\n**%s**\n", brief.Escape(c.Sentence()))
		for _, s := range sides {
			fmt.Fprintf(&out, "\n- %s (seed %d): %s\n", brief.Escape(s.File), s.Seed, brief.Escape(s.Sentence))
			for _, d := range s.Doubts {
				fmt.Fprintf(&out, "  - ⚠️ %s\n", brief.Escape(d))
			}
		}
		_, err := io.WriteString(w, out.String())
		return err
	}
	asJSON := func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", " ")
		return encoder.Encode(struct {
			Kind     string           `json:"kind"`
			Version  int              `json:"version"`
			Sentence string           `json:"sentence"`
			Change   *capacity.Change `json:"change"`
			Searches []side           `json:"searches"`
		}{"capacity comparison", 1, c.Sentence(), c, sides})
	}
	if output.Stream(o.markdown) != 1 && output.Stream(o.json) != 1 {
		if err := text(stdout); err != nil {
			return err
		}
	}
	return errors.Join(put(o.markdown, stdout, markdown), put(o.json, stdout, asJSON))
}
