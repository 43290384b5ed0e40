// Command simulate measures the methods of package effect on simulated servers whose truth is known: how
// often they call noise an effect, how often their intervals hold the truth, and what they find.
// It writes its tables into docs/statistics.md, between the markers there.
//
//	go run ./report/effect/internal/simulate                # everything, 45 minutes of CPU time
//	go run ./report/effect/internal/simulate -size .1       # a tenth of the replications
//	go run ./report/effect/internal/simulate -only designs  # some tables, to the terminal
//
// The same seed and size give the same tables on any number of cores.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// settings say how much is simulated.
type settings struct {
	seed    uint64
	size    float64 // factor on the numbers of replications
	workers int
}

// reps returns a number of replications.
func (s settings) reps(full int) int { return max(8, int(s.size*float64(full))) }

// experiments are the tables in the order of the document.
var experiments = []struct {
	name string
	run  func(settings) string
}{
	{"alarms", alarms}, {"truth", truth}, {"metrics", metrics}, {"thin", thin}, {"mde", mde},
	{"settle", settle}, {"designs", designs}, {"hard", hard}, {"carry", carry}, {"factorial", factorial}, {"strata", strata}, {"same", same}, {"recovery", recoveryTimes},
	{"capacity", capacities}, {"others", others}, {"looks", watching},
}

// names are those of the tables.
func names() (out []string) {
	for _, e := range experiments {
		out = append(out, e.name)
	}
	return out
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

// run does what the arguments say.
func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	debug.SetGCPercent(800) // replications make much garbage and keep little
	s := settings{}
	flags.Uint64Var(&s.seed, "seed", 1, "seed of all replications")
	flags.Float64Var(&s.size, "size", 1, "factor on the numbers of replications")
	flags.IntVar(&s.workers, "workers", runtime.GOMAXPROCS(0), "replications at a time")
	only := flags.String("only", "", "comma-separated tables, written to stdout and not to the document")
	path := flags.String("doc", "docs/statistics.md", "document that has the markers")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *only != "" {
		return s.tables(strings.Split(*only, ","), stdout, stderr)
	}
	return s.document(*path, stderr)
}

// tables writes the tables that are named.
func (s settings) tables(wanted []string, stdout, stderr io.Writer) error {
	for _, name := range wanted {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("no table %q; want %s", name, strings.Join(names(), ", "))
		}
	}
	for _, e := range experiments {
		if slices.Contains(wanted, e.name) {
			fmt.Fprintln(stdout, s.time(e.name, e.run, stderr))
		}
	}
	return nil
}

// document puts all tables into a document. It is read again when they are there, so that it may be edited in
// the meantime.
func (s settings) document(path string, stderr io.Writer) error {
	tables := map[string]string{}
	if _, err := spliced(path, tables); err != nil {
		return err
	}
	for _, e := range experiments {
		tables[e.name] = s.time(e.name, e.run, stderr)
	}
	doc, err := spliced(path, tables)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(doc), 0o644)
}

// spliced returns a document with every table in its place.
func spliced(path string, tables map[string]string) (string, error) {
	text, err := os.ReadFile(path)
	doc := string(text)
	for _, e := range experiments {
		if err == nil {
			doc, err = splice(doc, e.name, tables[e.name])
		}
	}
	return doc, err
}

// time makes a table and says how long it took.
func (s settings) time(name string, table func(settings) string, stderr io.Writer) string {
	begun := time.Now()
	out := table(s)
	fmt.Fprintf(stderr, "%-9s %5.0f s\n", name, time.Since(begun).Seconds())
	return out
}

// splice replaces what stands between the markers of a table.
func splice(doc, name, table string) (string, error) {
	begin, end := "<!-- simulated: "+name+" -->\n", "<!-- end: "+name+" -->"
	from, to := strings.Index(doc, begin), strings.Index(doc, end)
	if from < 0 || to < from {
		return "", fmt.Errorf("the document has no markers for table %q", name)
	}
	return doc[:from+len(begin)] + table + doc[to:], nil
}
