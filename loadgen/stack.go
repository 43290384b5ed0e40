package loadgen

import (
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/gensim/load-generator/scenario"
)

// scriptStack is the stack of a panic, for the recover that caught it, from the
// script's first line on: reports show the top of a stack, and there stand the
// runtime and the engine. Where no line is the script's it is the whole stack.
func scriptStack() string { return fromScript(string(debug.Stack())) }

// fromScript leaves out the head of a stack as debug.Stack writes it: a line for
// the goroutine, then two for each frame, its function and its place.
func fromScript(stack string) string {
	lines := strings.SplitAfter(stack, "\n")
	library := libraryRoot(lines)
	for i := 1; i+1 < len(lines); i += 2 {
		if isScript(lines[i], strings.TrimSpace(lines[i+1]), library) {
			return strings.Join(lines[i:], "")
		}
	}
	return stack
}

// isScript says whether a frame is neither the runtime's, nor the engine's, nor
// the standard library's.
func isScript(function, place, library string) bool {
	file, _, _ := strings.Cut(place, ":")
	switch {
	case strings.HasPrefix(function, "panic("), strings.HasPrefix(function, "runtime."), strings.HasPrefix(function, "runtime/"):
		return false
	case strings.HasSuffix(file, "_test.go"): // package loadgen's own tests are scripts too
		return true
	case library != "" && strings.HasPrefix(place, library):
		return false
	}
	for _, own := range engine {
		if rest, ok := strings.CutPrefix(function, own); ok && strings.ContainsAny(rest[:1], "./") {
			return false
		}
	}
	return true
}

// engine are the packages that a script calls or is called by.
var engine = func() []string {
	here := reflect.TypeFor[Runner]().PkgPath()
	module := strings.TrimSuffix(here, "loadgen")
	return []string{here, reflect.TypeFor[scenario.Turn]().PkgPath(), module + "report", module + "dist", module + "phase"}
}()

// libraryRoot is the folder of the standard library's sources, as the stack
// writes it; "" where paths are trimmed.
func libraryRoot(lines []string) string {
	for _, line := range lines {
		if root, _, ok := strings.Cut(strings.TrimSpace(line), "runtime/debug/stack.go:"); ok && strings.HasPrefix(line, "\t") {
			return root
		}
	}
	return ""
}
