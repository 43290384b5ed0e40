package redact

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"http://shop.example:8081/x":               "http://shop.example:8081/x",
		"http://ann@shop.example":                  "http://ann@shop.example",
		"http://ann:pw@shop.example":               "http://ann:xxxxx@shop.example",
		"u:secret@127.0.0.1":                       "u:xxxxx@127.0.0.1",
		"https://ghp_0123456789abcdef@git.example": "https://xxxxx@git.example",
		"https://ghp_0123456789abcdef:x@h":         "https://xxxxx:xxxxx@h",
		"socks5h://a:b@proxy:1":                    "socks5h://a:xxxxx@proxy:1",
		"http://hook.example/x?token=t&a=b":        "http://hook.example/x?xxxxx",
		"x":                                        "x",
		"":                                         "",
	} {
		assert.Equal(t, want, Address(text))
	}
	assert.Equal(t, `p95 < 1s?`, Value(`p95 < 1s?`))
	assert.Equal(t, "dial http://a:xxxxx@h?xxxxx: refused", In("dial http://a:s3cret@h?k=tok3n: refused", "http://a:s3cret@h?k=tok3n"))
	assert.Equal(t, "no xxxxx for xxxxx", In("no s3cret for tok3n", "http://a:s3cret@h?k=tok3n"))
	assert.Equal(t, "x", In("x", ""))
	assert.Equal(t, "q=1&access_Token=xxxxx&api-key=xxxxx;sig=xxxxx&page=f&tokens", Query("q=1&access_Token=a&api-key=b;sig=c&page=f&tokens"))
}

func FuzzIn(f *testing.F) {
	f.Add("http://a:", "@h", "dial ")
	f.Add("", "@h?x", "")
	f.Fuzz(func(t *testing.T, before, after, text string) {
		const secret = "s3cr3t-pw"
		address := before + ":" + secret + "@" + after
		require.NotContains(t, Address(address), secret)
		require.NotContains(t, In(text+address+" and "+address, address), secret)
	})
}
