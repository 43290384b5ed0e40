package html

import (
	"bytes"
	"embed"
	"io"
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/internal/markup"
	"github.com/gensim/load-generator/report/internal/page"
	"github.com/gensim/load-generator/report/outline"
)

// Options are what a report shows in addition to the Summary. The zero value of
// each field leaves it out.
type Options struct {
	Title   string           // "": the Summary's name, or "Load test"
	Host    string           // the target
	Script  string           // what ran
	Theme   string           // "light" or "dark"; "": as the reader's system says
	Program string           // name and version of the program that writes it
	Changes []outline.Change // by hand, in time order
	Tasks   []outline.Task
	Now     time.Time // when it is written; zero: not shown as a date
	Streams int       // version of the random streams

	// Effect says what is judged; the zero value judges p95 of all operations
	// together. Comparison, if given, is shown in place of what effect.Analyze finds.
	Effect     effect.Options
	Comparison *effect.Report
	// Claims are the claims about the run, in any order; those that did not
	// hold are shown first, below the verdict. None: there is no such section.
	Claims []claim.Result
	// Live says that the run is not over: the report then gives values without
	// verdicts.
	Live bool
}

// placed is a row with the forest whose axis it is drawn on.
type placed struct {
	Forest any
	Row    forestRow
}

//go:embed assets
var assets embed.FS

// asset returns a file that is part of the program.
func asset(name string) []byte {
	data, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic("html: " + err.Error())
	}
	return data
}

// reportPage, its style and its script are the same for every report.
var (
	reportPage = markup.Must(string(asset("report.html")), map[string]markup.Func{
		"pair": func(args []any) any { return placed{args[0], args[1].(forestRow)} },
	})
	reportStyle  = sync.OnceValue(func() []byte { return append(page.Asset("base.css"), asset("report.css")...) })
	reportScript = sync.OnceValue(func() []byte { return bundle(reportModules) })
)

// Policy is the Content-Security-Policy of a report: it may run its own script and
// style, and load nothing. A server that sends a report sends it as a header too.
func Policy() string { return policyText() }

var policyText = sync.OnceValue(func() string {
	return "default-src 'none'; script-src " + digest(reportScript()) + "; style-src " + digest(reportStyle()) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
})

// Write writes the run as one HTML file that needs nothing else: the
// verdict, phases side by side, effects as intervals, charts, recovery,
// failures, the generator's health. It opens offline, in light and dark, and
// prints.
func Write(w io.Writer, s *report.Summary, o Options) error {
	var text bytes.Buffer
	if err := reportPage.Execute(&text, reportOf(s, o)); err != nil {
		return err
	}
	_, err := text.WriteTo(w)
	return err
}
