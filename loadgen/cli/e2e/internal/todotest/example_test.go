package todotest_test

import (
	"fmt"
	"os/exec"

	"github.com/gensim/load-generator/loadgen/cli/e2e/internal/todotest"
)

func ExampleOutput() {
	var out todotest.Output
	cmd := exec.Command("go", "version")
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		fmt.Println(err)
	}
	line := <-out.Line("go version")
	fmt.Println(len(line) > 0, cmd.Wait())
	// Output: true <nil>
}
