package claim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/gensim/load-generator/report"
)

// token is a word of a claim.
type token struct {
	text   string
	quoted bool // a name in quotes: never a keyword
	is     bool // a relation
}

// word says whether the token is a keyword.
func (t token) word(w string) bool { return !t.quoted && t.text == w }

const relations = "<>=!"

// tokens cuts a text into words, names in quotes and relations.
func tokens(text string) (out []token, err error) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeftFunc(text, unicode.IsSpace) {
		var t token
		switch {
		case text[0] == '"':
			t.quoted = true
			if t.text, text, err = unquote(text[1:]); err != nil {
				return nil, err
			}
		case text[0] == '{' && strings.Contains(text, "}"): // a tag
			end := strings.IndexByte(text, '}') + 1
			t.text, text = text[:end], text[end:]
		case strings.IndexByte(relations, text[0]) >= 0:
			rest := strings.TrimLeft(text, relations)
			t.text, t.is = text[:len(text)-len(rest)], true
			text = rest
		default:
			end := strings.IndexFunc(text, func(r rune) bool {
				return unicode.IsSpace(r) || r == '"' || strings.ContainsRune(relations, r)
			})
			if end < 0 {
				end = len(text)
			}
			t.text, text = text[:end], text[end:]
			if isOpen(t.text) {
				return nil, fmt.Errorf("the brace in %q is not closed: write a tag as GET /items {region=eu} p95 < 100ms, and a name with a brace in quotes", cut(t.text))
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// isOpen says whether the last brace of a word is not closed.
func isOpen(word string) bool {
	return strings.LastIndexByte(word, '{') > strings.LastIndexByte(word, '}')
}

// unquote reads up to the closing quote; a quote inside a name is doubled.
func unquote(text string) (name, rest string, err error) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return "", "", fmt.Errorf("the quote before %q is not closed", cut(text))
		}
		b.WriteString(text[:i])
		text = text[i+1:]
		if !strings.HasPrefix(text, `"`) {
			break
		}
		b.WriteByte('"')
		text = text[1:]
	}
	if b.Len() == 0 {
		return "", "", errors.New("a name is empty")
	}
	return b.String(), text, nil
}

// cut shortens what a message quotes.
func cut(text string) string {
	const longest = 60
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "..."
	}
	return text
}

func isMethod(word string) bool { return report.Op{Method: word}.IsHTTP() }

// isOperation says whether a subject's words begin with an operation.
func isOperation(words []token) bool {
	first := words[0]
	return strings.HasPrefix(first.text, "/") || !first.quoted && isMethod(first.text) && len(words) > 1 ||
		first.quoted && ParseOp(first.text).Method != ""
}

// ParseOp reads an operation as claims do: an HTTP method and a name, or a name
// alone.
func ParseOp(text string) report.Op {
	if method, name, ok := strings.Cut(text, " "); ok && isMethod(method) && name != "" {
		return report.Op{Method: method, Name: name}
	}
	return report.Op{Name: text}
}

// keywords are phases' names that need quotes.
var keywords = []string{"run", "vs", "abort", "generator"}

// quotedPhase is a phase's name as it stands in a claim.
func quotedPhase(name string) string {
	if slices.Contains(keywords, name) || isMethod(name) {
		return quote(name)
	}
	return plain(name)
}

// quotedOp is an operation as it stands in a claim; "" for all of them.
func quotedOp(op report.Op) string {
	if base, tag, ok := strings.Cut(op.Name, " {"); ok && base != "" && strings.IndexByte(tag, '}') == len(tag)-1 && !isMethod(base) && plain(base) == base {
		if isMethod(op.Method) || op.Method == "" {
			return strings.TrimSpace(op.Method + " " + op.Name)
		}
	}
	switch {
	case op == report.Op{} || op == report.Op{Name: report.Aggregated}:
		return ""
	case isMethod(op.Method) && plain(op.Name) == op.Name && !isMethod(op.Name):
		return op.Method + " " + op.Name
	case op.Method == "":
		return plain(op.Name)
	}
	return quote(op.String())
}

// quotedFigure is a figure of the script as it stands in a claim.
func quotedFigure(name string) string {
	if (report.Op{Name: name}).Reserved() || name == "interaction" {
		return quote(name)
	}
	return plain(name)
}

// plain is a name, in quotes if it needs them.
func plain(name string) string {
	bare := strings.IndexFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || r == '"' || strings.ContainsRune(relations, r)
	}) < 0 && !strings.HasPrefix(name, "{") && !isOpen(name)
	if bare && name != "vs" && name != "" {
		return name
	}
	return quote(name)
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
