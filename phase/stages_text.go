package phase

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
)

// String is the text that [ParseStages] reads, for users: 2m:10, 5m:50, 30s:0.
func (s Stages) String() string { return s.text("") }

// Rates is String for arrivals per second: 2m:10/s, 5m:50/s.
func (s Stages) Rates() string { return s.text("/s") }

func (s Stages) text(unit string) string {
	var b strings.Builder
	for i, x := range s {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(span(x.For) + ":" + decimal(x.To) + unit)
	}
	return b.String()
}

// short is the text in a table.
func (s Stages) short(unit string) string {
	return say.Stages(len(s), func(i int) (time.Duration, float64) { return s[i].For, s[i].To }, unit)
}

// spanUnits are the parts of a span in their order.
var spanUnits = []struct {
	name string
	unit time.Duration
}{{"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}, {"us", time.Microsecond}, {"ns", 1}}

// span is the text of a time, exactly: 0, 90s as 1m30s, 1500 ms as 1s500ms.
func span(d time.Duration) string {
	text := ""
	for _, u := range spanUnits {
		if n := d / u.unit; n != 0 {
			text += strconv.FormatInt(int64(n), 10) + u.name
			d -= n * u.unit
		}
	}
	if text == "" {
		return "0"
	}
	return text
}

// decimal is the shortest text of a number, without an exponent where it is not tiny.
func decimal(x float64) string {
	if x != 0 && math.Abs(x) < 1e-6 {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// ParseStages reads stages from a text:
//
//	stages = stage { "," stage }
//	stage  = span ":" level            straight to level within span; 0 jumps there
//	span   = digits                    seconds
//	       | parts in h, m, s, ms, us, ns in this order, such as 1h30m or 2s500ms
//	level  = number [ "/s" ]           users, or arrivals per second
//
// All stages have the same sort of level, and rate reports whether it is arrivals
// per second. Blanks around parts do not count. [Stages.String] and [Stages.Rates]
// give the text back. An error names the stage and what is wanted.
func ParseStages(text string) (s Stages, rate bool, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, false, errNoStages
	}
	if n := strings.Count(text, ",") + 1; n > mostStages {
		return nil, false, fmt.Errorf("there are %d stages: want at most %d", n, mostStages)
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		n := len(s) + 1
		left, right, ok := strings.Cut(part, ":")
		if !ok {
			return nil, false, fmt.Errorf("stage %d, %.40q: want SPAN:LEVEL, such as 2m:10", n, part)
		}
		x, isRate, err := stageOf(left, right)
		if err != nil {
			return nil, false, fmt.Errorf("stage %d, %.40q: %w", n, part, err)
		}
		if n == 1 {
			rate = isRate
		}
		if isRate != rate {
			return nil, false, mixed(n, isRate)
		}
		s = append(s, x)
	}
	return s, rate, s.valid(rate)
}

var errNoStages = errors.New("there are no stages: want SPAN:LEVEL, such as 2m:10, 5m:50")

// mixed says that stage n is of another sort than the first one.
func mixed(n int, isRate bool) error {
	if isRate {
		return fmt.Errorf("stage %d is a rate, stage 1 are users: want all of one sort", n)
	}
	return fmt.Errorf("stage %d are users, stage 1 is a rate: want all of one sort", n)
}

// valid is validate for users or for rates.
func (s Stages) valid(rate bool) error {
	if rate {
		return s.validate(maxRate, "arrivals per second")
	}
	return s.validate(mostUsers, "users")
}

// stageOf reads a stage.
func stageOf(left, right string) (x Stage, rate bool, err error) {
	if x.For, err = parseSpan(strings.TrimSpace(left)); err != nil {
		return x, false, err
	}
	x.To, rate, err = parseLevel(strings.TrimSpace(right))
	return x, rate, err
}

var (
	spanText   = regexp.MustCompile(`^(\d+h)?(\d+m)?(\d+s)?(\d+ms)?(\d+us)?(\d+ns)?$`)
	numberText = regexp.MustCompile(`^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)
)

func parseSpan(text string) (time.Duration, error) {
	full := text
	if text != "" && strings.Trim(text, "0123456789") == "" {
		full += "s"
	}
	if full == "" || !spanText.MatchString(full) {
		return 0, fmt.Errorf("span %.40q: want whole seconds or h, m, s in this order, such as 90 or 1h30m", text)
	}
	d, err := time.ParseDuration(full)
	if err != nil {
		return 0, fmt.Errorf("span %.40q is too long: want at most 292 years", text)
	}
	return d, nil
}

func parseLevel(text string) (level float64, rate bool, err error) {
	number, rate := strings.CutSuffix(text, "/s")
	if number = strings.TrimSpace(number); !numberText.MatchString(number) {
		return 0, rate, fmt.Errorf("level %.40q: want a number of users such as 50, or a rate such as 100/s", text)
	}
	level, err = strconv.ParseFloat(number, 64)
	if err != nil { // beyond a float64
		return 0, rate, fmt.Errorf("level %.40q is too large", text)
	}
	return level, rate, nil
}

// ReadStages reads a curve from lines of CSV: an offset from the start of the phase
// and the level there, users or with "/s" arrivals per second. Between the offsets
// the curve is straight, two equal ones make a jump, and up to the first one it
// goes straight from where the level stands.
//
//	offset,level
//	0,50
//	10m,50
//	10m30s,500
//
// An offset is a span of [ParseStages], or seconds with decimals. The first line may
// name the columns as here; blank lines and those with # do not count. An error
// names the line.
func ReadStages(r io.Reader) (s Stages, rate bool, err error) {
	lines := csv.NewReader(r)
	lines.FieldsPerRecord, lines.TrimLeadingSpace, lines.Comment = -1, true, '#'
	var at time.Duration
	for {
		fields, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, false, err // names the line
		}
		line, _ := lines.FieldPos(0)
		offset, x, isRate, err := point(fields)
		switch {
		case s == nil && len(fields) == 2 && isTitle(fields):
			continue
		case err != nil:
		case offset < at:
			err = fmt.Errorf("offset %s comes after %s: want them in the order of time", span(offset), span(at))
		case len(s) == mostStages:
			err = fmt.Errorf("there are more than %d stages", mostStages)
		case s != nil && isRate != rate:
			err = mixed(len(s)+1, isRate)
		}
		if err != nil {
			return nil, false, fmt.Errorf("line %d: %w", line, err)
		}
		s, at, rate = append(s, Stage{For: offset - at, To: x}), offset, isRate
	}
	if s == nil {
		return nil, false, errors.New("there are no lines: want offset,level in each")
	}
	return s, rate, s.valid(rate)
}

func isTitle(fields []string) bool {
	return strings.EqualFold(strings.TrimSpace(fields[0]), "offset") && strings.EqualFold(strings.TrimSpace(fields[1]), "level")
}

// point reads the fields of a line.
func point(fields []string) (offset time.Duration, level float64, rate bool, err error) {
	if len(fields) != 2 {
		return 0, 0, false, fmt.Errorf("%s, want 2: offset, level", say.Plural(len(fields), "field"))
	}
	text := strings.TrimSpace(fields[0])
	if numberText.MatchString(text) {
		seconds, err := strconv.ParseFloat(text, 64)
		if offset = nanoseconds(seconds); err != nil || offset == Forever {
			return 0, 0, false, fmt.Errorf("offset %.40q is too late: want at most 292 years", text)
		}
	} else if offset, err = parseSpan(text); err != nil {
		return 0, 0, false, err
	}
	level, rate, err = parseLevel(strings.TrimSpace(fields[1]))
	return offset, level, rate, err
}
