package cli

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/httpclient"
)

func TestRedacted(t *testing.T) {
	for host, want := range map[string]string{
		"http://shop.example:8081/x":         "http://shop.example:8081/x",
		"http://ann@shop.example":            "http://ann@shop.example",
		"http://ann:pw@shop.example":         "http://ann:xxxxx@shop.example",
		"http://ann:p:w@x@shop.example/a//b": "http://ann:xxxxx@shop.example/a//b",
		"ann:pw@shop.example//x":             "ann:xxxxx@shop.example//x",
		"//ann:pw@shop.example":              "//ann:xxxxx@shop.example",
		"http:ann:pw@shop.example":           "http:xxxxx@shop.example",
		"http://:pw@shop.example":            "http://:xxxxx@shop.example",
		"http://shop.example/?password=pw":   "http://shop.example/?xxxxx",
		"http://shop.example/?password=p@w":  "http://shop.example/?xxxxx",
		"http://ann:pw@shop.example#pw":      "http://ann:xxxxx@shop.example#xxxxx",
	} {
		assert.Equal(t, want, redact.Address(host))
	}
}

// FuzzHost puts a password into whatever looks like a host or does not: it is
// in no message, and what is accepted is a base URL.
func FuzzHost(f *testing.F) {
	for _, x := range []struct{ before, after string }{
		{"http://ann", "shop.example"}, {"ann", "shop.example//x"}, {"", ""}, {"//", "h"}, {"https://a:b@c", "[::1]:80/x?y#z"}, {"http://", ":99999"}, {"\x00", " \n"},
	} {
		f.Add(x.before, x.after)
	}
	const password = "s3cr3t-pw"
	f.Fuzz(func(t *testing.T, before, after string) {
		host := before + ":" + password + "@" + after
		require.NotContains(t, redact.Address(host), password)
		app := shop()
		c, err := app.configure(process{args: []string{"--host", host}})
		if err != nil {
			require.NotContains(t, err.Error(), password)
			require.NotContains(t, err.Error(), "\n")
			return
		}
		_, ok := baseURL(c.values.host.V)
		require.True(t, ok)
		web, err := httpclient.New(httpclient.Config{Host: c.values.host.V})
		require.NoError(t, err, "what is accepted can be used")
		web.Close()
	})
}
