package cli

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/report/web"
)

// webValues are the settings of the page.
type webValues struct {
	host, display  string
	port           int
	basePath       string
	login          bool
	user, password string
	token          string
	cert, key      string
	pair           tls.Certificate // what those files hold
	hosts, origins []string
	allowHost      bool

	headless, headful, autostart bool
	autoquit                     int // seconds; negative: never
}

func webOptions(v *values) []Option {
	w := &v.web
	return append([]Option{
		{Flag: "headless", Env: []string{"LOCUST_HEADLESS"}, group: groupWeb, Accepts: acceptsBool, Switch: true,
			Help: "no page: run at once, print a table every 2 seconds, end with the run", Set: Var(&w.headless, Bool)},
		{Flag: "headful", Env: []string{"LOCUST_HEADFUL"}, Accepts: acceptsBool, Switch: true, Set: Var(&w.headful, Bool)},
		{Flag: "autostart", Env: []string{"LOCUST_AUTOSTART"}, Default: "true", group: groupWeb, shapes: true, Accepts: acceptsBool, Switch: true,
			Help: "run at once beside the page; false waits for a start from there", Set: Var(&w.autostart, Bool)},
		{Flag: "autoquit", Env: []string{"LOCUST_AUTOQUIT"}, Default: "-1", group: groupWeb, Accepts: "whole seconds such as 10, or -1 for never",
			Help: "seconds that the page stays after a run; -1 keeps it until a signal", Set: Var(&w.autoquit, Int)},
		{Flag: "web-host", Env: []string{"LOCUST_WEB_HOST"}, Default: "127.0.0.1", group: groupWeb,
			Help: "address that the page listens on; * or 0.0.0.0 for every interface", Set: Var(&w.host, Text)},
		{Flag: "web-port", Short: "P", Env: []string{"LOCUST_WEB_PORT"}, Default: "8089", group: groupWeb, Accepts: acceptsPort,
			Help: "port that the page listens on; 0 for any free one", Set: Var(&w.port, portNumber)},
		{Flag: "web-base-path", Env: []string{"LOCUST_WEB_BASE_PATH"}, group: groupWeb,
			Help: "path below which the page lives, such as /load", Set: Var(&w.basePath, Text)},
		{Flag: "tls-cert", Env: []string{"LOCUST_TLS_CERT"}, group: groupWeb,
			Help: "certificate (PEM) of the page; with --tls-key it is served over HTTPS", Set: Var(&w.cert, Text)},
		{Flag: "tls-key", Env: []string{"LOCUST_TLS_KEY"}, group: groupWeb,
			Help: "key (PEM) of that certificate", Set: Var(&w.key, Text)},
	}, guardOptions(w)...)
}

// guardOptions say who may see and steer.
func guardOptions(w *webValues) []Option {
	return []Option{
		{Flag: "web-user", Env: []string{"LOAD_WEB_USER"}, group: groupWeb,
			Help: "user name that the page asks for with --web-password", Set: Var(&w.user, Text)},
		{Flag: "web-password", Env: []string{"LOAD_WEB_PASSWORD"}, group: groupWeb, Secret: true,
			Help: "password that the page asks for, with any user name unless --web-user is given; as a flag, everybody on this machine can read it", Set: Var(&w.password, Text)},
		{Flag: "web-token", Env: []string{"LOAD_WEB_TOKEN"}, group: groupWeb, Secret: true,
			Help: "token that opens the page too: Authorization: Bearer TOKEN", Set: Var(&w.token, Text)},
		{Flag: "web-login", Env: []string{"LOCUST_WEB_LOGIN"}, Accepts: acceptsBool, Switch: true, group: groupWeb,
			Help: "refuse to serve the page without a password or token", Set: Var(&w.login, Bool)},
		{Flag: "web-allowed-hosts", Env: []string{"LOAD_WEB_ALLOWED_HOSTS"}, Many: true, group: groupWeb,
			Help: "names beside localhost under which the page may be reached over loopback, by a proxy say; * for any", Set: each(&w.hosts)},
		{Flag: "web-trusted-origins", Env: []string{"LOAD_WEB_TRUSTED_ORIGINS"}, Many: true, group: groupWeb,
			Help: "origins such as https://ops.example whose pages may steer the load", Set: each(&w.origins)},
		{Flag: "allow-host-change", Env: []string{"LOAD_ALLOW_HOST_CHANGE"}, Accepts: acceptsBool, Switch: true, group: groupWeb,
			Help: "a start from the page may name another target", Set: Var(&w.allowHost, Bool)},
		{Flag: "class-picker", Env: []string{"LOCUST_USERCLASS_PICKER"}, Accepts: acceptsBool, Switch: true, group: groupLocust,
			Help: "no effect: there is one user class", Set: check(Bool), inert: "there is one user class"},
		{Flag: "web-host-display-name", Env: []string{"LOCUST_WEB_HOST_DISPLAY_NAME"}, Set: Var(&w.display, Text)},
		{Flag: "build-path", Env: []string{"LOCUST_BUILD_PATH"}, Set: check(Text), inert: "the page is part of the program"},
	}
}

const acceptsPort = "a port from 1 to 65535, or 0 for any free one"

func portNumber(text string) (int, error) {
	n, err := Int(text)
	if err == nil && (n < 0 || n > 65535) {
		err = errNotAccepted
	}
	return n, err
}

// wanted reports whether there is a page.
func (w *webValues) wanted() bool { return !w.headless || w.headful }

// starts reports whether a run begins at once.
func (w *webValues) starts() bool { return w.autostart || !w.wanted() }

// address is where the page listens. An empty host is no wish for every
// interface, as it is with Locust: compose files make it of an unset variable.
func (w *webValues) address() string {
	host := w.host
	switch host {
	case "":
		host = "127.0.0.1"
	case "*":
		host = ""
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(w.port))
}

// prefix is the base path without a slash at its end.
func (w *webValues) prefix() string { return strings.TrimRight(w.basePath, "/") }

// exposed reports whether other machines reach an address.
func exposed(addr net.Addr) bool {
	at, err := netip.ParseAddrPort(addr.String())
	return err == nil && !at.Addr().IsLoopback()
}

// open reports whether nobody is asked for a password.
func (w *webValues) open() bool { return w.password == "" && w.token == "" }

func (w *webValues) auth() web.Auth {
	return web.Auth{User: w.user, Password: w.password, Token: w.token}
}

// checkWeb refuses settings of the page that do not go together. Secrets stay
// out of the messages.
func (c *config) checkWeb() error {
	w := &c.values.web
	for _, secret := range []string{"web-password", "web-token"} {
		if from := c.origins[secret]; from.blank {
			return &UsageError{Where: from.name, Problem: "holds blanks alone", Accepts: "a secret, or nothing at all for none"}
		}
	}
	switch {
	case w.autoquit >= 0 && !w.autostart && c.given("autoquit"):
		return &UsageError{Where: c.where("autoquit"), Problem: "only means something with --autostart", Code: exitFailure}
	case w.basePath != "" && !strings.HasPrefix(w.basePath, "/"):
		return &UsageError{Where: c.where("web-base-path"), Accepts: "a path that begins with /", Code: exitFailure}
	case strings.ContainsAny(w.basePath, "{}?#% "):
		return &UsageError{Where: c.where("web-base-path"), Accepts: "a path without blanks, braces, %, ? and #", Code: exitFailure}
	case w.user != "" && w.password == "":
		return &UsageError{Where: c.where("web-user"), Problem: "a user name without a password", Accepts: "both, LOAD_WEB_PASSWORD too"}
	case w.login && w.open():
		return &UsageError{Where: c.where("web-login"), Problem: "there is no login page", Accepts: "a password in LOAD_WEB_PASSWORD or a token in LOAD_WEB_TOKEN"}
	}
	for _, origin := range w.origins {
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); err != nil {
			return &UsageError{Where: c.where("web-trusted-origins"), Accepts: "origins such as https://ops.example"}
		}
	}
	return c.checkTLS()
}

func (c *config) checkTLS() error {
	w := &c.values.web
	switch {
	case w.cert == "" && w.key == "":
		return nil
	case w.cert == "" || w.key == "":
		return &UsageError{Where: "--tls-cert and --tls-key", Problem: "one without the other", Accepts: "both, or neither"}
	}
	var err error
	if w.pair, err = keyPair(w.cert, w.key); err != nil {
		return &UsageError{Where: c.where("tls-cert") + " " + c.where("tls-key"), Problem: err.Error(), Accepts: "a certificate and its key as PEM files"}
	}
	return nil
}

// largestPEM bounds a file of certificates or keys, in bytes.
const largestPEM = 1 << 20

// keyPair reads a certificate and its key, also with the byte order mark of an
// editor before them.
func keyPair(cert, key string) (tls.Certificate, error) {
	var parts [2][]byte
	for i, path := range []string{cert, key} {
		if i > 0 && key == cert {
			parts[i] = parts[0] // a pipe is read once
			continue
		}
		var err error
		if parts[i], err = input.ReadFile(path, largestPEM); err != nil {
			return tls.Certificate{}, fmt.Errorf("%s: %w", quote(path), err)
		}
	}
	pair, err := tls.X509KeyPair(parts[0], parts[1])
	if err != nil && isEncrypted(parts[1]) {
		return pair, errors.New("the key is encrypted")
	}
	return pair, err
}

// isEncrypted says that a key in PEM wants a password.
func isEncrypted(text []byte) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return true
		}
	}
	return false
}
