package html_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// TestReportOfWorkers reads the report of a run over four workers, of which one was lost and one was late. The file
// is kept as an artifact.
func TestReportOfWorkers(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	load.Fleet = 4
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(520 * time.Second)
	load.Lose(1, "no report for 3 s")
	load.Advance(time.Hour)
	var out bytes.Buffer
	require.NoError(t, html.Write(&out, load.Summary(), html.Options{}))
	text := out.String()
	require.NoError(t, os.WriteFile(filepath.Join(t.ArtifactDir(), "workers.html"), out.Bytes(), 0o644))
	order(t, text, `is-first">Worker lg-2 was lost at 8:40 (no report for 3 s): `, "No verdict on p95: ", "of the load of the intervention against 0 % of the baseline",
		"Worker lg-4 (1 of 4 of the load) was the bottleneck: its own lag p99 31 ms, max 120 ms, more than 5 % of the p95 of ",
		"<h2>Workers ", `<th scope="row" class="left opname">lg-2</th><td class="left bad">lost</td>`, `8:40<span class="sub">no report for 3 s</span>`,
		`lg-4</th><td class="left">stopped</td>`, `<td>95 %</td><td class="bad">31</td>`, "<td>-0.18 ± 0.18</td>",
		"<h2>Lost with workers</h2>", "<td>8,000</td><td>–</td><td>12.3 %</td>", "What no worker made is in no figure", "Processor of worker lg-4, the worst off")
	has(t, text, "Lost with a worker")
	has(t, text, "of the load of intervention (8,000 user-seconds) and 25 % of the load of recovery")
	slow := load.Summary()
	slow.Health.Bottleneck = "The generator was the bottleneck: it was late."
	out.Reset()
	require.NoError(t, html.Write(&out, slow, html.Options{}))
	order(t, out.String(), `is-first">Worker lg-2 was lost at 8:40`, `is-first">The generator was the bottleneck: it was late.`, "No verdict on p95: ", "Worker lg-4 (1 of 4")
	hasNot(t, text, "NaN")

	s := load.Summary()
	many := make([]report.Worker, 300)
	for i := range many {
		many[i] = s.Workers[0]
	}
	s.Workers = many
	out.Reset()
	require.NoError(t, html.Write(&out, s, html.Options{}))
	has(t, out.String(), "All 300 workers")
	hasNot(t, written(t, html.Options{}), "orkers")
}
