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
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect/capacity"
	"github.com/gensim/load-generator/report/effect/capacity/account"
	"github.com/gensim/load-generator/report/internal/markup"
	"github.com/gensim/load-generator/report/internal/page"
)

var (
	searchPage  = sync.OnceValue(func() *markup.Template { return markup.Must(string(asset("search.html")), nil) })
	searchStyle = sync.OnceValue(func() []byte {
		return slices.Concat(page.Asset("base.css"), asset("report.css"), page.Asset("search.css"))
	})
	policyOfSearch = sync.OnceValue(func() string {
		return "default-src 'none'; style-src " + digest(searchStyle()) + "; img-src data:; base-uri 'none'; form-action 'none'"
	})
)

// SearchPolicy is the Content-Security-Policy of what WriteSearch writes, as Policy is that of Write.
func SearchPolicy() string { return policyOfSearch() }

// WriteSearch writes a search for a capacity as one HTML file that needs nothing else: the sentence, what to know before
// believing it, claims, the curve as a chart and a table, the scalability law. now is when it is written.
func WriteSearch(w io.Writer, s *account.Search, now time.Time) error {
	var text bytes.Buffer
	f := searchFile{searchShown: searchOf(s, 0), Policy: markup.Raw(SearchPolicy()), Style: markup.Raw(searchStyle()),
		Title: s.Name, Program: s.Program, Written: now.Format("2 January 2006 15:04 MST")}
	f.Meta = []string{s.Start.Format("2 January 2006 15:04 MST"), say.ClockS(s.EndS), say.Plural(len(s.Holds), "hold"), "seed " + strconv.FormatUint(s.Seed, 10)}
	if s.Host != "" {
		f.Meta = append(f.Meta, redact.Address(s.Host))
	}
	if err := searchPage().Execute(&text, f); err != nil {
		return err
	}
	_, err := text.WriteTo(w)
	return err
}

// SearchView is what the live page shows of a search: it marshals to JSON.
func SearchView(p account.Progress) any { return searchOf(p.Search, p.Load) }

// searchFile is the report in one file.
type searchFile struct {
	searchShown
	Policy, Style           markup.Raw
	Title, Program, Written string
	Meta                    []string
}

// searchShown is what the live page and the report in one file show.
type searchShown struct {
	Kind   string         `json:"kind"`
	About  string         `json:"about"`
	Word   string         `json:"word"` // with which the sentence begins
	Rest   string         `json:"rest"`
	Doubts []string       `json:"doubts"`
	Law    []string       `json:"law"`
	Claims *claimsSection `json:"claims"`
	Charts []*curveChart  `json:"charts"` // the same for wide and for narrow screens
	Drawn  string         `json:"drawn"`  // what they show
	Rows   []account.Row  `json:"rows"`
	Note   string         `json:"note"`
}

// searchOf is the view of a search; now is the load that is being tried, if not 0.
func searchOf(s *account.Search, now float64) searchShown {
	v := searchShown{
		Kind: "unknown", About: fmt.Sprintf("The highest load at which %s holds, sought from %s to %s", s.Asked.Claim, s.Load(s.Asked.From), s.Load(s.Asked.To)),
		Doubts: []string{}, Law: []string{}, Charts: []*curveChart{}, Rows: []account.Row{},
		Drawn: drawn(s) + " in each hold, by its load; what is above the axis is drawn at its top",
	}
	live := s.Ended == account.Unfinished
	if live {
		v.Kind, v.Word, v.Rest = "searching", "Searching:", " no answer yet."
	}
	r := s.Result
	if r == nil {
		return v
	}
	v.Law, v.Claims, v.Note, v.Rows = append(v.Law, s.LawText()...), claimsOf(standing(s.Claims, live), !live), s.Note(), append(v.Rows, s.Rows()...)
	switch found := r.Outcome == capacity.Found; {
	case found && live:
		v.Word = "Capacity so far:"
		_, v.Rest, _ = strings.Cut(s.Sentence, ":")
		v.Doubts = append(append(v.Doubts, s.Generator...), r.Doubts...)
	case live:
		v.Doubts = append(v.Doubts, s.Generator...)
	default:
		v.Word, v.Rest, _ = strings.Cut(s.Sentence, ":")
		v.Word += ":"
		v.Doubts = append(v.Doubts, s.Doubts()...)
		if found {
			v.Kind = "better"
		}
	}
	if len(s.Holds) > 0 && len(r.Curve) > 0 {
		v.Charts = append(v.Charts, chartOf(s, now, wideCurve), chartOf(s, now, narrowCurve))
		for _, c := range v.Charts {
			c.Label = v.Word + v.Rest
		}
	}
	return v
}

// standing are the claims on a search, as they stand while it is made.
func standing(claims []claim.Result, live bool) []claim.Result {
	if !live {
		return claims
	}
	claims = slices.Clone(claims)
	for i := range claims {
		c := &claims[i]
		switch c.Outcome {
		case claim.Holds:
			c.Outcome = claim.Passing
		case claim.Broken:
			c.Outcome = claim.Failing
		default:
			c.Outcome = claim.Undecided
		}
		if c.Figure == nil {
			c.Said = "" // the headline says that there is no answer yet
		}
	}
	return claims
}

// drawn is what the means of holds are.
func drawn(s *account.Search) string {
	switch {
	case s.Asked.Means == "ms":
		return "mean of successes"
	case s.Asked.Unit == "ms":
		return "requests that were slower than the limit, or failed,"
	}
	return "requests that failed"
}

// curveChart is the curve as places in the drawing.
type curveChart struct {
	Class  string       `json:"class"`
	Width  string       `json:"width"`
	Height string       `json:"height"`
	Label  string       `json:"label"`
	Band   *curveBox    `json:"band"`
	At     *curveLine   `json:"at"`
	Now    *curveLine   `json:"now"` // the load that is being tried
	Limit  curveLine    `json:"limit"`
	XTicks []curveLine  `json:"x_ticks"`
	YTicks []curveLine  `json:"y_ticks"`
	Fit    string       `json:"fit"`
	Points []curvePoint `json:"points"`
}

type curveBox struct {
	X string `json:"x"`
	Y string `json:"y"`
	W string `json:"w"`
	H string `json:"h"`
}

// curveLine is a line with a text at TX, TY.
type curveLine struct {
	X1   string `json:"x1"`
	Y1   string `json:"y1"`
	X2   string `json:"x2"`
	Y2   string `json:"y2"`
	TX   string `json:"tx"`
	TY   string `json:"ty"`
	Side string `json:"side"` // where the text is anchored
	Text string `json:"text"`
}

// curvePoint is a hold; Flood is the path of its triangle.
type curvePoint struct {
	X     string `json:"x"`
	Y     string `json:"y"`
	Class string `json:"class"`
	Flood string `json:"flood"`
	Title string `json:"title"`
}

// curveSize is a size of the drawing, in its units.
type curveSize struct {
	class         string
	width, height float64
	left          float64 // of the axes
	columns       int     // of ticks
}

// The text is as large in both, so a narrow screen has its own.
var (
	wideCurve   = curveSize{"is-wide", 900, 340, 64, 6}
	narrowCurve = curveSize{"is-narrow", 360, 280, 54, 3}
)

// What is around the axes in the drawing, and how far these reach.
const (
	curveRight, curveTop, curveBottom = 16, 22, 30
	curveReach                        = 4 // times the limit that the axis shows at most
)

// scales place loads, in logs, and means.
type scales struct {
	curveSize
	low, high, top float64
}

func (c *scales) x(load float64) float64 {
	share := math.Log(load/c.low) / math.Log(c.high/c.low)
	return c.left + min(1, max(0, share))*(c.width-c.left-curveRight)
}

func (c *scales) y(mean float64) float64 {
	return c.height - curveBottom - min(1, max(0, mean/c.top))*(c.height-curveTop-curveBottom)
}

func place(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

func chartOf(s *account.Search, now float64, size curveSize) *curveChart {
	r := s.Result
	first, last := r.Curve[0].Load, r.Curve[len(r.Curve)-1].Load
	if now > 0 {
		first, last = min(first, now), max(last, now)
	}
	c := &scales{size, first / 1.1, last * 1.1, 1.5 * r.Limit}
	for _, p := range r.Curve {
		c.top = max(c.top, min(1.05*p.Mean, curveReach*r.Limit))
	}
	v := &curveChart{
		Class: size.class, Width: strconv.FormatFloat(size.width, 'f', -1, 64), Height: strconv.FormatFloat(size.height, 'f', -1, 64),
		Points: []curvePoint{}, XTicks: []curveLine{},
	}
	if r.Outcome == capacity.Found {
		low, high := c.x(max(r.Low, c.low)), c.x(min(r.High, c.high))
		v.Band = &curveBox{place(low), place(curveTop), place(max(1, high-low)), place(size.height - curveTop - curveBottom)}
		v.At = c.upright(r.Capacity)
		const apart = 60 // or the texts would lie on each other
		if now == 0 || math.Abs(c.x(now)-c.x(r.Capacity)) > apart {
			v.At.Text = s.Load(r.Capacity)
		}
	}
	if now > 0 {
		v.Now = c.upright(now)
		v.Now.Text = s.Load(now)
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

// upright is a line at a load, with a text above.
func (c *scales) upright(load float64) *curveLine {
	x := c.x(load)
	side := "middle"
	if x > c.width-60 {
		side = "end"
	}
	return &curveLine{X1: place(x), X2: place(x), Y1: place(curveTop), Y2: place(c.height - curveBottom), TX: place(x), TY: place(curveTop - 8), Side: side}
}

// axes draws the limit and the ticks.
func (v *curveChart) axes(s *account.Search, c *scales) {
	left, right := place(c.left), place(c.width-curveRight)
	limit := c.y(s.Result.Limit)
	v.Limit = curveLine{X1: left, X2: right, Y1: place(limit), Y2: place(limit), TX: place(c.left + 6), TY: place(limit - 6), Text: "limit " + s.Mean(s.Result.Limit)}
	const rows = 4
	for i := range rows + 1 {
		mean := c.top * float64(i) / rows
		y := c.y(mean)
		v.YTicks = append(v.YTicks, curveLine{X1: left, X2: right, Y1: place(y), Y2: place(y), TX: place(c.left - 8), TY: place(y + 4), Text: s.Mean(mean)})
	}
	for i := range c.columns + 1 {
		load := c.low * math.Pow(c.high/c.low, float64(i)/float64(c.columns))
		if digits := math.Pow(10, math.Floor(math.Log10(load))-1); load > 10 || !s.Asked.Users {
			load = math.Round(load/digits) * digits
		} else {
			load = math.Round(load)
		}
		if load >= c.low && load <= c.high {
			v.XTicks = append(v.XTicks, curveLine{TX: place(c.x(load)), TY: place(c.height - 8), Text: s.Load(load)})
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
