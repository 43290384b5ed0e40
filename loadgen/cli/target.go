package cli

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/httpclient"
)

type proxyFunc = func(*http.Request) (*url.URL, error)

// way is what the settings come to.
type way struct {
	used   bool // a program has taken it
	header http.Header
	tls    *tls.Config
	proxy  proxyFunc
	socket string
	http2  bool
	gzip   bool
	idle   time.Duration
}

// put completes a client's Config. A proxy that the target does not need is left
// out: it would exclude settings that do without.
func (w *way) put(c *httpclient.Config) {
	if w == nil { // Settings that the program has made itself
		return
	}
	w.used = true
	c.Header, c.TLS, c.UnixSocket, c.HTTP2 = w.header.Clone(), w.tls, w.socket, w.http2
	c.Gzip = c.Gzip || w.gzip
	if w.idle != httpclient.DefaultIdleTimeout {
		c.IdleTimeout = w.idle
	}
	if through, err := through(w.proxy, c.Host); through != "" || err != nil {
		c.Proxy = w.proxy
	}
}

// checkTarget reads the files and turns the settings into what a client takes.
func (c *config) checkTarget() error {
	for _, check := range []func() error{c.checkHeaders, c.checkTrust, c.checkCertificate, c.checkProxy, c.checkProtocol} {
		if err := check(); err != nil {
			return err
		}
	}
	t := &c.values.target
	if _, err := httpclient.New(httpclient.Config{Host: "http://localhost", UnixSocket: t.socket.V}); err != nil {
		return &setting.Error{Where: t.socket.Where(), Problem: withoutPrefix(err)}
	}
	if info, err := os.Stat(t.socket.V); t.socket.V != "" && err == nil && (info.IsDir() || info.Mode().IsRegular()) {
		return &setting.Error{Where: t.socket.Where(), Problem: "is not a socket", Accepts: "the path of one, which may come later"}
	}
	c.way.socket, c.way.http2, c.way.idle = t.socket.V, t.http2.V, t.idle.V
	c.way.gzip = t.compressed.V
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
		c.way.header = all
	}
	return nil
}

func (c *config) refuseHeader(text, problem string) error {
	return &setting.Error{Where: c.values.target.headers.Showing(text), Problem: problem, Accepts: "Name: value"}
}

// tlsConfig is the one that is made up; it exists once something is asked of it.
func (w *way) tlsConfig() *tls.Config {
	if w.tls == nil {
		w.tls = new(tls.Config)
	}
	return w.tls
}

func (c *config) checkTrust() error {
	t := &c.values.target
	if t.insecure.V {
		c.way.tlsConfig().InsecureSkipVerify = true
	}
	if t.cacert.V == "" {
		return nil
	}
	text, err := input.ReadFile(t.cacert.V, largestPEM)
	if err != nil {
		return &setting.Error{Where: t.cacert.Where(), Problem: err.Error(), Accepts: acceptsPath}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return &setting.Error{Where: t.cacert.Where(), Problem: "has no certificate in PEM", Accepts: acceptsPath}
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
	key := t.key.V
	if key == "" {
		key = t.cert.V
	}
	pair, err := keyPair(t.cert.V, key)
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
		c.way.proxy = http.ProxyURL(u)
		return c.checkWithProxy(t.proxy.Where(), "one of them")
	}
	if t.proxy.Given() || c.proxyOf == nil || t.socket.V != "" {
		return nil
	}
	through, err := through(c.proxyOf, c.values.host.V)
	switch {
	case err != nil:
		return &setting.Error{Where: "HTTP_PROXY or HTTPS_PROXY", Problem: "is not a URL", Accepts: acceptsProxy} // the cause holds its password
	case through == "":
		c.way.proxy = c.proxyOf // for other targets that the page may name
		return nil
	}
	c.way.proxy = c.proxyOf
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
	via, _ := through(c.way.proxy, c.values.host.V) // checkProxy has seen the error
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
