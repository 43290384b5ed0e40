package lines_test

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/gensim/load-generator/loadgen/cluster/internal/lines"
)

// A worker logs more at once than is sent.
func Example() {
	var here lines.Pending
	log := slog.New(slog.NewTextHandler(&here, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	log.Warn("first")
	for range 10 {
		log.Warn(strings.Repeat("more ", 200))
	}

	var there lines.Logs
	list, before, dropped := here.Next()
	there.Add("worker-1", "process", list, before, dropped)
	here.Sent(before + int64(len(list)))
	fmt.Println(len(list), dropped)
	shown := there.Lines()["worker-1"]
	fmt.Println(shown[len(shown)-1])
	// Output:
	// 9 2
	// (too many lines at once, of which this worker did not send 2)
}
