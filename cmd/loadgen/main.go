// Loadgen works with the summary files that runs leave behind.
//
//	loadgen compare run1.json run2.json ...            runs with a baseline and an intervention each
//	loadgen compare new1.json ... --against old1.json  runs of a new version against runs of an old one
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

const usage = `loadgen works with the summary files that runs leave behind (--summary-file).

usage: loadgen compare RUN.json ...
           runs with a baseline and an intervention each
       loadgen compare NEW.json ... --against OLD.json
           runs of a new version against runs of an old one
       loadgen compare --help
       loadgen --version
`

func run(args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) > 0 && args[0] == "compare":
		return compareCommand(args[1:], stdout, stderr)
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
