package html_test

import (
	"testing"

	"github.com/gensim/load-generator/report/html"
)

// What requests waited for follows the operations, with a bar and the figures of each part.
func TestReportOfWhatRequestsWaitedFor(t *testing.T) {
	order(t, written(t, html.Options{}), "<h2>Operations ", "<h2>What requests waited for ", "<p class=\"muted\">Of the response times ", " was waiting for the target, ",
		`<i class="part is-tls"></i>TLS</th>`, `/api/todos</th><td><svg class="parts" aria-hidden="true"><rect class="part is-late" x="0.00%" width="`, `<span class="sub">`,
		"All operations</th>", "Blocked: too few connections.", "<h2>Response time statistics")
}
