package setting_test

import (
	"fmt"
	"os"
	"time"

	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// A table reads two settings: a variable beats the default, and a flag would
// beat both.
func Example() {
	var pause setting.Value[time.Duration]
	var users setting.Value[int]
	table := setting.NewTable(setting.Section{Heading: "Load", Options: []setting.Option{
		{Flag: "pause", Env: []string{"LOAD_PAUSE"}, Default: "250ms", Help: "pause between two pages",
			Accepts: "a time such as 250ms or 1.5s", Set: setting.Into(&pause, setting.Duration)},
		{Flag: "users", Short: "u", Env: []string{"LOAD_USERS"}, Help: "users of the run", Set: setting.Into(&users, setting.AtLeast(1))},
	}})
	err := table.Read([]string{"--users=20"}, map[string]string{"LOAD_USERS": "10"})
	fmt.Println(err)
	fmt.Println(pause.V, pause.Given(), pause.Where())
	fmt.Println(users.V, users.Given(), users.Where())
	table.WriteHelp(os.Stdout, nil)
	// Output:
	// <nil>
	// 250ms false --pause="250ms"
	// 20 true --users="20"
	//
	// Load:
	//       --pause VALUE           pause between two pages [LOAD_PAUSE] (default
	//                               250ms)
	//   -u, --users VALUE           users of the run [LOAD_USERS]
}

// A plain variable, without its source.
func ExampleVar() {
	var pause time.Duration
	set := setting.Var(&pause, setting.Duration)
	for _, text := range []string{"250ms", "1.5s", "2", "soon"} {
		fmt.Println(set.Set(text), pause)
	}
	// Output:
	// <nil> 250ms
	// <nil> 1.5s
	// <nil> 2s
	// not accepted 2s
}
