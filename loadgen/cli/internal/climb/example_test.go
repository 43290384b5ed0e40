package climb_test

import (
	"fmt"
	"time"

	"github.com/gensim/load-generator/loadgen/cli/internal/climb"
	"github.com/gensim/load-generator/loadgen/cli/setting"
)

func ExampleValues_Search() {
	var v climb.Values
	table := setting.NewTable(setting.Section{Options: v.Options(time.ParseDuration)})
	if err := table.Read([]string{"--capacity", "p95 < 250ms", "--capacity-from", "20/s"}, nil); err != nil {
		fmt.Println(err)
	}
	search, err := v.Search(0, nil)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(climb.Plan(search)[0])
	// Output: Search for the highest load at which p95 < 250 ms holds: single tasks that arrive at random times, from 20/s to 10,000/s, for 15m.
}
