//go:build browser

package browsertest

import (
	"bytes"
	"fmt"
	"image/png"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRowLinesRunThroughTheFirstColumn, which stays in place where a table is wider than its screen: on both sides of its
// edge the picture is the same from the head of the table to its foot, scrolled or not.
func TestRowLinesRunThroughTheFirstColumn(t *testing.T) {
	for _, theme := range []string{"light", "dark"} {
		t.Run(theme, func(t *testing.T) {
			load := halfway(t)
			p := open(t, serve(t, load, steered(load), ""), size{"narrow", 1280, 1200, 1, false}, theme)
			p.see(`document.querySelectorAll("#panel-statistics .sortable tbody tr").length === 5`)
			p.run(`document.querySelector("#panel-statistics .scroll").style.width = "800px"`) // narrow fonts would fit
			require.True(t, ask[bool](p, `(() => { const n = document.querySelector("#panel-statistics .scroll"); return n.scrollWidth > n.clientWidth; })()`), "it scrolls")
			p.run(`document.querySelectorAll("#panel-statistics table *").forEach((n) => { n.style.color = "transparent"; if (n.matches(".range")) n.style.visibility = "hidden"; })`)
			for i := range 10 { // what is above may end anywhere
				p.run(fmt.Sprintf(`document.querySelector("#panel-statistics").style.paddingTop = "%d.%dpx"; document.querySelector("#panel-statistics .scroll").scrollLeft = %d`, i, i, 3*i))
				edge := ask[[]float64](p, `(() => { const [table, cell] = ["table", "tbody th"].map((s) => document.querySelector("#panel-statistics " + s).getBoundingClientRect()); return [cell.right, table.top, table.bottom]; })()`)
				picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
				require.NoError(t, err)
				seen, err := png.Decode(bytes.NewReader(picture))
				require.NoError(t, err)
				var left, right []int // where there is a line
				ground := seen.At(int(edge[0])-4, int(edge[1])+10)
				for y := int(edge[1]) + 2; y < int(edge[2])-2; y++ {
					if seen.At(int(edge[0])-4, y) != ground {
						left = append(left, y)
					}
					if seen.At(int(edge[0])+4, y) != ground {
						right = append(right, y)
					}
				}
				assert.Len(t, left, 6, "below the head and five rows")
				assert.Equal(t, right, left, "%d", i)
			}
			p.shot("row-lines-" + theme)
		})
	}
}
