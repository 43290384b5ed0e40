package part_test

import (
	"context"
	"fmt"

	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
)

// caller is a part of a program's own: with --call NAME somebody hears what each run came
// to.
func caller() part.Part {
	var name setting.Value[string]
	return part.Part{
		Name: "Caller",
		Options: []setting.Option{{Flag: "call", Env: []string{"LOAD_CALL"},
			Help: "who is to hear what a run came to", Set: setting.Into(&name, setting.Text)}},
		Start: func(_ context.Context, s part.Setup) (part.Running, error) {
			return part.Running{Conclude: func(_ context.Context, c part.Conclusion) {
				fmt.Printf("%s, %s says: %s\n", name.V, s.Program, c.Text)
			}}, nil
		},
	}
}

// A program takes it with cli.App{Parts: []part.Part{caller()}}; what follows is what the
// command then does.
func ExamplePart() {
	p, ctx := caller(), context.Background()
	table := setting.NewTable(setting.Section{Heading: p.Name, Options: p.Options})
	if err := table.Read([]string{"--call", "Ann"}, nil); err != nil {
		fmt.Println(err)
	}
	running, err := p.Start(ctx, part.Setup{Program: "shop"})
	if err != nil {
		fmt.Println(err)
	}
	running.Conclude(ctx, part.Conclusion{Passed: true, Text: "All claims hold."})
	// Output: Ann, shop says: All claims hold.
}
