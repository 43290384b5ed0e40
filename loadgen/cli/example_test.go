package cli_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/scenario"
)

type visitor struct{ web *httpclient.Client }

func (v visitor) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "front page", Weight: 1, Do: func(ctx context.Context) error {
		return v.web.Get(ctx, "/").Err()
	}}}
}

// A program with a scenario of its own, and all flags, variables and exit codes
// of this package.
func ExampleMain() {
	cli.Main(cli.App{
		Name: "visit",
		User: "Visitor",
		New: func(_ context.Context, s cli.Settings) (*cli.Job, error) {
			web, err := httpclient.New(s.Client())
			if err != nil {
				return nil, err
			}
			return &cli.Job{Client: web, NewUser: func(env scenario.Env) (scenario.User, error) {
				return visitor{web.Session()}, nil
			}}, nil
		},
	})
}

// An option of the program's own: a flag, a variable, a default, and the
// function that reads its text.
func ExampleVar() {
	var pause time.Duration
	option := cli.Option{
		Flag: "pause", Env: []string{"LOAD_PAUSE"}, Default: "250ms",
		Help: "pause between two pages", Accepts: "a time such as 250ms or 1.5s",
		Set: cli.Var(&pause, cli.Duration),
	}
	for _, text := range []string{option.Default, "1.5s", "2", "soon"} {
		fmt.Println(option.Set(text), pause)
	}
	// Output:
	// <nil> 250ms
	// <nil> 1.5s
	// <nil> 2s
	// not accepted 2s
}
