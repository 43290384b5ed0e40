package locust

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gensim/load-generator/report"
)

// The headers of Locust's files.
var (
	requestColumns = append([]string{"Type", "Name", "Request Count", "Failure Count", "Median Response Time",
		"Average Response Time", "Min Response Time", "Max Response Time", "Average Content Size",
		"Requests/s", "Failures/s"}, tableColumns...)
	failureColumns   = []string{"Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen"}
	exceptionColumns = []string{"Count", "Message", "Traceback", "Nodes"}
	historyColumns   = append(append([]string{"Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s"},
		tableColumns...), "Total Request Count", "Total Failure Count", "Total Median Response Time",
		"Total Average Response Time", "Total Min Response Time", "Total Max Response Time", "Total Average Content Size")
)

// WriteRequestsCSV writes Locust's _stats.csv of a run: a row for each
// operation, the Aggregated one last. Times are in ms, sizes in bytes.
func WriteRequestsCSV(w io.Writer, s *report.Summary) error { return writeRequests(w, finalRows(s)) }

// WriteFailuresCSV writes Locust's _failures.csv of a run.
func WriteFailuresCSV(w io.Writer, s *report.Summary) error {
	return writeFailures(w, merged(s.Failures), s.Start)
}

// WriteExceptionsCSV writes Locust's _exceptions.csv of a run.
func WriteExceptionsCSV(w io.Writer, s *report.Summary) error {
	return writeExceptions(w, s.Exceptions)
}

// WriteLiveRequestsCSV is WriteRequestsCSV during a run. s, which may
// be nil before the first run, must hold the quantiles of [Quantiles].
func WriteLiveRequestsCSV(w io.Writer, s *report.Snapshot) error {
	return writeRequests(w, liveRows(s))
}

// WriteLiveFailuresCSV is WriteFailuresCSV during a run that started at start.
func WriteLiveFailuresCSV(w io.Writer, s *report.Snapshot, start time.Time) error {
	return writeFailures(w, report.AnyoneFailed(orEmpty(s).Failures), start)
}

// WriteLiveExceptionsCSV is WriteExceptionsCSV during a run.
func WriteLiveExceptionsCSV(w io.Writer, s *report.Snapshot) error {
	return writeExceptions(w, orEmpty(s).Exceptions)
}

func writeRequests(w io.Writer, rows []report.Live) error {
	out := newSheet(w, requestColumns)
	for i := range rows {
		out.add(requestCells(&rows[i]))
	}
	return out.flush()
}

// requestCells are the columns of a row.
func requestCells(r *report.Live) []string {
	return append([]string{
		text(r.Op.Method), text(r.Op.Name), whole64(r.Requests), whole64(r.Failures),
		strconv.Itoa(whole(r.Quantiles[at50])), real(finite(r.Timed.Mean)), real(finite(r.Timed.Min)), real(finite(r.Timed.Max)),
		real(size(r)), real(r.RPS), real(failed(r)),
	}, percentiles(r)...)
}

// percentiles are whole ms, "N/A" before the first request.
func percentiles(r *report.Live) []string {
	out := make([]string, len(tableQuantiles))
	for i := range out {
		out[i] = "N/A"
		if m := r.Quantiles[i]; r.Requests > 0 && m.IsFinite() {
			out[i] = strconv.Itoa(whole(m))
		}
	}
	return out
}

func writeFailures(w io.Writer, failures []report.Failure, start time.Time) error {
	out := newSheet(w, failureColumns)
	for _, f := range failures {
		out.add([]string{text(f.Method), text(f.Name), text(f.Reason), whole64(f.Occurrences), clock(start, f.FirstS), clock(start, f.LastS)})
	}
	return out.flush()
}

// merged makes one row of a reason in all phases.
func merged(failures []report.Failure) []report.Failure {
	failures = slices.Clone(failures)
	for i := range failures {
		failures[i].Phase = ""
	}
	return report.AnyoneFailed(failures)
}

// clock is a wall clock time, UTC.
func clock(start time.Time, offset float64) string {
	return start.Add(time.Duration(offset * float64(time.Second))).UTC().Format(time.DateTime)
}

func writeExceptions(w io.Writer, exceptions []report.Exception) error {
	out := newSheet(w, exceptionColumns)
	for _, x := range exceptions {
		out.add([]string{whole64(x.Occurrences), text(exceptionText(x)), text(x.Stack), "local"})
	}
	return out.flush()
}

// sheet writes lines that end in CRLF.
type sheet struct {
	w   *csv.Writer
	err error
}

func newSheet(w io.Writer, header []string) *sheet {
	s := &sheet{w: csv.NewWriter(w)}
	s.w.UseCRLF = true
	s.add(header)
	return s
}

func (s *sheet) add(cells []string) {
	if s.err == nil {
		s.err = s.w.Write(cells)
	}
}

func (s *sheet) flush() error {
	s.w.Flush()
	if s.err == nil {
		s.err = s.w.Error()
	}
	return s.err
}

// text keeps a spreadsheet from taking a name or an error text for a formula,
// also one that passes over what cannot be seen, or reads wide signs. A terminal
// gets no control character but tabs and line breaks.
func text(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\t' && c != '\r' && c != '\n' {
			return unicode.ReplacementChar
		}
		return c
	}, s)
	seen := strings.TrimLeftFunc(s, func(c rune) bool { return c == ' ' || !unicode.IsPrint(c) })
	first, _ := utf8.DecodeRuneInString(seen)
	if seen != "" && strings.ContainsRune("=+-@＝＋－＠", first) || s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

func whole64(n int64) string { return strconv.FormatInt(n, 10) }
func real(v float64) string  { return strconv.FormatFloat(v, 'f', -1, 64) }
func six(v float64) string   { return strconv.FormatFloat(v, 'f', 6, 64) }
