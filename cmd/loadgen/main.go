// Loadgen works with the files that runs leave behind.
//
//	loadgen compare run1.json run2.json ...            runs with a baseline and an intervention each
//	loadgen compare new1.json ... --against old1.json  runs of a new version against runs of an old one
//	loadgen compare before.json after.json             two searches for a capacity
//	loadgen merge *.lgd > summary.json                 what workers left whose master was gone
//	loadgen report run.jsonl.gz > summary.json         the summary of a run again, of its samples
//
// Exit codes: 0 all is well, 3 the rule or a claim is broken, 1 the runs
// cannot be compared or the result cannot be written, 2 bad arguments or files.
package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitBroken = 3
)

// version and commit of a release are set by the linker, with -X main.version=v0.1.0.
var version, commit string

// versionLine is what --version prints; without a linker that sets it, the version is that of the module.
func versionLine() string {
	of := version
	if info, ok := debug.ReadBuildInfo(); ok {
		of = cmp.Or(of, info.Main.Version)
	}
	return fmt.Sprintf("loadgen %s (commit %s)", cmp.Or(of, "(devel)"), cmp.Or(commit, "unknown"))
}

const usage = `loadgen works with the files that runs leave behind (--summary-file, --journal, --samples).

usage: loadgen compare RUN.json ...
           runs with a baseline and an intervention each
       loadgen compare NEW.json ... --against OLD.json
           runs of a new version against runs of an old one
       loadgen compare BEFORE.json AFTER.json
           two searches for a capacity (--capacity)
       loadgen merge FILE.lgd ...
           one summary of what the workers of a run left whose master was gone
       loadgen report FILE
           the summary of a run again, of the file of its samples
       loadgen compare --help
       loadgen merge --help
       loadgen report --help
       loadgen --version
`

func run(args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) > 0 && args[0] == "compare":
		return compareCommand(args[1:], stdout, stderr)
	case len(args) > 0 && args[0] == "merge":
		return ofLeftovers().command(args[1:], stdout, stderr)
	case len(args) > 0 && args[0] == "report":
		return ofSamples().command(args[1:], stdout, stderr)
	case len(args) > 0 && (args[0] == "help" || args[0] == "-h" || args[0] == "--help"):
		fmt.Fprint(stdout, usage)
		return exitOK
	case len(args) > 0 && args[0] == "--version":
		fmt.Fprintln(stdout, versionLine())
		return exitOK
	case len(args) > 0:
		fmt.Fprintf(stderr, "loadgen: unknown command %q\n", args[0])
	}
	fmt.Fprint(stderr, usage)
	return exitUsage
}
