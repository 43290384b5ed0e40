package terminal

import (
	"bytes"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/internal/say"
)

func TestLogLine(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(NewLogHandler(&out, slog.LevelInfo, "shop"))
	log.Debug("not seen")
	log.With("a", 1).WithGroup("g").Warn("two\nlines \"quoted\"", "k", "a b", slog.Group("sub", "x", 1.5, "y", time.Second))
	line := out.String()
	assert.Regexp(t, `^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] \S+/WARNING/shop: two\\nlines "quoted" a=1 g\.k="a b" g\.sub\.x=1\.5 g\.sub\.y=1s\n$`, line)
	for level, name := range map[slog.Level]string{slog.LevelDebug: "DEBUG", slog.LevelInfo: "INFO", slog.LevelError: "ERROR", slog.LevelError + 4: "CRITICAL"} {
		assert.Equal(t, name, levelName(level))
	}
}

func TestLogOnATerminalPutsGroupsBelow(t *testing.T) {
	var out strings.Builder
	handler := NewLogHandler(&out, slog.LevelInfo, "shop")
	handler.Below = true
	slog.New(handler).Info("transition",
		slog.Group("to", "users", 50, slog.Group("weights", "list", 0.5), "rate", 2),
		slog.Group("figures", slog.Group("GET /x", "requests", 3)), "at", time.Second)
	_, text, _ := strings.Cut(out.String(), "shop: ")
	assert.Equal(t, "transition at=1s\n    to: users=50 rate=2\n    to.weights: list=0.5\n    figures.GET /x: requests=3\n", text)
}

// A phase of many tasks fits on a terminal; an attribute that does not stands on a line alone, whole.
func TestLinesBelowFitOnATerminal(t *testing.T) {
	var out strings.Builder
	handler := NewLogHandler(&out, slog.LevelInfo, "shop")
	handler.Below = true
	pace, kind := strings.Repeat("on and off ", 9), "käufer"
	var weights, want []any
	for i := range 20 {
		weights = append(weights, fmt.Sprintf("%s/task_%d", kind, i), .05)
		want = append(want, fmt.Sprintf("%s/task_%d=0.05", kind, i))
	}
	slog.New(handler).Info("run begins", slog.Group("phase", "users", 50, "pace", pace, slog.Group("weights", weights...)))
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	assert.Equal(t, []string{"    phase: users=50", "        pace=" + strconv.Quote(pace)}, lines[1:3])
	assert.True(t, strings.HasPrefix(lines[3], "    phase.weights: käufer/task_0=0.05 "), lines[3])
	assert.True(t, strings.HasPrefix(lines[4], "        käufer/task_3=0.05 "), lines[4])
	for _, line := range lines[3:] {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), say.Columns, line)
	}
	assert.Equal(t, fmt.Sprintln(want...), strings.Join(strings.Fields(strings.Join(lines[3:], " "))[1:], " ")+"\n", "nothing is lost")
}

// In a file each line says by itself when it was written and by whom.
func TestEachLineOfAFileIsWhole(t *testing.T) {
	var out strings.Builder
	handler := NewLogHandler(&out, slog.LevelInfo, "shop")
	handler.Below, handler.Whole = true, true
	slog.New(handler).Info("transition", slog.Group("to", "users", 50, slog.Group("weights", "list", 0.5)), "at", time.Second)
	prefix, _, _ := strings.Cut(out.String(), " transition")
	assert.Regexp(t, `^\[\d{4}-.*/INFO/shop:$`, prefix)
	assert.Equal(t, prefix+" transition at=1s\n"+prefix+"    to: users=50\n"+prefix+"    to.weights: list=0.5\n", out.String())
}

func TestShortLogLeavesGroupsOut(t *testing.T) {
	var out strings.Builder
	handler := NewLogHandler(&out, slog.LevelInfo, "shop")
	handler.Short = true
	slog.New(handler).Info("transition", slog.Group("to", "users", 50), "at", time.Second)
	assert.True(t, strings.HasSuffix(out.String(), "shop: transition at=1s\n"), out.String())
}
