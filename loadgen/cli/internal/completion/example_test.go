package completion_test

import (
	"os"

	"github.com/gensim/load-generator/loadgen/cli/internal/completion"
	"github.com/gensim/load-generator/loadgen/cli/setting"
)

func Example() {
	table := setting.NewTable(setting.Section{Options: []setting.Option{
		{Flag: "wire", Takes: "net/http|fast", Help: "what requests go over", Set: setting.Check(setting.Text)},
	}})
	_ = completion.Write(os.Stdout, "fish", "shop", []completion.Command{{Table: table}})
	// Output:
	// # Completion of shop in fish: shop completion fish | source
	// complete -c shop -f
	// complete -c shop -n 'true' -l wire -x -a 'net/http fast' -d 'what requests go over'
}
