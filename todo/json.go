package todo

import (
	"bytes"
	"encoding/json"
)

// trimmed is an answer's text without blanks around it and without the byte
// order mark that some services write.
func trimmed(text []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(text), []byte("\xef\xbb\xbf")))
}

// members calls visit with each member of the JSON object that text starts with, if it does, until visit
// returns false: the key as [key] has it, and the text from the member's value on. It decodes nothing, since
// decoding a list would cost more than the request. Malformed text ends it.
func members(text []byte, visit func(key, rest []byte) bool) {
	var buffer [longestKey]byte
	for rest, ok := after('{', text); ok; {
		n := stringEnd(rest)
		if n == 0 {
			return
		}
		name := key(buffer[:0], rest[1:n-1])
		if rest, ok = after(':', rest[n:]); !ok || !visit(name, rest) {
			return
		}
		rest, ok = after(',', rest[valueEnd(rest):])
	}
}

// after returns what follows a sign, without the blanks around it; false if something
// else stands there.
func after(sign byte, text []byte) (rest []byte, ok bool) {
	text = bytes.TrimLeft(text, blanks)
	if len(text) == 0 || text[0] != sign {
		return nil, false
	}
	return bytes.TrimLeft(text[1:], blanks), true
}

const blanks = " \t\r\n"

// longestKey bounds the keys that are looked at; a longer one is like none.
const longestKey = 24

// key appends a key to dst in lower case and without the signs that part its words, except for a leading
// one: todoId, todo_id and Todo-ID are "todoid", _id stays "_id".
func key(dst, text []byte) []byte {
	if len(text) > longestKey {
		return dst
	}
	for i, c := range text {
		switch {
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		case i > 0 && (c == '_' || c == '-'):
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// stringEnd is the length of the JSON string that text starts with; 0 for none.
func stringEnd(text []byte) int {
	if len(text) == 0 || text[0] != '"' {
		return 0
	}
	for i := 1; ; {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return 0
		}
		if i += n + 1; !escaped(text[:i-1]) {
			return i
		}
	}
}

// escaped says whether what follows text is escaped by a backslash.
func escaped(text []byte) bool {
	return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1
}

// valueEnd is the length of the JSON value that text starts with.
func valueEnd(text []byte) int {
	for i, depth := 0, 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			n := stringEnd(text[i:])
			if n == 0 {
				return len(text)
			}
			i += n - 1
		case '{', '[':
			depth++
		case '}', ']', ',':
			if depth == 0 {
				return i
			}
			if text[i] != ',' {
				depth--
			}
		}
	}
	return len(text)
}

// value is the first value of rest, as members hands it over.
func value(rest []byte) []byte { return bytes.TrimSpace(rest[:valueEnd(rest)]) }

// word is a JSON string, number or literal as text; "" for anything else.
func word(text []byte) string {
	if len(text) == 0 || text[0] == '{' || text[0] == '[' {
		return ""
	}
	if text[0] != '"' {
		return string(text)
	}
	var out string
	_ = json.Unmarshal(text, &out) // malformed: none
	return out
}

// isEmpty says whether an object or array that text starts with has nothing in it.
func isEmpty(text []byte) bool {
	inside := bytes.TrimLeft(text[1:], blanks)
	return len(inside) > 0 && inside[0] == text[0]+2 // [] and {} are two apart in ASCII
}
