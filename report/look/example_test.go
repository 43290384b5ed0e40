package look_test

import (
	"fmt"

	"github.com/gensim/load-generator/report/look"
)

func Example() {
	plan := look.Plan{Planned: []look.Look{{AtS: 395, Information: .4}, {AtS: 600, Information: 1}}}
	at, _ := plan.Next(plan.Made(400))
	fmt.Println(plan.Made(400), "look up to 400 s, the next one at", at, "s, the end at", plan.EndS(), "s")

	forever := look.Plan{Planned: []look.Look{{AtS: 395}}, EveryS: 30}
	at, _ = forever.Next(forever.Made(430))
	fmt.Println(forever.Made(430), "looks up to 430 s, the next one at", at, "s")
	// Output:
	// 1 look up to 400 s, the next one at 600 s, the end at 600 s
	// 2 looks up to 430 s, the next one at 455 s
}
