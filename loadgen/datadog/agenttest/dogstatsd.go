package agenttest

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Line is one metric of a datagram.
type Line struct {
	Name   string
	Type   string // "c", "g", "d", ...
	Values []float64
	Rate   float64 // 1 unless each value stands for several
	Tags   []string
}

// Tag returns the value of a tag; "" if there is none.
func (l *Line) Tag(key string) string { return valueOf(l.Tags, key) }

// Has says whether the line has all of some tags, written k:v.
func (l *Line) Has(tags ...string) bool {
	for _, t := range tags {
		if !slices.Contains(l.Tags, t) {
			return false
		}
	}
	return true
}

// Count returns how many samples, or how much of a count, the line stands for.
func (l *Line) Count() float64 {
	if l.Type == "c" {
		sum := 0.0
		for _, v := range l.Values {
			sum += v
		}
		return sum / l.Rate
	}
	return float64(len(l.Values)) / l.Rate
}

// Event is one event of a datagram.
type Event struct {
	Title, Text, Kind, Key string
	At                     time.Time
	Tags                   []string
}

// Tag returns the value of a tag; "" if there is none.
func (e *Event) Tag(key string) string { return valueOf(e.Tags, key) }

func valueOf(tags []string, key string) string {
	for _, t := range tags {
		if k, v, ok := strings.Cut(t, ":"); ok && k == key {
			return v
		}
	}
	return ""
}

// listen reads datagrams until the connection closes.
func (in *Intake) listen(conn *net.UDPConn) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		for line := range strings.SplitSeq(string(buffer[:n]), "\n") {
			if line != "" {
				in.line(line)
			}
		}
	}
}

func (in *Intake) line(text string) {
	var err error
	in.mu.Lock()
	defer in.mu.Unlock()
	if strings.HasPrefix(text, "_e{") {
		var e Event
		if e, err = parseEvent(text); err == nil {
			in.events = append(in.events, e)
		}
	} else {
		var l Line
		if l, err = parseLine(text); err == nil {
			in.lines = append(in.lines, l)
		}
	}
	if err != nil {
		in.bad = append(in.bad, fmt.Sprintf("%v: %q", err, text))
	}
}

// parseLine reads "name:1:2|d|@0.5|#k:v,k:v".
func parseLine(text string) (l Line, err error) {
	parts := strings.Split(text, "|")
	name, values, ok := strings.Cut(parts[0], ":")
	if !ok || len(parts) < 2 {
		return l, fmt.Errorf("no metric")
	}
	l = Line{Name: name, Type: parts[1], Rate: 1}
	if !slices.Contains([]string{"c", "g", "d", "h", "ms", "s"}, l.Type) {
		return l, fmt.Errorf("type %q", l.Type)
	}
	for text := range strings.SplitSeq(values, ":") {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return l, err
		}
		l.Values = append(l.Values, v)
	}
	for _, p := range parts[2:] {
		switch {
		case strings.HasPrefix(p, "@"):
			if l.Rate, err = strconv.ParseFloat(p[1:], 64); err != nil || l.Rate <= 0 || l.Rate > 1 {
				return l, fmt.Errorf("rate %q", p)
			}
		case strings.HasPrefix(p, "#"):
			l.Tags = strings.Split(p[1:], ",")
		case strings.HasPrefix(p, "c:"), strings.HasPrefix(p, "e:"), strings.HasPrefix(p, "T"), strings.HasPrefix(p, "card:"):
		default:
			return l, fmt.Errorf("unknown field %q", p)
		}
	}
	return l, nil
}

// parseEvent reads "_e{5,4}:title|text|d:0|t:info|#k:v".
func parseEvent(text string) (e Event, err error) {
	head, rest, ok := strings.Cut(text, "}:")
	var title, body int
	if n, _ := fmt.Sscanf(head, "_e{%d,%d", &title, &body); !ok || n != 2 || len(rest) < title+1+body || rest[title] != '|' {
		return e, fmt.Errorf("malformed event")
	}
	e.Title, e.Text = rest[:title], strings.ReplaceAll(rest[title+1:title+1+body], "\\n", "\n")
	for p := range strings.SplitSeq(strings.TrimPrefix(rest[title+1+body:], "|"), "|") {
		switch {
		case strings.HasPrefix(p, "d:"):
			seconds, err := strconv.ParseInt(p[2:], 10, 64)
			if err != nil {
				return e, err
			}
			e.At = time.Unix(seconds, 0)
		case strings.HasPrefix(p, "t:"):
			e.Kind = p[2:]
		case strings.HasPrefix(p, "k:"):
			e.Key = p[2:]
		case strings.HasPrefix(p, "#"):
			e.Tags = strings.Split(p[1:], ",")
		case strings.HasPrefix(p, "c:"), strings.HasPrefix(p, "e:"), strings.HasPrefix(p, "card:"):
		default:
			return e, fmt.Errorf("unknown field %q", p)
		}
	}
	return e, nil
}
