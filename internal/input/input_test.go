package input

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTrim(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		" \r\n":                          "",
		"abc\n":                          "abc",
		"\ufeffabc\r\n":                  "abc",
		"\t\v\f a  b \u00a0\u2028\u3000": "a  b",
		"\u200b\u2060abc\x00\x00":        "abc",
		"\"abc\" ":                       `"abc"`,
		"\xff abc \xfe":                  "\xff abc \xfe",
		"\u0085a\nb\u2029":               "a\nb",
	} {
		assert.Equal(t, want, Trim(text), "%q", text)
	}
}
