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

// A program with its own scenario, and all flags, variables and exit codes
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

// A program builds its client from the settings, and may change what it gets.
func ExampleSettings_Client() {
	s := cli.Settings{Host: "http://localhost:8081", Timeout: 5 * time.Second, Wire: "net/http"}
	config := s.Client()
	fmt.Println(config.Host, config.Timeout, config.Wire)
	// Output: http://localhost:8081 5s net/http
}
