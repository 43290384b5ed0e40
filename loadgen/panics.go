package loadgen

import (
	"context"
	"errors"
	"fmt"
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

// panicError is a panic in the script.
type panicError struct {
	value any
	stack string // from the script's first line on
}

func (p *panicError) Error() string { return fmt.Sprint(p.value) }

// kindOf is how an error of the script is counted: its kind, and the stack of a panic.
func kindOf(err error) (kind, stack string) {
	if p, ok := err.(*panicError); ok {
		return "panic", p.stack
	}
	return "error", ""
}

// call runs do and turns a panic into an error.
func call(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, scriptStack()}
		}
	}()
	return do(ctx)
}

// readable returns err, or an error that says so if reading err panics, as a nil
// pointer to an error type does.
func readable(err error) (out error) {
	if err == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			out = fmt.Errorf("an error of type %T that panics when it is read: %v", err, p)
		}
	}()
	_, _ = err.Error(), errors.Is(err, errExited)
	return err
}

// errEarly is the exception of a place that is renewed and whose user has done nothing.
var errEarly = errors.New("the user left for good in its start hook; the next one in its place comes in a second")

// errExited is the error of a part of the script that ended its goroutine.
var errExited = errors.New("the script ended its goroutine (runtime.Goexit, for example by T.FailNow)")

// alone calls do on a separate goroutine, so that the run continues if do ends its
// goroutine. The error is readable, and names the limit of ctx if that has passed.
func alone(ctx context.Context, do func(context.Context) error) error {
	err := errExited
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = readable(call(ctx, do))
	}()
	<-done
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}
