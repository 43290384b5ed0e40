// Package redact takes secrets out of what people read: messages, logs, reports,
// tags. It imports nothing of this module, and every package may import it.
package redact

import (
	"regexp"
	"strings"
)

// Mask stands where a secret stood.
const Mask = "xxxxx"

// longestUser is how long the name of a user may be, in bytes: longer ones are
// tokens.
const longestUser = 15

// Address is an address as messages may name it, also where it is not a URL: without
// its password, without a user name that is a token, and without query and
// fragment, which may hold others.
func Address(text string) string {
	text = withoutUser(text)
	if at := strings.IndexAny(text, "?#"); at >= 0 {
		return text[:at+1] + Mask
	}
	return text
}

func withoutUser(address string) string {
	end := strings.LastIndexByte(address, '@')
	if end < 0 {
		return address
	}
	scheme := scheme.FindString(address)
	user, _, secret := strings.Cut(address[len(scheme):end], ":")
	if token(user) {
		user = Mask
	}
	if secret {
		user += ":" + Mask
	}
	return scheme + user + address[end:]
}

// token reports whether a user name is one that no message may show.
func token(user string) bool { return len(user) > longestUser && !strings.ContainsAny(user, "/?#") }

var scheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://`)

// Value is the value of a setting, which may be an address or hold some. What looks
// like none stays as it is.
func Value(text string) string {
	if strings.Contains(text, "://") || strings.Contains(text, "@") {
		return Address(text)
	}
	return text
}

// In is a text, such as an error of a library, without the secrets of an address
// that it may repeat, whole or in part.
func In(text, address string) string {
	if address == "" {
		return text
	}
	text = strings.ReplaceAll(text, address, Address(address))
	for _, secret := range secrets(address) {
		text = strings.ReplaceAll(text, secret, Mask)
	}
	return text
}

// shortest is how long a secret is at least, in bytes, to be looked for in other
// texts.
const shortest = 3

// secrets are the parts of an address that Address takes out.
func secrets(address string) (out []string) {
	add := func(text string) {
		if len(text) >= shortest {
			out = append(out, text)
		}
	}
	rest := address[len(scheme.FindString(address)):]
	if end := strings.LastIndexByte(rest, '@'); end >= 0 {
		user, password, _ := strings.Cut(rest[:end], ":")
		add(password)
		if token(user) {
			add(user)
		}
	}
	if at := strings.IndexAny(rest, "?#"); at >= 0 {
		add(rest[at+1:])
		for pair := range strings.FieldsFuncSeq(rest[at+1:], func(r rune) bool { return r == '&' || r == ';' || r == '#' }) {
			_, value, _ := strings.Cut(pair, "=")
			add(value)
		}
	}
	return out
}

// Query is the query of a URL without the values of parameters whose names look
// like those of secrets.
func Query(text string) string { return parameters.ReplaceAllString(text, "${1}"+Mask) }

// parameters finds the values of such parameters. Datadog's code for it
// (instrumentation/httptrace) panics before main if DD_AGENT_HOST is not a host.
var parameters = regexp.MustCompile(`(?i)((?:^|[&;])[^&;=]*(?:pass|pwd|secret|token|key|auth|sig|credential|session|jwt|code)[^&;=]*=)[^&;]*`)
