package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gensim/load-generator/report/web"
	"github.com/gensim/load-generator/report/web/internal/fake"
)

// A program mounts the page in a server of its own. Without a Control it only
// shows the run.
func ExampleNew() {
	load := fake.New(fake.Todo(), nil) // stands for a controller
	page, err := web.New(load, web.Options{Title: "checkout"})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/load/", http.StripPrefix("/load", page))

	for _, path := range []string{"/load/", "/load/stats/requests", "/load/stop"} {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		fmt.Println(path, answer.Code)
	}
	// Output:
	// /load/ 200
	// /load/stats/requests 200
	// /load/stop 403
}

// WriteReport makes one file of a run.
func ExampleWriteReport() {
	load := fake.New(fake.Todo(), nil)
	_ = load.Start(web.Order{Users: 5, SpawnRate: 5})
	load.Advance(time.Minute)

	var file strings.Builder
	if err := web.WriteReport(&file, load.Summary(), web.ReportOptions{Title: "nightly"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(file.String(), "<h1>nightly</h1>"))
	// Output: true
}
