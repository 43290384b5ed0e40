package html

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect"
)

// forest draws effects as intervals below each other on one axis. Places are
// shares of the axis in percent, "0%" to "100%".
type forest struct {
	Title   string      `json:"title"`
	Head    string      `json:"head"`  // of the first column
	Sides   [2]string   `json:"sides"` // what baseline and intervention are called
	Axis    string      `json:"axis"`  // what the axis is
	Caption string      `json:"caption"`
	Zero    string      `json:"zero"` // where no change is
	Ticks   []axisTick  `json:"ticks"`
	Rows    []forestRow `json:"rows"`
	More    int         `json:"more"` // operations that are not shown
	// Plain is a forest of rows without a change, all for one reason: Why, "" where it stands already.
	Plain bool   `json:"-"`
	Why   string `json:"-"`
}

type axisTick struct {
	At   string `json:"at"`
	Text string `json:"text"`
}

// forestRow is one effect.
type forestRow struct {
	Method       string `json:"method"`
	Name         string `json:"name"` // of the operation; "": all
	Metric       string `json:"metric"`
	Level        string `json:"level"`
	Baseline     string `json:"baseline"`
	Intervention string `json:"intervention"`
	Change       string `json:"change"`
	Limits       string `json:"limits"`
	Difference   string `json:"difference"` // with its limits, in the metric's unit
	MDE          string `json:"mde"`        // what the run finds 4 times in 5
	Verdict      string `json:"verdict"`
	Kind         string `json:"kind"`
	Reason       string `json:"reason"`
	Primary      bool   `json:"primary"`
	// From and To are the limits and At the estimate; "": none. Open ones reach
	// beyond the axis.
	From     string `json:"from"`
	To       string `json:"to"`
	At       string `json:"at"`
	OpenLow  bool   `json:"open_low"`
	OpenHigh bool   `json:"open_high"`
}

// forests are the effects of a factorial design, the effects on all operations together, then the primary metric
// of each operation.
func forests(r *effect.Report) (out []forest) {
	var all, each []*effect.Effect
	p := r.Primary()
	out = append(out, factorForest(r)...)
	for i := range r.Effects {
		switch e := &r.Effects[i]; {
		case e.Op() == p.Op():
			all = append(all, e)
		case e.Metric == p.Metric:
			each = append(each, e)
		}
	}
	out = append(out, forestOf(r, "", all)...)
	more := max(0, len(each)-mostOps)
	for _, f := range forestOf(r, p.Metric.Label()+" by operation", each[:len(each)-more]) {
		f.More = more
		out = append(out, f)
	}
	return out
}

// factorForest draws the effects of a factorial design on the primary metric.
func factorForest(r *effect.Report) []forest {
	rows := r.FactorRows()
	effects := make([]*effect.Effect, len(rows))
	for i, row := range rows {
		effects[i] = row.Effect
	}
	out := forestOf(r, r.Primary().Metric.Label()+" by what changes it", effects)
	for i := range out { // one, as all are of one metric
		out[i].Head = "Effect of"
		for k := range out[i].Rows {
			x, c := &out[i].Rows[k], rows[k].Cells()
			x.Method, x.Name, x.Baseline, x.Intervention = "", rows[k].Name, c.Baseline, c.Intervention
		}
	}
	return out
}

// foldReasons says a reason that all rows of a forest have once, and leaves out
// the columns that it empties.
func (v *effectSection) foldReasons(said ...string) {
	fold := func(f *forest) {
		for i := range f.Rows {
			if why := f.Rows[i].Reason; why == "" || why != f.Rows[0].Reason {
				return
			}
		}
		if f.Plain, f.Why = len(f.Rows) > 0, f.Rows[0].Reason; slices.Contains(said, f.Why) {
			f.Why = ""
		}
		said = append(said, f.Rows[0].Reason)
		for i := range f.Rows {
			f.Rows[i].Reason = ""
		}
	}
	if v.Primary != nil {
		fold(v.Primary)
	}
	for i := range v.Forests {
		fold(&v.Forests[i])
	}
}

// forestOf draws effects: ratios on one axis, differences of shares on another.
func forestOf(r *effect.Report, title string, effects []*effect.Effect) (out []forest) {
	var ratios, points []*effect.Effect
	first, _ := r.Sides()
	for _, e := range effects {
		if isShare(e.Metric) {
			points = append(points, e)
		} else {
			ratios = append(ratios, e)
		}
	}
	if len(ratios) > 0 {
		out = append(out, draw(title, "ratio to the "+first, ratios, logRatio, ratioTicks))
	}
	if len(points) > 0 {
		out = append(out, draw(title, "difference in percentage points", points, inPoints, pointTicks))
	}
	for i := range out {
		out[i].Sides = heads(r)
	}
	return out
}

// logRatio and inPoints place an effect on its axis; false if it has no place.
func logRatio(e *effect.Effect) (v effect.Interval, ok bool) {
	if e.Ratio == nil || !e.Verdict.Known() {
		return v, false
	}
	ln := func(x float64) float64 { return math.Log(max(0, x)) }
	return effect.Interval{Estimate: ln(e.Ratio.Estimate), Low: ln(e.Ratio.Low), High: ln(e.Ratio.High)}, true
}

func inPoints(e *effect.Effect) (v effect.Interval, ok bool) {
	if e.Difference == nil || !e.Verdict.Known() {
		return v, false
	}
	d := *e.Difference
	return effect.Interval{Estimate: 100 * d.Estimate, Low: 100 * d.Low, High: 100 * d.High}, true
}

// draw places effects on one axis.
func draw(title, axis string, effects []*effect.Effect, place func(*effect.Effect) (effect.Interval, bool), ticks func(low, high float64) []axisValue) forest {
	var places []effect.Interval
	for _, e := range effects {
		if v, ok := place(e); ok {
			places = append(places, v)
		}
	}
	low, high := spanOf(places)
	f := forest{Title: title, Head: "Metric", Axis: axis, Caption: caption(title, axis), Zero: percentOf(0, low, high), Ticks: []axisTick{}}
	if title != "" {
		f.Head = "Operation"
	}
	for _, t := range ticks(low, high) {
		f.Ticks = append(f.Ticks, axisTick{percentOf(t.at, low, high), t.text})
	}
	for _, e := range effects {
		row := forestText(e)
		if v, ok := place(e); ok {
			row.OpenLow, row.OpenHigh = v.Low < low, v.High > high
			row.From, row.To = percentOf(v.Low, low, high), percentOf(v.High, low, high)
			if v.Estimate >= low && v.Estimate <= high {
				row.At = percentOf(v.Estimate, low, high)
			}
		}
		f.Rows = append(f.Rows, row)
	}
	return f
}

// caption names an axis where a sentence begins.
func caption(title, axis string) string {
	if title != "" {
		return title + ": " + axis
	}
	return say.Capital(axis)
}

// spanOf is the span of an axis that shows no change, every estimate, and of
// the limits what does not make all else too small to see.
func spanOf(places []effect.Interval) (low, high float64) {
	largest, least := 0.0, math.Inf(1)
	for _, v := range places {
		if !math.IsInf(v.Estimate, 0) {
			largest = max(largest, math.Abs(v.Estimate))
		}
		if width := v.High - v.Low; width > 0 && !math.IsInf(width, 1) {
			least = min(least, width)
		}
	}
	if math.IsInf(least, 1) {
		least = .1
	}
	reach := max(1.6*largest, 3*least)
	for _, v := range places {
		for _, x := range []float64{v.Estimate, v.Low, v.High} {
			if !math.IsInf(x, 0) {
				low, high = min(low, max(x, -reach)), max(high, min(x, reach))
			}
		}
	}
	room := .06 * max(high-low, 1e-9)
	return low - room, high + room
}

// percentOf is a place on an axis, kept within it.
func percentOf(v, low, high float64) string {
	share := min(1, max(0, (v-low)/(high-low)))
	return strconv.FormatFloat(100*share, 'f', 2, 64) + "%"
}

// axisValue is a round value of an axis.
type axisValue struct {
	at   float64
	text string
}

// ratioTicks are round ratios between two logarithms, no change among them.
func ratioTicks(low, high float64) []axisValue {
	step := niceStep((math.Exp(high) - math.Exp(low)) / 5)
	if high-low > math.Log(3) { // too far for even steps
		return factorTicks(low, high)
	}
	var out []axisValue
	for k := math.Ceil((math.Exp(low) - 1) / step); 1+k*step <= math.Exp(high); k++ {
		out = append(out, axisValue{math.Log(1 + k*step), say.Change(k * step)})
	}
	return out
}

// factorTicks are factors of 2, 4, 8 or more both ways, a handful.
func factorTicks(low, high float64) (out []axisValue) {
	each := math.Ln2 * math.Ceil((high-low)/math.Ln2/6)
	for k := math.Ceil(low / each); k*each <= high; k++ {
		text := "0 %"
		switch {
		case k > 0:
			text = "× " + say.Number(math.Exp(k*each))
		case k < 0:
			text = "÷ " + say.Number(math.Exp(-k*each))
		}
		out = append(out, axisValue{k * each, text})
	}
	return out
}

// pointTicks are round differences of shares in points.
func pointTicks(low, high float64) (out []axisValue) {
	step := niceStep((high - low) / 5)
	for k := math.Ceil(low / step); k*step <= high; k++ {
		out = append(out, axisValue{k * step, say.Signed(k * step)})
	}
	return out
}

// niceStep is the least of 1, 2, 5, 10 times a power of ten that is not below v.
func niceStep(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(max(v, 1e-9))))
	for _, k := range []float64{1, 2, 5} {
		if k*unit >= v*.999 {
			return k * unit
		}
	}
	return 10 * unit
}

// forestText is an effect in words.
func forestText(e *effect.Effect) forestRow {
	c := e.Cells()
	row := forestRow{
		Metric: c.Metric, Level: say.Level(e.Level), Verdict: string(e.Verdict), Kind: kindOf(e),
		Reason: e.Reason, Primary: e.Primary, Baseline: c.Baseline, Intervention: c.Intervention, MDE: c.MDE,
	}
	if name := opName(e); name != "all operations" {
		row.Method, row.Name = e.Op().Head(), e.Name
	}
	if e.Verdict.Known() {
		row.changes(e)
	}
	return row
}

// changes formats the change and its limits: relative where there is a ratio, with
// the difference.
func (row *forestRow) changes(e *effect.Effect) {
	own := e.Metric.FormatDifference
	relative := e.Ratio != nil && !isShare(e.Metric)
	if c := e.Change(); c != nil {
		word := own
		if relative {
			word = say.Change
		}
		row.Change, row.Limits = "beyond every success", limitsText(*c, word)
		if !math.IsInf(c.Estimate, 0) {
			row.Change = word(c.Estimate)
			if raw := e.Raw; raw != nil && raw.Verdict.Known() {
				row.Change += " (unweighted " + raw.Cells().Change + ")"
			}
		}
	}
	if d := e.Difference; relative && d != nil && !math.IsInf(d.Estimate, 0) {
		row.Difference = own(d.Estimate) + " (" + limitsText(*d, own) + ")"
	}
}

// limitsText is an interval with its unit once; word is for one limit.
func limitsText(v effect.Interval, word func(float64) string) string {
	low, high := word(v.Low), word(v.High)
	switch {
	case math.IsInf(v.Low, -1) && math.IsInf(v.High, 1):
		return "without limits"
	case math.IsInf(v.Low, 1):
		return "beyond every success"
	case math.IsInf(v.High, 1):
		return "at least " + low
	case math.IsInf(v.Low, -1):
		return "at most " + high
	}
	if number, unit, ok := strings.Cut(low, " "); ok && unit != "" && strings.HasSuffix(high, " "+unit) {
		low = number
	}
	return low + " to " + high
}

func isShare(m effect.Metric) bool { return m == effect.Failures || m == effect.Exceedance }
