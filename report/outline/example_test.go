package outline_test

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/report/outline"
)

// Something other than a Controller that makes load describes it like this.
func Example() {
	run := outline.Run{
		Number: 1, Host: "http://localhost:8081",
		Changes: []outline.Change{{At: time.Minute, Text: "80 users by hand"}},
		Tasks:   []outline.Task{{Name: "list", Share: .4}, {Name: "add", Share: .6}},
	}
	fmt.Println(run.Changes[0].At, run.Changes[0].Text)
	// Output: 1m0s 80 users by hand
}
