package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// A program mounts the page in its own server. Without a Control it only
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
