package html_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report/html"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// Transactions, requests by tag and figures of the script have separate tables, in total and by phase, and are not among the operations.
func TestReportOfTransactionsAndFigures(t *testing.T) {
	load := fake.New(fake.Todo(), fake.Schedule())
	load.Own = true
	require.NoError(t, load.Start(web.Order{Planned: true}))
	load.Advance(time.Hour)
	var out bytes.Buffer
	require.NoError(t, html.Write(&out, load.Summary(), html.Options{}))
	order(t, out.String(), "<h2>Operations ", "<h2>Transactions <small>in no count of requests</small></h2>", `opname">checkout</th><td>960</td><td class="bad fails">10 %</td>`,
		"<h2>Requests by tag ", `opname">GET /api/todos {region=&lt;b&gt;}</th>`, "<h2>Figures of the script ", `opname">wins</th><td>2,880</td><td>3</td>`,
		`opname">title ok</th><td>720 of 960</td>`, `opname">basket [EUR]</th><td>960</td>`, "<summary>Transactions in baseline</summary>", "<summary>Figures of the script in recovery</summary>",
		"<h2>Failures</h2>", "POST /orders: http 503")
	hasNot(t, written(t, html.Options{}), "Figures of the script")
}
