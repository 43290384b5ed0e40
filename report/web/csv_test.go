package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

func TestCSVAddresses(t *testing.T) {
	load, s := running(t, 60*time.Second)
	load.Panic("panic", "boom", "stack")
	for path, header := range map[string]string{
		"/stats/requests/csv": "Type,Name,Request Count,", "/stats/failures/csv": "Method,Name,Error,", "/exceptions/csv": "Count,Message,Traceback,",
	} {
		a := s.get(path)
		assert.Equal(t, "text/csv", a.header.Get("Content-Type"), path)
		assert.True(t, strings.HasPrefix(a.body, header), a.body)
		what := strings.Split(path, "/")[len(strings.Split(path, "/"))-2]
		assert.Regexp(t, `^attachment; filename="Locust_\d{4}-\d\d-\d\d-\d\dh\d\d_todo.py_http___todo-backend_8081_`+what+`\.csv"$`, a.header.Get("Content-Disposition"))
	}
	rows := table(t, s.get("/stats/requests/csv").body)
	assert.Equal(t, "Aggregated", rows[len(rows)-1][1])
	live := s.get("/stats/requests").object(t)["stats"].([]any)
	for i, row := range live {
		assert.Equal(t, fmt.Sprint(row.(map[string]any)["num_requests"]), rows[i][2], "the file agrees with the address")
	}
}

func TestHistoryAddress(t *testing.T) {
	const historyFile = "Timestamp,User Count\r\n"
	load := fake.New(fake.Todo(), nil)
	a := serve(t, load, web.Options{}).get("/stats/requests_full_history/csv")
	assert.Equal(t, 404, a.code)
	assert.Contains(t, a.body, "--csv-full-history")

	file := filepath.Join(t.TempDir(), "x_stats_history.csv")
	require.NoError(t, os.WriteFile(file, []byte(historyFile), 0o644))
	s := serve(t, load, web.Options{HistoryFile: file})
	a = s.get("/stats/requests_full_history/csv")
	assert.Equal(t, 200, a.code)
	assert.Equal(t, historyFile, a.body)
	assert.Equal(t, "text/csv; charset=utf-8", a.header.Get("Content-Type"))
	assert.Equal(t, 304, s.get("/stats/requests_full_history/csv", "If-None-Match", a.header.Get("ETag")).code)
	assert.Equal(t, 404, serve(t, load, web.Options{HistoryFile: t.TempDir()}).get("/stats/requests_full_history/csv").code, "a folder is not a file")
}
