package bus

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseJoin(t *testing.T) {
	sum := strings.Repeat("0f", 32)
	for text, want := range map[string]Target{
		"coordinator":                          {servers: []string{"nats://coordinator:5557"}},
		"coordinator:1234":                     {servers: []string{"nats://coordinator:1234"}},
		"10.0.0.1":                             {servers: []string{"nats://10.0.0.1:5557"}},
		"::1":                                  {servers: []string{"nats://[::1]:5557"}},
		"[::1]":                                {servers: []string{"nats://[::1]:5557"}},
		"[fe80::1]:1234#k3wl":                  {servers: []string{"nats://[fe80::1]:1234"}, token: "k3wl"},
		"host:1#k3wl#" + sum:                   {servers: []string{"nats://host:1"}, token: "k3wl", pin: sum},
		"host##" + strings.ToUpper(sum):        {servers: []string{"nats://host:5557"}, pin: sum},
		"host#a/b@c:d?e":                       {servers: []string{"nats://host:5557"}, token: "a/b@c:d?e"},
		"nats://host":                          {servers: []string{"nats://host:4222"}},
		"tls://user:pa%2Css@host:1/":           {servers: []string{"tls://user:pa,ss@host:1"}},
		"nats://token@a, nats://b:1,tls://c":   {servers: []string{"nats://token@a:4222", "nats://b:1", "tls://c:4222"}},
		"nats://a,nats://b?creds=/run/x.creds": {servers: []string{"nats://a:4222", "nats://b:4222"}, creds: "/run/x.creds"},
	} {
		got, err := ParseJoin(text, 5557)
		require.NoError(t, err, text)
		want.ours = !strings.Contains(text, "://")
		assert.Equal(t, want.token != "", got.key != nil, text)
		got.key = nil
		assert.Equal(t, want, got, text)
	}
}

func TestParseJoinRefuses(t *testing.T) {
	for text, why := range map[string]string{
		"":                         "does not name a host",
		"#k3wl":                    "does not name a host",
		"host:0":                   `"0" is not a port`,
		"host:65536":               `"65536" is not a port`,
		"host:web":                 `"web" is not a port`,
		"a:b:c":                    "is not host:port",
		"ho st":                    "does not name a host",
		"user@host":                "does not name a host",
		"host#k 3wl":               "a token is of printable ASCII characters",
		"host#k3wl#0f":             "is not a SHA-256 of 64 hexadecimal digits",
		"host#k3wl#" + "zz":        "is not a SHA-256 of 64 hexadecimal digits",
		"http://host":              "is not a URL of NATS",
		"nats://host/path":         "is not a URL of NATS",
		"nats://a,b":               "is not a URL of NATS",
		"nats://user:s3cr%ZZ@host": "is not a URL of NATS",
		"nats://user:s3cret@:1":    "does not name a host",
		"ws://host:80":             "is not a URL of NATS",
	} {
		_, err := ParseJoin(text, 5557)
		if assert.Error(t, err, text) {
			assert.Contains(t, err.Error(), why)
			for _, secret := range []string{"k3wl", "k 3wl", "s3cr"} {
				assert.NotContains(t, err.Error(), secret)
			}
		}
	}
}

func TestATargetNamesItselfWithoutSecrets(t *testing.T) {
	assert.Equal(t, "host:1", join(t, "host:1#k3wl").WithToken("other").String())
	assert.Equal(t, "user:xxxxx@a:4222,tls://b:4222", join(t, "nats://user:s3cret@a,tls://b?creds=/x").String())
	assert.Equal(t, "this process", (&Server{}).Target().String())
	assert.Equal(t, "k3wl", join(t, "host#k3wl").WithToken("").token)
}

func FuzzJoin(f *testing.F) {
	for _, seed := range []string{"host:1#k3wl#" + strings.Repeat("0f", 32), "[::1]:5557", "nats://user:pw@a:1,tls://b?creds=c", "#", "a#b#c#d", "nats://", "host:1#\x00", "[:1JJJJ]:5"} {
		f.Add(seed, 5557)
	}
	f.Fuzz(func(t *testing.T, text string, port int) {
		target, err := ParseJoin(text, port)
		if err != nil {
			require.Empty(t, target)
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.NotEmpty(t, target.servers)
		for _, s := range target.servers {
			u, err := url.Parse(s)
			require.NoError(t, err)
			require.NotEmpty(t, u.Hostname())
			require.NotEmpty(t, u.Port())
		}
		require.True(t, target.pin == "" || len(target.pin) == 64)
		require.NoError(t, CheckToken(target.token))
	})
}
