package cli

import (
	"io"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/locust"
)

// tableEvery is the time between two tables while a run goes on.
const tableEvery = 2 * time.Second

// watch follows one run, second by second: log, progress, tables and files.
type watch struct {
	load  *load
	lines *narrator
	show  *progress
	table time.Duration // offset of the next table
}

// watch follows a run. The line of progress heads each table.
func (l *load) watch(lines *narrator) *watch {
	s := l.session
	w := &watch{load: l, lines: lines, table: tableEvery}
	every := plainEvery
	if w.tables() {
		every = tableEvery
	}
	var plain io.Writer
	if s.inJSON() {
		plain = s.text
	}
	w.show = &progress{text: plain, screen: s.screen, width: s.process.width, every: every, next: every}
	return w
}

// snapshot looks at the state of the run.
func (w *watch) snapshot(s *report.Snapshot) {
	ending := w.load.control.State() == loadgen.Cleanup
	if changes := w.load.control.Info().Changes; w.lines.follow(s, changes) && w.load.values.output.resetStats.V && !w.lines.reset {
		w.lines.reset = true
		w.load.log.Info("Resetting stats")
		w.load.control.Reset()
	}
	tables := w.tables() && !ending && s.At >= w.table-time.Second/2
	if !tables && w.load.csv == nil {
		w.progress(s, ending)
		return
	}
	full := w.load.control.Snapshot(locust.Quantiles()...)
	w.progress(s, ending)
	if tables {
		w.table = s.At.Round(time.Second) + tableEvery
		locust.WriteStats(w.load.session.text, full, w.load.session.process.width(), false)
	}
	if w.load.csv != nil {
		w.load.csv.add(w.load.control.Info().Start, full, w.load.log)
	}
}

// tables reports whether tables are printed while the run goes on.
func (w *watch) tables() bool {
	return !w.load.values.output.onlySummary.V && !w.load.session.inJSON() && (w.load.page == nil || w.load.values.output.printStats.V)
}

func (w *watch) progress(s *report.Snapshot, ending bool) {
	if !w.load.values.output.onlySummary.V && !ending {
		w.show.show(s)
	}
}
