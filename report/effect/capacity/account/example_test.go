package account_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
)

// A claim may be broken at the lowest load already: then there is no capacity, and nothing to compare.
func Example() {
	asked, err := account.ParseClaim("p95 < 250ms")
	if err != nil {
		fmt.Println(err)
		return
	}
	search, err := asked.Ask(capacity.Search{From: 20, To: 1000, Time: 15 * time.Minute, Hold: 15 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := account.New(search, asked)
	var holds []capacity.Hold
	for {
		step, ok := search.Next(holds)
		if !ok {
			break
		}
		began := time.Duration(len(holds)) * step.For
		h := capacity.Hold{Load: step.Load, End: began + step.For, Seconds: []capacity.Second{{Count: 200, Sum: 180}}}
		holds = append(holds, h)
		a.Add(began, h, new(report.Summary))
	}
	more, err := claim.ParseAll("capacity > 150/s")
	if err != nil {
		fmt.Println(err)
		return
	}
	a.Conclude(search.Estimate(holds), more)

	var file bytes.Buffer
	if err := a.WriteJSON(&file); err != nil {
		fmt.Println(err)
		return
	}
	again, err := account.Read(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(again.Sentence)
	fmt.Println(again.Claims[0].Outcome)
	// Output:
	// No capacity: p95 < 250 ms does not hold at 20/s, the lowest load that was tried; start lower, or ask for less.
	// broken
}
