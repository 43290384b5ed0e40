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
	"github.com/gensim/load-generator/loadgen/httpclient"
)

// targetValues say how the target is reached, under the names that curl has
// for it.
type targetValues struct {
	insecure          bool
	cacert, cert, key string
	proxyText         string
	socket            string
	http2, http1      bool
	compressed        bool
	headers           []string
	bearer            string
	idle              time.Duration

	proxyOf proxyFunc // of the environment; nil: none
	way     way
}

type proxyFunc = func(*http.Request) (*url.URL, error)

// way is what they come to.
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

const acceptsPath = "the path of a PEM file"

func targetOptions(v *values) []Option {
	t := &v.target
	return []Option{
		{Flag: "header", Env: []string{"LOAD_HEADER"}, group: groupTarget, Many: true, apart: true, split: textLines, redact: headerName, Accepts: "Name: value",
			Help: "header of every request, 'Name: value'; in the variable one a line", Set: each(&t.headers)},
		{Flag: "oauth2-bearer", Env: []string{"LOAD_OAUTH2_BEARER", "LOAD_BEARER_TOKEN"}, group: groupTarget, redact: hideAll,
			Help: "token of every request, as Authorization: Bearer TOKEN", Set: Var(&t.bearer, Text)},
		{Flag: "insecure", Short: "k", Env: []string{"LOAD_INSECURE"}, Default: "false", group: groupTarget, Accepts: acceptsBool, Switch: true,
			Help: "take any certificate of the target", Set: Var(&t.insecure, Bool)},
		{Flag: "cacert", Env: []string{"LOAD_CACERT"}, group: groupTarget, Accepts: acceptsPath,
			Help: "authorities to trust (PEM), in place of the system's", Set: Var(&t.cacert, Text)},
		{Flag: "cert", Env: []string{"LOAD_CERT"}, group: groupTarget, Accepts: acceptsPath,
			Help: "certificate to show to the target (PEM)", Set: Var(&t.cert, Text)},
		{Flag: "key", Env: []string{"LOAD_KEY"}, group: groupTarget, Accepts: acceptsPath,
			Help: "key of that certificate (PEM), if it is in another file", Set: Var(&t.key, Text)},
		{Flag: "proxy", Env: []string{"LOAD_PROXY"}, group: groupTarget, redact: redacted, Accepts: acceptsProxy,
			Help: "proxy of all requests; empty for none; not given: HTTP_PROXY, HTTPS_PROXY, NO_PROXY", Set: Var(&t.proxyText, Text)},
		{Flag: "http2", Env: []string{"LOAD_HTTP2"}, Default: "false", group: groupTarget, Accepts: acceptsBool, Switch: true,
			Help: "offer HTTP/2 to an https target", Set: Var(&t.http2, Bool)},
		{Flag: "http1.1", group: groupTarget, Accepts: acceptsBool, Switch: true,
			Help: "HTTP/1.1 alone, which is the default", Set: Var(&t.http1, Bool)},
		{Flag: "compressed", Env: []string{"LOAD_COMPRESSED"}, Default: "false", group: groupTarget, Accepts: acceptsBool, Switch: true,
			Help: "ask for answers in gzip and unpack them; bytes count unpacked", Set: Var(&t.compressed, Bool)},
		{Flag: "unix-socket", Env: []string{"LOAD_UNIX_SOCKET"}, group: groupTarget,
			Help: "socket in the file system that requests go to; the host is then a name alone", Set: Var(&t.socket, Text)},
		{Flag: "idle-timeout", Env: []string{"LOAD_IDLE_TIMEOUT"}, Default: "90s", group: groupTarget, Accepts: acceptsDuration,
			Help: "how long an unused connection is kept; below the target's own time for it; 0 is the default of 90s", Set: Var(&t.idle, Duration)},
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

// checkTarget reads the files and makes of the settings what a client takes.
func (c *config) checkTarget() error {
	for _, check := range []func() error{c.checkHeaders, c.checkTrust, c.checkCertificate, c.checkProxy, c.checkProtocol} {
		if err := check(); err != nil {
			return err
		}
	}
	t := &c.values.target
	if _, err := httpclient.New(httpclient.Config{Host: "http://localhost", UnixSocket: t.socket}); err != nil {
		return &UsageError{Where: c.where("unix-socket"), Problem: withoutPrefix(err)}
	}
	if info, err := os.Stat(t.socket); t.socket != "" && err == nil && (info.IsDir() || info.Mode().IsRegular()) {
		return &UsageError{Where: c.where("unix-socket"), Problem: "is no socket", Accepts: "the path of one, which may come later"}
	}
	t.way.socket, t.way.http2, t.way.idle = t.socket, t.http2, t.idle
	t.way.gzip = t.compressed
	return nil
}

func withoutPrefix(err error) string {
	text := strings.TrimPrefix(err.Error(), "httpclient: ")
	return strings.TrimPrefix(strings.TrimPrefix(text, "Header: "), "request: ")
}

func (c *config) checkHeaders() error {
	t := &c.values.target
	all := make(http.Header)
	for _, text := range t.headers {
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return c.refuseHeader(text, "")
		}
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		all[name] = append(all[name], strings.TrimSpace(value))
		if _, err := httpclient.New(httpclient.Config{Host: "https://localhost", HTTP2: t.http2, Header: all}); err != nil {
			return c.refuseHeader(text, withoutPrefix(err))
		}
	}
	if t.bearer != "" {
		if all["Authorization"] != nil {
			return &UsageError{Where: c.where("oauth2-bearer"), Problem: "a header Authorization is given too", Accepts: "one of them"}
		}
		all.Set("Authorization", "Bearer "+t.bearer)
		if _, err := httpclient.New(httpclient.Config{Host: "https://localhost", Header: all}); err != nil {
			return &UsageError{Where: c.where("oauth2-bearer"), Problem: "has a control character"}
		}
	}
	if len(all) > 0 {
		t.way.header = all
	}
	return nil
}

func (c *config) refuseHeader(text, problem string) error {
	from := c.origins["header"]
	return &UsageError{Where: from.name + "=" + quote(headerName(text)), Problem: problem, Accepts: "Name: value"}
}

// tlsConfig is the one that is made up; it exists once something is asked of it.
func (t *targetValues) tlsConfig() *tls.Config {
	if t.way.tls == nil {
		t.way.tls = new(tls.Config)
	}
	return t.way.tls
}

func (c *config) checkTrust() error {
	t := &c.values.target
	if t.insecure {
		t.tlsConfig().InsecureSkipVerify = true
	}
	if t.cacert == "" {
		return nil
	}
	text, err := input.ReadFile(t.cacert, largestPEM)
	if err != nil {
		return &UsageError{Where: c.where("cacert"), Problem: err.Error(), Accepts: acceptsPath}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return &UsageError{Where: c.where("cacert"), Problem: "has no certificate in PEM", Accepts: acceptsPath}
	}
	t.tlsConfig().RootCAs = roots
	return nil
}

func (c *config) checkCertificate() error {
	t := &c.values.target
	switch {
	case t.cert == "" && t.key == "":
		return nil
	case t.cert == "":
		return &UsageError{Where: c.where("key"), Problem: "it has no certificate", Accepts: "--cert too"}
	}
	key := t.key
	if key == "" {
		key = t.cert
	}
	pair, err := keyPair(t.cert, key)
	if err != nil {
		where := c.where("cert")
		if t.key != "" {
			where += " " + c.where("key")
		}
		return &UsageError{Where: where, Problem: strings.TrimPrefix(err.Error(), "tls: "), Accepts: "a certificate and its key, unencrypted, as PEM files"}
	}
	t.tlsConfig().Certificates = []tls.Certificate{pair}
	return nil
}

const acceptsProxy = "http://host:port, https://host:port or socks5://host:port"

// checkProxy takes the proxy that is named, or else that of the environment,
// which a unix socket needs none of.
func (c *config) checkProxy() error {
	t := &c.values.target
	if t.proxyText != "" {
		text := t.proxyText
		if !strings.Contains(text, "://") {
			text = "http://" + text // as curl reads it
		}
		u, err := url.Parse(text)
		if err != nil || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
			return &UsageError{Where: c.where("proxy"), Accepts: acceptsProxy}
		}
		t.way.proxy = http.ProxyURL(u)
		return c.checkWithProxy(c.where("proxy"), "one of them")
	}
	if c.given("proxy") || t.proxyOf == nil || t.socket != "" {
		return nil
	}
	through, err := through(t.proxyOf, c.values.host)
	switch {
	case err != nil:
		return &UsageError{Where: "HTTP_PROXY or HTTPS_PROXY", Problem: "is not a URL", Accepts: acceptsProxy} // the cause holds its password
	case through == "":
		t.way.proxy = t.proxyOf // for other targets that the page may name
		return nil
	}
	t.way.proxy = t.proxyOf
	return c.checkWithProxy("HTTP_PROXY or HTTPS_PROXY names "+through, "--proxy= for none, or the host in NO_PROXY")
}

// checkWithProxy refuses what goes straight to the target only.
func (c *config) checkWithProxy(where, accepts string) error {
	var straight string
	switch v := &c.values; {
	case v.target.socket != "":
		straight = "unix-socket"
	case v.ownConns:
		straight = "own-connections"
	case v.wire == string(httpclient.Fast):
		straight = "wire"
	default:
		return nil
	}
	return &UsageError{Where: where, Problem: "cannot stand with " + c.where(straight) + ", which goes straight to the target", Accepts: accepts}
}

// proxyLine says for the log which way requests go; "" when they go straight.
func (c *config) proxyLine() string {
	t := &c.values.target
	via, _ := through(t.way.proxy, c.values.host) // checkProxy has seen the error
	switch {
	case via == "":
		return ""
	case t.proxyText != "":
		return "Requests go through the proxy " + via
	}
	return "Requests go through the proxy " + via + ", as HTTP_PROXY or HTTPS_PROXY says; --proxy= takes none"
}

// unusedWay names the settings that a program ignores which makes its client
// without Settings.Client.
func (c *config) unusedWay() (lines []string) {
	if c.values.target.way.used {
		return nil
	}
	for _, o := range c.options {
		if o.group == groupTarget && c.given(o.Flag) {
			lines = append(lines, c.where(o.Flag)+" has no effect: this program makes its client without cli.Settings.Client")
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
	case !t.http2:
		return nil
	case t.http1:
		return &UsageError{Where: c.where("http2"), Problem: "cannot stand with " + c.where("http1.1"), Accepts: "one of them"}
	case c.values.wire == string(httpclient.Fast):
		return &UsageError{Where: c.where("http2"), Problem: "cannot stand with " + c.where("wire") + ", which speaks HTTP/1.1", Accepts: "--wire net/http"}
	case strings.HasPrefix(strings.ToLower(strings.TrimSpace(c.values.host)), "http:"):
		return &UsageError{Where: c.where("http2"), Problem: "needs an https target, and " + c.where("host") + " is none", Accepts: "--host https://..."}
	}
	return nil
}
