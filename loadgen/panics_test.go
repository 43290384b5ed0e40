package loadgen

import (
	"context"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// deepest panics in the script's own function.
func deepest(how string) {
	users := map[string]map[string]int{}["none"] // nil, which a linter does not see
	switch how {
	case "library":
		regexp.MustCompile(how[:0] + "(") // put together, so that no linter refuses what is to panic
	case "index":
		_ = make([]int, len(users))[len(how)]
	case "nil map":
		users["a"] = 1
	case "measured":
		_ = measure.Do(context.Background(), report.Op{Name: "x"}, func(context.Context) error { panic("measured") })
	case "again":
		defer func() { panic(recover()) }()
		panic("first")
	default:
		panic(how)
	}
}

// oneTask is a user of one task.
type oneTask [1]scenario.Task

// Tasks implements scenario.User.
func (o oneTask) Tasks() []scenario.Task { return o[:] }

// Whatever panics, the first line of the stack is the script's: that is where a
// reader looks, and reports show only the top.
func TestStacksStartAtTheScript(t *testing.T) {
	at := func(how string) scenario.Task {
		return scenario.Task{Name: how, Weight: 1, Do: func(context.Context) error { deepest(how); return nil }}
	}
	for _, how := range []string{"library", "index", "nil map", "measured", "again", "plain"} {
		if _, file, _, _ := runtime.Caller(0); how == "library" && !filepath.IsAbs(file) {
			continue // -trimpath: nothing separates the library's frames from a script's
		}
		sum := inBubble(t, Runner{
			NewUser: func(scenario.Env) (scenario.User, error) {
				return oneTask{at(how)}, nil
			},
			Schedule: phase.Schedule{{Name: "a", For: 5 * time.Second, Users: 1, Enter: phase.HookFunc(func(context.Context) error { deepest(how); return nil })}},
			Pace:     scenario.Between(time.Second, time.Second),
		})
		require.NotEmpty(t, sum.Exceptions, how)
		for _, e := range sum.Exceptions {
			assert.Equal(t, "panic", e.Kind, how)
			first, rest, _ := strings.Cut(e.Stack, "\n")
			assert.Contains(t, first, "loadgen.deepest", how)
			assert.Contains(t, strings.SplitN(rest, "\n", 2)[0], "panics_test.go:", how)
			if how == "again" {
				assert.GreaterOrEqual(t, strings.Count(e.Stack, "loadgen.deepest"), 2, "where it was thrown first stands further down")
			}
		}
	}
}

// Stacks as programs of others write them.
func TestStacksOfOtherModules(t *testing.T) {
	const (
		head   = "goroutine 7 [running]:\nruntime/debug.Stack()\n\t/go/src/runtime/debug/stack.go:26 +0x5e\n"
		engine = "github.com/gensim/load-generator/loadgen.call.func1()\n\t/mod/loadgen/worker.go:303 +0x3b\npanic({0x6d, 0x75})\n\t/go/src/runtime/panic.go:783 +0x132\n"
		user   = "main.(*shopper).pay(...)\n\t/home/me/main.go:12 +0x1\n"
		below  = "github.com/gensim/load-generator/loadgen.call(...)\n\t/mod/loadgen/worker.go:306 +0x1\n"
	)
	for name, stack := range map[string]string{
		"plain":   head + engine + user + below,
		"runtime": head + engine + "runtime.panicmem(...)\n\t/go/src/runtime/panic.go:262\nruntime.sigpanic()\n\t/go/src/runtime/signal_unix.go:925 +0x3\n" + user + below,
		"library": head + engine + "strings.Repeat({0x1, 0x2}, 0xff)\n\t/go/src/strings/strings.go:600 +0x1\n" + user + below,
		"client":  head + engine + "github.com/gensim/load-generator/loadgen/httpclient.(*Client).Get(...)\n\t/mod/loadgen/httpclient/client.go:1\n" + user + below,
	} {
		assert.Equal(t, user+below, fromScript(stack), name)
	}
	trimmed := strings.ReplaceAll(head+engine+user+below, "/go/src/", "")
	assert.Equal(t, user+below, fromScript(trimmed), "built with -trimpath")
	ours := "github.com/gensim/load-generator/todo.(*user).list(...)\n\t/mod/todo/user.go:12\n"
	assert.Equal(t, ours+below, fromScript(head+engine+ours+below), "a scenario of this module is a script")
	namesake := "github.com/gensim/load-generator/loadgenerous.f(...)\n\t/x/y.go:1\n"
	assert.Equal(t, namesake, fromScript(head+engine+namesake))
	assert.Equal(t, head+engine, fromScript(head+engine), "nothing of a script: all")
	assert.Empty(t, fromScript(""))
}
