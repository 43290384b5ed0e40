package cli

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/httpclient"
)

// targetValues say how the target is reached, under the names that curl has
// for it.
type targetValues struct {
	insecure          setting.Value[bool]
	cacert, cert, key setting.Value[string]
	proxy             setting.Value[string]
	socket            setting.Value[string]
	http2, http1      setting.Value[bool]
	compressed        setting.Value[bool]
	headers           setting.Value[[]string]
	bearer            setting.Value[string]
	idle              setting.Value[time.Duration]
}

const acceptsPath = "the path of a PEM file"

func targetOptions(t *targetValues) []setting.Option {
	return []setting.Option{
		{Flag: "header", Takes: "HEADER", Env: []string{"LOAD_HEADER"}, Many: true, Apart: true, Split: textLines, Redact: headerName, Accepts: "Name: value",
			Help: "header of every request, 'Name: value'; in the variable one a line", Set: setting.Items(&t.headers)},
		{Flag: "oauth2-bearer", Takes: "TOKEN", Env: []string{"LOAD_OAUTH2_BEARER", "LOAD_BEARER_TOKEN"}, Redact: hideAll,
			Help: "token of every request, as Authorization: Bearer TOKEN", Set: setting.Into(&t.bearer, setting.Text)},
		{Flag: "insecure", Short: "k", Env: []string{"LOAD_INSECURE"}, Default: "false", Switch: true,
			Help: "take any certificate of the target", Set: setting.Into(&t.insecure, setting.Bool)},
		{Flag: "cacert", Takes: "FILE", Env: []string{"LOAD_CACERT"}, Accepts: acceptsPath,
			Help: "authorities to trust (PEM), in place of the system's", Set: setting.Into(&t.cacert, setting.Text)},
		{Flag: "cert", Takes: "FILE", Env: []string{"LOAD_CERT"}, Accepts: acceptsPath,
			Help: "certificate to show to the target (PEM)", Set: setting.Into(&t.cert, setting.Text)},
		{Flag: "key", Takes: "FILE", Env: []string{"LOAD_KEY"}, Accepts: acceptsPath,
			Help: "key of that certificate (PEM), if it is in another file", Set: setting.Into(&t.key, setting.Text)},
		{Flag: "proxy", Takes: "URL", Env: []string{"LOAD_PROXY"}, Redact: redact.Address, Accepts: acceptsProxy,
			Help: "proxy of all requests; empty for none; not given: HTTP_PROXY, HTTPS_PROXY, NO_PROXY", Set: setting.Into(&t.proxy, setting.Text)},
		{Flag: "http2", Env: []string{"LOAD_HTTP2"}, Default: "false", Switch: true,
			Help: "offer HTTP/2 to an https target", Set: setting.Into(&t.http2, setting.Bool)},
		{Flag: "http1.1", Switch: true,
			Help: "HTTP/1.1 alone, which is the default", Set: setting.Into(&t.http1, setting.Bool)},
		{Flag: "compressed", Env: []string{"LOAD_COMPRESSED"}, Default: "false", Switch: true,
			Help: "ask for answers in gzip and unpack them; bytes count unpacked", Set: setting.Into(&t.compressed, setting.Bool)},
		{Flag: "unix-socket", Takes: "FILE", Env: []string{"LOAD_UNIX_SOCKET"},
			Help: "socket in the file system that requests go to; the host is then a name alone", Set: setting.Into(&t.socket, setting.Text)},
		{Flag: "idle-timeout", Takes: "TIME", Env: []string{"LOAD_IDLE_TIMEOUT"}, Default: "90s", Accepts: acceptsDuration,
			Help: "how long an unused connection is kept; below the target's own time for it; 0 is the default of 90s", Set: setting.Into(&t.idle, setting.Duration)},
	}
}

// textLines are the items of a variable that has one a line.
func textLines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
}

// headerName is a header as messages may show it: without its value.
func headerName(text string) string {
	if name, _, ok := strings.Cut(text, ":"); ok {
		return name + ": xxxxx"
	}
	return hideAll(text)
}

func hideAll(text string) string {
	if text == "" {
		return ""
	}
	return "xxxxx"
}

type proxyFunc = func(*http.Request) (*url.URL, error)

// way is what the settings of the target come to.
type way struct {
	client httpclient.Config
	used   bool // a program has taken it
}

// to is the way to a host. A proxy that the host does not need is left out: it would
// exclude settings that do without.
func (w *way) to(host string) httpclient.Config {
	w.used = true
	c := w.client
	c.Header = c.Header.Clone()
	if through, err := through(c.Proxy, host); through == "" && err == nil {
		c.Proxy = nil
	}
	return c
}

// checkSocket takes the socket and what needs no check.
func (c *config) checkSocket() error {
	t, client := &c.values.target, &c.way.client
	if _, err := httpclient.New(httpclient.Config{Host: "http://localhost", UnixSocket: t.socket.V}); err != nil {
		return &setting.Error{Where: t.socket.Where(), Problem: withoutPrefix(err)}
	}
	if info, err := os.Stat(t.socket.V); t.socket.V != "" && err == nil && (info.IsDir() || info.Mode().IsRegular()) {
		return &setting.Error{Where: t.socket.Where(), Problem: "is not a socket", Accepts: "the path of one, which may come later"}
	}
	client.UnixSocket, client.HTTP2, client.Gzip = t.socket.V, t.http2.V, t.compressed.V
	if t.idle.V != httpclient.DefaultIdleTimeout {
		client.IdleTimeout = t.idle.V
	}
	return nil
}

func withoutPrefix(err error) string {
	text := strings.TrimPrefix(err.Error(), "httpclient: ")
	return strings.TrimPrefix(strings.TrimPrefix(text, "Header: "), "request: ")
}

func (c *config) checkHeaders() error {
	t := &c.values.target
	all := make(http.Header)
	for _, text := range t.headers.V {
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return c.refuseHeader(text, "")
		}
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		all[name] = append(all[name], strings.TrimSpace(value))
		if _, err := httpclient.New(httpclient.Config{Host: "https://localhost", HTTP2: t.http2.V, Header: all}); err != nil {
			return c.refuseHeader(text, withoutPrefix(err))
		}
	}
	if t.bearer.V != "" {
		if all["Authorization"] != nil {
			return &setting.Error{Where: t.bearer.Where(), Problem: "a header Authorization is given too", Accepts: "one of them"}
		}
		all.Set("Authorization", "Bearer "+t.bearer.V)
		if _, err := httpclient.New(httpclient.Config{Host: "https://localhost", Header: all}); err != nil {
			return &setting.Error{Where: t.bearer.Where(), Problem: "has a control character"}
		}
	}
	if len(all) > 0 {
		c.way.client.Header = all
	}
	return nil
}

func (c *config) refuseHeader(text, problem string) error {
	return &setting.Error{Where: c.values.target.headers.Showing(text), Problem: problem, Accepts: "Name: value"}
}

// tlsConfig is the one that is made up; it exists once something is asked of it.
func (w *way) tlsConfig() *tls.Config {
	if w.client.TLS == nil {
		w.client.TLS = new(tls.Config)
	}
	return w.client.TLS
}

func (c *config) checkTrust() error {
	t := &c.values.target
	if t.insecure.V {
		c.way.tlsConfig().InsecureSkipVerify = true
	}
	if t.cacert.V == "" {
		return nil
	}
	roots := x509.NewCertPool()
	text, err := input.ReadFile(t.cacert.V, largestPEM)
	if err == nil && !roots.AppendCertsFromPEM(text) {
		err = errors.New("has no certificate in PEM")
	}
	if err != nil {
		return &setting.Error{Where: t.cacert.Where(), Problem: err.Error(), Accepts: acceptsPath}
	}
	c.way.tlsConfig().RootCAs = roots
	return nil
}

func (c *config) checkCertificate() error {
	t := &c.values.target
	switch {
	case t.cert.V == "" && t.key.V == "":
		return nil
	case t.cert.V == "":
		return &setting.Error{Where: t.key.Where(), Problem: "it has no certificate", Accepts: "--cert too"}
	}
	pair, err := keyPair(t.cert.V, cmp.Or(t.key.V, t.cert.V))
	if err != nil {
		where := t.cert.Where()
		if t.key.V != "" {
			where += " " + t.key.Where()
		}
		return &setting.Error{Where: where, Problem: strings.TrimPrefix(err.Error(), "tls: "), Accepts: "a certificate and its key, unencrypted, as PEM files"}
	}
	c.way.tlsConfig().Certificates = []tls.Certificate{pair}
	return nil
}

const acceptsProxy = "http://host:port, https://host:port or socks5://host:port"

// checkProxy takes the proxy that is named, or else that of the environment,
// which a unix socket needs none of.
func (c *config) checkProxy() error {
	t := &c.values.target
	if t.proxy.V != "" {
		text := t.proxy.V
		if !strings.Contains(text, "://") {
			text = "http://" + text // as curl reads it
		}
		u, err := url.Parse(text)
		if err != nil || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
			return &setting.Error{Where: t.proxy.Where(), Accepts: acceptsProxy}
		}
		c.way.client.Proxy = http.ProxyURL(u)
		return c.checkWithProxy(t.proxy.Where(), "one of them")
	}
	if t.proxy.Given() || c.proxyOf == nil || t.socket.V != "" {
		return nil
	}
	through, err := through(c.proxyOf, c.values.host.V)
	if err != nil {
		return &setting.Error{Where: "HTTP_PROXY or HTTPS_PROXY", Problem: "is not a URL", Accepts: acceptsProxy} // the cause holds its password
	}
	c.way.client.Proxy = c.proxyOf
	if through == "" { // it is for other targets that the page may name
		return nil
	}
	return c.checkWithProxy("HTTP_PROXY or HTTPS_PROXY names "+through, "--proxy= for none, or the host in NO_PROXY")
}

// checkWithProxy refuses what goes straight to the target only.
func (c *config) checkWithProxy(where, accepts string) error {
	var straight *setting.Source
	switch v := &c.values; {
	case v.target.socket.V != "":
		straight = &v.target.socket.Source
	case v.ownConns.V:
		straight = &v.ownConns.Source
	case v.wire.V == string(httpclient.Fast):
		straight = &v.wire.Source
	default:
		return nil
	}
	return &setting.Error{Where: where, Problem: "cannot stand with " + straight.Where() + ", which goes straight to the target", Accepts: accepts}
}

// proxyLine is the line of the log on the proxy; "" without one.
func (c *config) proxyLine() string {
	t := &c.values.target
	via, _ := through(c.way.client.Proxy, c.values.host.V) // checkProxy has seen the error
	switch {
	case via == "":
		return ""
	case t.proxy.V != "":
		return "Requests go through the proxy " + via
	}
	return "Requests go through the proxy " + via + ", as HTTP_PROXY or HTTPS_PROXY says; --proxy= takes none"
}

// unusedWay lists settings that have no effect because the program makes its client
// without Settings.Client.
func (c *config) unusedWay() (lines []string) {
	if c.way.used {
		return nil
	}
	for _, o := range c.app.wayOptions(&c.values.target) {
		if o.Source().Given() {
			lines = append(lines, o.Source().Where()+" has no effect: this program makes its client without cli.Settings.Client")
		}
	}
	return lines
}

// through is the proxy on the way to a host, as messages may name it; "" is none.
func through(proxy proxyFunc, host string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(host))
	if proxy == nil || err != nil || u.Host == "" {
		return "", nil
	}
	via, err := proxy(&http.Request{URL: u})
	if err != nil || via == nil {
		return "", err
	}
	return via.Redacted(), nil
}

func (c *config) checkProtocol() error {
	t := &c.values.target
	switch {
	case !t.http2.V:
		return nil
	case t.http1.V:
		return &setting.Error{Where: t.http2.Where(), Problem: "cannot stand with " + t.http1.Where(), Accepts: "one of them"}
	case c.values.wire.V == string(httpclient.Fast):
		return &setting.Error{Where: t.http2.Where(), Problem: "cannot stand with " + c.values.wire.Where() + ", which speaks HTTP/1.1", Accepts: "--wire net/http"}
	case strings.HasPrefix(strings.ToLower(strings.TrimSpace(c.values.host.V)), "http:"):
		return &setting.Error{Where: t.http2.Where(), Problem: "needs an https target, and " + c.values.host.Where() + " is not", Accepts: "--host https://..."}
	}
	return nil
}
