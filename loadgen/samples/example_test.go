package samples_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/loadgen/samples"
)

// A program that makes its own load. It waits for nothing: the file is complete when the run has ended.
func ExampleNew() {
	exporter, err := samples.New(samples.Config{File: filepath.Join(os.TempDir(), "run.json.gz")})
	fmt.Println(exporter, err != nil) // .json is not among the formats
	exporter, err = samples.New(samples.Config{File: filepath.Join(os.TempDir(), "run.jsonl.gz")})
	if err != nil {
		fmt.Println(err)
		return
	}
	var runner loadgen.Runner // with users, pace, schedule
	runner.Observer = exporter
	// Output: <nil> true
}

// A program of package loadgen/cli gets --samples and its variables.
func ExamplePart() {
	app := cli.App{
		Name:  "shop",
		Parts: []part.Part{samples.Part(samples.Config{})},
	}
	fmt.Println(app.Parts[0].Name, app.Parts[0].Options[0].Flag)
	// Output: Samples samples
}
