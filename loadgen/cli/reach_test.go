package cli

import (
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/loadgen/internal/machine"
	"github.com/gensim/load-generator/loadgen/internal/porttest"
)

func TestUnreachable(t *testing.T) {
	address := porttest.Reserved(t)
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	web, err := httpclient.New(httpclient.Config{Host: "http://" + address})
	require.NoError(t, err)
	defer web.Close()
	assert.Empty(t, unreachable(t.Context(), web))
	require.NoError(t, listener.Close())
	assert.Equal(t, "connect: refused", unreachable(t.Context(), web))
}

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

// A plan that needs more open files than there may be is reported before the run,
// with the number and the way to raise the limit.
func TestFileLimit(t *testing.T) {
	limit := machine.FileLimit()
	if limit == 0 || limit > mostUsers/2 {
		t.Logf("the limit of open files here is %d: out of reach of any plan", limit)
		return
	}
	many, needed := limit+1, limit+1+ownFiles
	plan := []string{"--plan", "--headless", "-t", "60", "-r", "1000000", "-u", fmt.Sprint(many)}

	refused := start(t, shop(), nil, append(plan, "--own-connections")...)
	assert.Equal(t, 2, refused.code)
	want := fmt.Sprintf("%s users with a connection each need %s open files, and this process may have %s: raise the limit with 'ulimit -n %d'", say.Count(many), say.Count(needed), say.Count(limit), needed)
	assert.Contains(t, refused.stderr, want)
	assert.Empty(t, refused.stdout)

	warned := start(t, shop(), nil, plan...)
	require.Zero(t, warned.code, warned.stderr)
	assert.Contains(t, warned.stderr, fmt.Sprintf("set --max-connections to at most %d", limit-ownFiles))

	for _, enough := range [][]string{
		append(plan, "--max-connections", fmt.Sprint(limit-ownFiles)),
		{"--plan", "--headless", "-t", "60", "-u", "10", "--own-connections"},
	} {
		o := start(t, shop(), nil, enough...)
		require.Zero(t, o.code, o.stderr)
		assert.NotContains(t, o.stderr, "open files")
	}
}
