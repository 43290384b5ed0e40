package cli

import (
	"io"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/web"
)

// tableEvery is the time between two tables while a run goes on.
const tableEvery = 2 * time.Second

// watch follows one run, second by second: log, progress, tables and files.
type watch struct {
	*load
	lines *narrator
	show  *progress
	table time.Duration // offset of the next table
}

// watch follows a run. The line of progress heads each table.
func (l *load) watch(lines *narrator) *watch {
	w := &watch{load: l, lines: lines, table: tableEvery}
	every := plainEvery
	if w.tables() {
		every = tableEvery
	}
	var plain io.Writer
	if l.inJSON() {
		plain = l.text
	}
	w.show = &progress{text: plain, screen: l.screen, width: l.width, every: every, next: every}
	return w
}

// snapshot looks at the state of the run.
func (w *watch) snapshot(s *report.Snapshot) {
	ending := w.control.State() == loadgen.Cleanup
	if changes := w.control.Info().Changes; w.lines.follow(s, changes) && w.values.resetStats && !w.lines.reset {
		w.lines.reset = true
		w.log.Info("Resetting stats")
		w.control.Reset()
	}
	tables := w.tables() && !ending && s.At >= w.table-time.Second/2
	if !tables && w.csv == nil {
		w.progress(s, ending)
		return
	}
	full := w.control.Snapshot(web.HistoryQuantiles()...)
	w.progress(s, ending)
	if tables {
		w.table = s.At.Round(time.Second) + tableEvery
		writeStats(w.text, full, w.width(), false)
	}
	if w.csv != nil {
		w.csv.add(w.control.Info().Start, full, w.log)
	}
}

// tables reports whether tables are printed while the run goes on.
func (w *watch) tables() bool {
	return !w.values.onlySummary && !w.inJSON() && (w.page == nil || w.values.printStats)
}

func (w *watch) progress(s *report.Snapshot, ending bool) {
	if !w.values.onlySummary && !ending {
		w.show.show(s)
	}
}
