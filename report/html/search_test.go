package html_test

import (
	"bytes"
	"encoding/xml"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
	"github.com/gensim/load-generator/report/html"
)

// searched is the report of a search whose claim stops holding near a load, and the search.
func searched(t *testing.T, ends float64, claims ...string) (string, *account.Search) {
	t.Helper()
	asked := capacity.Claim{Below: 250, Op: report.Op{Method: "GET", Name: "/<b>"}}
	s, err := asked.Ask(capacity.Search{From: 20, To: 1000, Time: 15 * time.Minute, Hold: 15 * time.Second})
	require.NoError(t, err)
	list, err := claim.ParseAll(claims...)
	require.NoError(t, err)
	a := account.New(s, asked)
	a.Name, a.Host, a.Program, a.Seed = "shop <script>", "http://u:secret@shop", "shop v1", 7
	var holds []capacity.Hold
	for {
		step, ok := s.Next(holds)
		if !ok {
			break
		}
		began := time.Duration(len(holds)) * step.For
		h := capacity.Hold{Load: step.Load, End: began + step.For, Rate: step.Load, Busy: step.Load / 25, Value: 200, Flooded: step.Load > 1.1*ends}
		h.Seconds = []capacity.Second{{Count: 10 * step.Load, Sum: .5 * step.Load * math.Pow(step.Load/max(1, ends), 4)}}
		holds = append(holds, h)
		a.Add(began, h, &report.Summary{Seed: uint64(len(holds))})
	}
	a.Conclude(s.Estimate(holds), list)
	var out bytes.Buffer
	require.NoError(t, html.WriteSearch(&out, a, time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)))
	return out.String(), a
}

func TestTheReportOfASearch(t *testing.T) {
	text, a := searched(t, 100, "capacity > 50/s", "capacity > 500/s")
	order(t, text, "<title>shop &lt;script&gt;: capacity", "<strong>Capacity:</strong> GET /&lt;b&gt; p95 &lt; 250 ms holds up to ", "Claims", "is-broken", "capacity &gt; 500/s",
		`class="band"`, `class="limit"`, "limit 5 %", `class="at"`, `class="fit"`, `class="kept"`, `class="flood"`, "<h2>Loads", "20/s", "Scalability law", "Written by shop v1 on 2 January 2026 03:04 UTC")
	assert.Equal(t, 2*len(a.Holds), strings.Count(text, "<title>hold "), "each hold has its point, on wide and on narrow screens")
	hasNot(t, text, "secret")
	hasNot(t, text, "<script")
	hasNot(t, text, "NaN")
	hasNot(t, text, "Inf")
	from := strings.Index(text, `<svg viewBox="0 0 900`)
	drawing := text[from : from+strings.Index(text[from:], "</svg>")+len("</svg>")]
	var any struct{}
	assert.NoError(t, xml.Unmarshal([]byte(drawing), &any), "the drawing is sound")
}

// The interval's band has the capacity in it, and both lie within the drawing.
func TestTheBandIsTheInterval(t *testing.T) {
	text, a := searched(t, 100)
	var svg struct {
		Rect struct {
			X     float64 `xml:"x,attr"`
			Width float64 `xml:"width,attr"`
		} `xml:"rect"`
		Lines []struct {
			Class string  `xml:"class,attr"`
			X     float64 `xml:"x1,attr"`
		} `xml:"line"`
		Holds []struct {
			Class string  `xml:"class,attr"`
			X     float64 `xml:"cx,attr"`
			Y     float64 `xml:"cy,attr"`
		} `xml:"circle"`
	}
	from := strings.Index(text, `<svg viewBox="0 0 900`)
	require.NoError(t, xml.Unmarshal([]byte(text[from:from+strings.Index(text[from:], "</svg>")+len("</svg>")]), &svg))
	require.NotEmpty(t, svg.Lines)
	at := svg.Lines[len(svg.Lines)-1]
	assert.Equal(t, "at", at.Class)
	assert.LessOrEqual(t, svg.Rect.X, at.X)
	assert.GreaterOrEqual(t, svg.Rect.X+svg.Rect.Width, at.X)
	kept := 0
	for _, h := range svg.Holds {
		assert.True(t, h.X >= 64 && h.X <= 884 && h.Y >= 22 && h.Y <= 310, h)
		if h.Class == "kept" {
			kept++
		}
	}
	want := 0
	for _, p := range a.Result.Curve {
		want += p.Kept
	}
	assert.Equal(t, want, kept)
}

func TestTheReportOfASearchWithoutAnAnswer(t *testing.T) {
	text, _ := searched(t, 0)
	order(t, text, "is-unknown", "<strong>No capacity:</strong>", "does not hold at 20/s, the lowest load that was tried", "No scalability law")
	hasNot(t, text, `class="band"`)
	hasNot(t, text, "NaN")
}
