package wire

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPartsOfARequest(t *testing.T) {
	for text, want := range map[string]bool{
		"POST / HTTP/1.1\r\nHost: a\r\n\r\nbody": false,
		"CONNECT a:443 HTTP/1.1\r\n":             false,
		"body":                                   true,
		"\x00\x00":                               true,
		"a line\r\nPOST / HTTP/1.1\r\nHost: a\r\n\r\n": true,
		"\x17\x03\x03 sealed":                          false,
		"":                                             false,
	} {
		assert.Equal(t, want, continues([]byte(text)), "%q", text)
	}
}
