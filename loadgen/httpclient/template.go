package httpclient

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Mistakes in a path or its values. They are the script's, and nothing is sent.
var (
	errPathSlash   = errors.New("path must begin with /")
	errPathBrace   = errors.New("path has an unmatched brace")
	errPathName    = errors.New("path has a placeholder without a name")
	errPathPercent = errors.New("path has % without two hex digits")
	errPathHash    = errors.New("path has a fragment (#)")
	errFewValues   = errors.New("path has more placeholders than values")
	errManyValues  = errors.New("path has fewer placeholders than values")
	errEmptyValue  = errors.New("path value is empty")
	errNilValue    = errors.New("path value is nil")
	errDotValue    = errors.New("path value makes a dot segment")
)

// expand puts args into the placeholders of a path template and returns the
// path and query as they go out. Options among args are passed over. What
// stands in the template goes out as it is, percent-encoded where a URL needs
// it; values are escaped so that each stays in its segment or query value.
func expand(prefix, template string, args []any) (string, error) {
	if template == "" || template[0] != '/' {
		return "", errPathSlash
	}
	args = nextValue(args)
	if len(args) == 0 && isPlain(template) {
		return prefix + template, nil
	}
	const perValue = 16 // what an id may well need
	var e expansion
	e.out.Grow(len(prefix) + len(template) + perValue*len(args))
	e.out.WriteString(prefix)
	if err := e.run(template, args); err != nil {
		return "", err
	}
	return e.out.String(), nil
}

// expansion is the state of one call of expand.
type expansion struct {
	out     strings.Builder
	query   bool // past the question mark
	dotted  bool // some value consists of dots: it may make a dot segment
	segment int  // where in out the segment being written begins
}

func (e *expansion) run(template string, args []any) error {
	for i := 0; i < len(template); i++ {
		switch c := template[i]; {
		case c == '{':
			end := strings.IndexByte(template[i:], '}')
			if end < 0 || strings.IndexByte(template[i+1:i+end], '{') >= 0 {
				return errPathBrace
			}
			if end == 1 {
				return errPathName
			}
			if len(args) == 0 {
				return errFewValues
			}
			if err := e.value(args[0]); err != nil {
				return err
			}
			args = nextValue(args[1:])
			i += end
		case c == '%':
			if i+2 >= len(template) || !isHex(template[i+1]) || !isHex(template[i+2]) {
				return errPathPercent
			}
			e.out.WriteByte(c)
		default:
			if err := e.literal(c); err != nil {
				return err
			}
		}
	}
	if len(args) > 0 {
		return errManyValues
	}
	return e.endSegment()
}

// literal writes one byte of the template.
func (e *expansion) literal(c byte) error {
	switch {
	case c == '}':
		return errPathBrace
	case c == '#':
		return errPathHash
	case !isURLByte(c):
		e.out.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
		return nil
	case c == '/' && !e.query, c == '?' && !e.query:
		if err := e.endSegment(); err != nil {
			return err
		}
		e.query = c == '?'
		e.segment = e.out.Len() + 1
	}
	e.out.WriteByte(c)
	return nil
}

// value writes a value. An empty one in the path would reach another
// route, so it is refused; in a query it is fine.
func (e *expansion) value(v any) error {
	text, ok := format(v)
	switch {
	case !ok:
		return errNilValue
	case e.query:
		e.out.WriteString(url.QueryEscape(text))
		return nil
	case text == "":
		return errEmptyValue
	case strings.Trim(text, ".") == "":
		e.dotted = true
	}
	e.out.WriteString(url.PathEscape(text))
	return nil
}

// endSegment refuses "." and ".." made by values: they cannot be escaped, and
// servers take them for a way up. Written in the template they are the script's will.
func (e *expansion) endSegment() error {
	if !e.dotted || e.query {
		return nil
	}
	e.dotted = false
	if s := e.out.String()[e.segment:]; s == "." || s == ".." {
		return errDotValue
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

func format(v any) (text string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case int:
		return strconv.Itoa(v), true
	}
	return fmt.Sprint(v), true
}

// isPlain says that a template goes out as it stands.
func isPlain(template string) bool {
	for i := 0; i < len(template); i++ {
		if c := template[i]; !isURLByte(c) || c == '%' {
			return false
		}
	}
	return true
}

const upperHex = "0123456789ABCDEF"

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isURLByte says that c may stand in a path or query as it is. Braces and the
// number sign are not among them, so isPlain sees placeholders too.
func isURLByte(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte("\"<>\\^`{|}#", c) < 0
}
