package web

import (
	"net/http"
	"os"
	"strconv"

	"github.com/gensim/load-generator/report/locust"
)

// requestsCSV is _stats.csv as it stands.
func (h *Handler) requestsCSV(w http.ResponseWriter, _ *http.Request) {
	attach(w, "text/csv", h.attachment("_requests.csv"))
	_ = locust.WriteLiveRequestsCSV(w, h.snapshot()) // a client that has gone away misses nothing
}

// failuresCSV is _failures.csv as it stands.
func (h *Handler) failuresCSV(w http.ResponseWriter, _ *http.Request) {
	attach(w, "text/csv", h.attachment("_failures.csv"))
	_ = locust.WriteLiveFailuresCSV(w, h.glance(), h.source.Run().Start)
}

// exceptionsCSV is _exceptions.csv as it stands.
func (h *Handler) exceptionsCSV(w http.ResponseWriter, _ *http.Request) {
	attach(w, "text/csv", h.attachment("_exceptions.csv"))
	_ = locust.WriteLiveExceptionsCSV(w, h.glance())
}

// ownCSV is one of the files of locust.OwnFiles as it stands.
func (h *Handler) ownCSV(w http.ResponseWriter, r *http.Request) {
	for _, own := range locust.LiveOwnFiles(h.snapshot()) {
		if own.Name == r.PathValue("file") {
			attach(w, "text/csv", h.attachment("_"+own.Name+".csv"))
			_ = own.Write(w)
			return
		}
	}
	http.NotFound(w, r)
}

// historyCSV serves the file that the program writes.
func (h *Handler) historyCSV(w http.ResponseWriter, r *http.Request) {
	file, err := os.Open(h.o.HistoryFile)
	if err != nil {
		http.Error(w, "There is no history file: start the program with --csv and --csv-full-history.", http.StatusNotFound)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		http.Error(w, "The history file cannot be read.", http.StatusNotFound)
		return
	}
	attach(w, "text/csv; charset=utf-8", h.attachment("_requests_full_history.csv"))
	w.Header().Set("ETag", `"`+strconv.FormatInt(info.ModTime().UnixNano(), 36)+"-"+strconv.FormatInt(info.Size(), 36)+`"`)
	http.ServeContent(w, r, "", info.ModTime(), file)
}
