package html

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
	"github.com/gensim/load-generator/report/internal/markup"
	"github.com/gensim/load-generator/report/internal/page"
)

var (
	searchPage  = sync.OnceValue(func() *markup.Template { return markup.Must(string(asset("search.html")), nil) })
	searchStyle = sync.OnceValue(func() []byte {
		return slices.Concat(page.Asset("base.css"), asset("report.css"), asset("search.css"))
	})
)

// WriteSearch writes a search for a capacity as one HTML file that needs nothing else: the sentence, what to know before
// believing it, claims, the curve as a chart and a table, the scalability law. now is when it is written.
func WriteSearch(w io.Writer, s *account.Search, now time.Time) error {
	var text bytes.Buffer
	if err := searchPage().Execute(&text, searchOf(s, now)); err != nil {
		return err
	}
	_, err := text.WriteTo(w)
	return err
}

// searchView is what the template shows.
type searchView struct {
	Policy, Style           markup.Raw
	Title, Program, Written string
	Kind, About, Word, Rest string
	Meta, Doubts, Law       []string
	Claims                  *claimsSection
	Chart                   *curveChart
	Rows                    []account.Row
	Note                    string
}

func searchOf(s *account.Search, now time.Time) searchView {
	style := searchStyle()
	v := searchView{
		Policy: markup.Raw("default-src 'none'; style-src " + digest(style) + "; img-src data:; base-uri 'none'; form-action 'none'"),
		Style:  markup.Raw(style), Title: s.Name, Program: s.Program, Written: now.Format("2 January 2006 15:04 MST"),
		Kind: "unknown", About: fmt.Sprintf("The highest load at which %s holds, sought from %s to %s", s.Asked.Claim, s.Load(s.Asked.From), s.Load(s.Asked.To)),
		Doubts: s.Doubts(), Law: s.LawText(), Rows: s.Rows(), Claims: claimsOf(s.Claims, true), Note: s.Note(),
	}
	if s.Result.Outcome == capacity.Found {
		v.Kind = "better"
	}
	v.Word, v.Rest, _ = strings.Cut(s.Sentence, ":")
	v.Word += ":"
	v.Meta = []string{s.Start.Format("2 January 2006 15:04 MST"), say.ClockS(s.EndS), say.Plural(len(s.Holds), "hold"), "seed " + strconv.FormatUint(s.Seed, 10)}
	if s.Host != "" {
		v.Meta = append(v.Meta, redact.Address(s.Host))
	}
	if len(s.Holds) > 0 && len(s.Result.Curve) > 0 {
		v.Chart = chartOf(s)
	}
	return v
}

// curveChart is the curve as places in the drawing.
type curveChart struct {
	Width, Height  string
	Label, Caption string
	Band           *curveBox
	At             *curveLine
	Limit          curveLine
	XTicks, YTicks []curveLine
	Fit            string
	Points         []curvePoint
}

type curveBox struct{ X, Y, W, H string }

// curveLine is a line with a text at TX, TY.
type curveLine struct{ X1, Y1, X2, Y2, TX, TY, Text string }

// curvePoint is a hold; Flood is the path of its triangle.
type curvePoint struct{ X, Y, Class, Flood, Title string }

// The drawing, in its units.
const (
	curveWidth, curveHeight = 900, 340
	curveLeft, curveRight   = 64, 16
	curveTop, curveBottom   = 22, 30
	curveReach              = 4 // times the limit that the axis shows at most
)

// scales place loads, in logs, and means.
type scales struct{ low, high, top float64 }

func (c *scales) x(load float64) float64 {
	share := math.Log(load/c.low) / math.Log(c.high/c.low)
	return curveLeft + min(1, max(0, share))*(curveWidth-curveLeft-curveRight)
}

func (c *scales) y(mean float64) float64 {
	return curveHeight - curveBottom - min(1, max(0, mean/c.top))*(curveHeight-curveTop-curveBottom)
}

func place(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

func chartOf(s *account.Search) *curveChart {
	r := s.Result
	first, last := r.Curve[0].Load, r.Curve[len(r.Curve)-1].Load
	c := &scales{low: first / 1.1, high: last * 1.1, top: 1.5 * r.Limit}
	for _, p := range r.Curve {
		c.top = max(c.top, min(1.05*p.Mean, curveReach*r.Limit))
	}
	base, roof := place(curveHeight-curveBottom), place(curveTop)
	v := &curveChart{
		Width: strconv.Itoa(curveWidth), Height: strconv.Itoa(curveHeight), Label: s.Sentence,
		Caption: "each hold by its load; what is above the axis is drawn at its top",
	}
	if r.Outcome == capacity.Found {
		low, high := c.x(max(r.Low, c.low)), c.x(min(r.High, c.high))
		v.Band = &curveBox{place(low), roof, place(max(1, high-low)), place(curveHeight - curveTop - curveBottom)}
		at := place(c.x(r.Capacity))
		v.At = &curveLine{X1: at, X2: at, Y1: roof, Y2: base}
	}
	v.axes(s, c)
	var fit []string
	for _, p := range r.Curve {
		fit = append(fit, place(c.x(p.Load))+","+place(c.y(p.Fitted)))
	}
	v.Fit = strings.Join(fit, " ")
	for i := range s.Holds {
		v.Points = append(v.Points, pointOf(s, &s.Holds[i], i, c))
	}
	return v
}

// axes draws the limit and the ticks.
func (v *curveChart) axes(s *account.Search, c *scales) {
	left, right := place(curveLeft), place(curveWidth-curveRight)
	limit := c.y(s.Result.Limit)
	v.Limit = curveLine{X1: left, X2: right, Y1: place(limit), Y2: place(limit), TX: place(curveLeft + 6), TY: place(limit - 6), Text: "limit " + s.Mean(s.Result.Limit)}
	const rows = 4
	for i := range rows + 1 {
		mean := c.top * float64(i) / rows
		y := c.y(mean)
		v.YTicks = append(v.YTicks, curveLine{X1: left, X2: right, Y1: place(y), Y2: place(y), TX: place(curveLeft - 8), TY: place(y + 4), Text: s.Mean(mean)})
	}
	const columns = 6
	for i := range columns + 1 {
		load := c.low * math.Pow(c.high/c.low, float64(i)/columns)
		if digits := math.Pow(10, math.Floor(math.Log10(load))-1); load > 10 || !s.Asked.Users {
			load = math.Round(load/digits) * digits
		} else {
			load = math.Round(load)
		}
		if load >= c.low && load <= c.high {
			v.XTicks = append(v.XTicks, curveLine{TX: place(c.x(load)), TY: place(curveHeight - 8), Text: s.Load(load)})
		}
	}
}

// pointOf places a hold.
func pointOf(s *account.Search, h *account.Hold, i int, c *scales) curvePoint {
	mean, class, word := math.Inf(1), "broke", "not kept"
	if h.Count > 0 {
		mean = h.Sum / h.Count
	}
	switch {
	case h.Flooded:
		mean, word = math.Inf(1), "flooded"
	case h.Kept:
		class, word = "kept", "kept"
	}
	x, y := c.x(h.Load), c.y(mean)
	p := curvePoint{X: place(x), Y: place(y), Class: class, Title: fmt.Sprintf("hold %d, %s: %s, %s", i+1, s.Load(h.Load), s.Measured(h), word)}
	if h.Flooded {
		p.Flood = fmt.Sprintf("M%s %s L%s %s L%s %sZ", place(x), place(y-6), place(x+5), place(y+4), place(x-5), place(y+4))
	}
	return p
}
