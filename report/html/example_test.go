package html_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// Write makes one file of a run.
func ExampleWrite() {
	load := fake.New(fake.Todo(), nil)
	_ = load.Start(web.Order{Users: 5, SpawnRate: 5})
	load.Advance(time.Minute)

	var file strings.Builder
	if err := html.Write(&file, load.Summary(), html.Options{Title: "nightly"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(file.String(), "<h1>nightly</h1>"))
	// Output: true
}
