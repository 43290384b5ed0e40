package httpclient

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// expand puts args into the placeholders of a path template and appends the
// path and query to dst as they go out. Options among args are passed over. What
// stands in the template goes out as it is, percent-encoded where a URL needs
// it; values are escaped so that each stays in its segment or query value. An
// error is a mistake of the script.
func expand(dst []byte, prefix, template string, args []any) ([]byte, error) {
	if template == "" || template[0] != '/' {
		return nil, errors.New("path must begin with /")
	}
	e := expansion{out: append(dst, prefix...)}
	if err := e.run(template, nextValue(args)); err != nil {
		return nil, err
	}
	return e.out, nil
}

// expansion is the state of one call of expand.
type expansion struct {
	out     []byte
	query   bool // past the question mark
	dotted  bool // some value consists of dots: it may make a dot segment
	segment int  // where in out the segment being written begins
}

func (e *expansion) run(template string, args []any) error {
	for i := 0; ; i++ {
		n := wordLen(template[i:])
		e.out = append(e.out, template[i:i+n]...)
		if i += n; i == len(template) {
			break
		}
		switch c := template[i]; {
		case c == '{':
			end := strings.IndexByte(template[i:], '}')
			if end < 0 || strings.IndexByte(template[i+1:i+end], '{') >= 0 {
				return errors.New("path has an unmatched brace")
			}
			if end == 1 {
				return errors.New("path has a placeholder without a name")
			}
			if len(args) == 0 {
				return errors.New("path has more placeholders than values")
			}
			if err := e.value(args[0]); err != nil {
				return err
			}
			args = nextValue(args[1:])
			i += end
		case c == '%':
			if i+2 >= len(template) || !isHex(template[i+1]) || !isHex(template[i+2]) {
				return errors.New("path has % without two hex digits")
			}
			e.out = append(e.out, c)
		default:
			if err := e.literal(c); err != nil {
				return err
			}
		}
	}
	if len(args) > 0 {
		return errors.New("path has fewer placeholders than values")
	}
	return e.endSegment()
}

// literal writes one byte of the template.
func (e *expansion) literal(c byte) error {
	switch {
	case c == '}':
		return errors.New("path has an unmatched brace")
	case c == '#':
		return errors.New("path has a fragment (#)")
	case !urlByte[c]:
		e.out = append(e.out, '%', upperHex[c>>4], upperHex[c&15])
		return nil
	case !e.query && (c == '/' || c == '?'):
		if err := e.endSegment(); err != nil {
			return err
		}
		e.query = c == '?'
		e.segment = len(e.out) + 1
	}
	e.out = append(e.out, c)
	return nil
}

// value writes a value. An empty one in the path would reach another
// route, so it is refused; in a query it is fine.
func (e *expansion) value(v any) error {
	if n, ok := v.(int); ok {
		e.out = strconv.AppendInt(e.out, int64(n), 10)
		return nil
	}
	text, ok := v.(string)
	if !ok {
		text = fmt.Sprint(v)
	}
	switch {
	case v == nil:
		return errors.New("path value is nil")
	case e.query:
		e.out = append(e.out, url.QueryEscape(text)...)
		return nil
	case text == "":
		return errors.New("path value is empty")
	case strings.Trim(text, ".") == "":
		e.dotted = true
	}
	e.out = append(e.out, url.PathEscape(text)...)
	return nil
}

// endSegment refuses "." and ".." made by values: they cannot be escaped, and
// servers take them for a way up. Written in the template they are the script's will.
func (e *expansion) endSegment() error {
	if !e.dotted || e.query {
		return nil
	}
	e.dotted = false
	if s := string(e.out[e.segment:]); s == "." || s == ".." {
		return errors.New("path value makes a dot segment")
	}
	return nil
}

// nextValue drops the options at the head of args; nil when no value is left.
func nextValue(args []any) []any {
	for i, a := range args {
		if _, ok := a.(Option); !ok {
			return args[i:]
		}
	}
	return nil
}

// wordLen is how many bytes at the head of a template go out as they stand,
// and neither begin nor end a segment.
func wordLen(template string) int {
	for i := range len(template) {
		if c := template[i]; !urlByte[c] || c == '/' || c == '?' || c == '%' {
			return i
		}
	}
	return len(template)
}

const upperHex = "0123456789ABCDEF"

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// urlByte says which bytes may stand in a path or query as they are.
var urlByte = func() (table [256]bool) {
	for c := byte('!'); c < 0x7f; c++ {
		table[c] = strings.IndexByte("\"<>\\^`{|}#", c) < 0
	}
	return table
}()
