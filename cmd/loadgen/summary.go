package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/cluster/leftover"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/samplefile"
)

// summary is a command that makes the Summary of a run of other files, and its command line.
type summary struct {
	name string                                        // of the command
	make func(paths []string) (*report.Summary, error) // of at least one file
	said func(s *report.Summary) (notes []string)      // on standard error
	none string                                        // what is wrong without a file
	what string                                        // what another Summary must not replace
	only bool                                          // one file

	table *setting.Table
	paths []string
	place string // of the Summary; "": standard output
	help  setting.Value[bool]
}

// ofLeftovers is of what the workers of a run left whose master was gone.
func ofLeftovers() *summary {
	return &summary{
		name: "merge", none: "a worker whose master is gone leaves one in its --journal", what: "what a worker left",
		make: func(paths []string) (*report.Summary, error) { return leftover.Merge(paths...) },
		said: func(s *report.Summary) []string { return s.Notes[:1] }, // how much of the run it is
	}
}

// ofSamples is of a run's samples.
func ofSamples() *summary {
	return &summary{
		name: "report", none: "a run writes one with --samples FILE", what: "the samples", only: true,
		make: func(paths []string) (*report.Summary, error) { return samplefile.Summary(paths[0]) },
		said: func(s *report.Summary) []string { return s.Notes },
	}
}

// command returns the exit code, with a line that says why it is not 0.
func (c *summary) command(args []string, stdout, stderr io.Writer) int {
	c.table = setting.NewTable(setting.Section{Heading: "flags", Options: []setting.Option{
		{Flag: "summary-file", Takes: "FILE", Set: setting.Var(&c.place, setting.Text),
			Help: "write the summary to this file, and the report as text to standard output; without it the summary goes there"},
		{Flag: "help", Short: "h", Switch: true, Set: setting.Into(&c.help, setting.Bool), Help: "print this text and exit"},
	}})
	code, err := c.run(args, stdout, stderr)
	if err != nil {
		c.say(stderr, err.Error())
	}
	return code
}

func (c *summary) say(stderr io.Writer, text string) {
	fmt.Fprintf(stderr, "loadgen %s: %s\n", c.name, say.OneLine(text))
}

func (c *summary) run(args []string, stdout, stderr io.Writer) (code int, err error) {
	err = c.parse(args)
	if c.help.Given() {
		fmt.Fprint(stdout, usage)
		c.table.WriteHelp(stdout, nil)
		return exitOK, nil
	}
	if err != nil {
		return exitUsage, err
	}
	sum, err := c.make(c.paths)
	if err != nil {
		return exitUsage, err
	}
	if c.place == "" || output.Stream(c.place) == 1 {
		for _, note := range c.said(sum) {
			c.say(stderr, note)
		}
		err = sum.WriteJSON(stdout)
	} else if err = put(c.place, stdout, sum.WriteJSON); err == nil {
		err = sum.WriteText(stdout)
	}
	if err != nil {
		return exitFailed, err
	}
	return exitOK, nil
}

// parse reads the command line.
func (c *summary) parse(args []string) error {
	if err := c.table.Read(args, nil); err != nil {
		return err
	}
	for _, path := range c.table.Args() {
		c.paths = append(c.paths, input.Trim(path))
		if c.place != "" && output.Same(c.place, path) {
			return fmt.Errorf("the summary %q would replace %s; accepted: another file", c.place, c.what)
		}
	}
	switch {
	case len(c.paths) == 0:
		return errors.New("no file is given; " + c.none)
	case c.only && len(c.paths) > 1:
		return fmt.Errorf("%d files are given; accepted: that of one run", len(c.paths))
	}
	return nil
}
