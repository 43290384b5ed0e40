package cli

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report/web"
)

// webValues are the settings of the page.
type webValues struct {
	host, display  setting.Value[string]
	port           setting.Value[int]
	basePath       setting.Value[string]
	login          setting.Value[bool]
	user, password setting.Value[string]
	token          setting.Value[string]
	cert, key      setting.Value[string]
	hosts, trusted setting.Value[[]string]
	allowHost      setting.Value[bool]

	headless, headful, autostart setting.Value[bool]
	autoquit                     setting.Value[int] // seconds; negative: never

	pair tls.Certificate // of cert and key
}

func webOptions(w *webValues) []setting.Option {
	return append([]setting.Option{
		{Flag: "headless", Env: []string{"LOCUST_HEADLESS"}, Switch: true,
			Help: "no page: run at once, print a table every 2 seconds, end with the run", Set: setting.Into(&w.headless, setting.Bool)},
		{Flag: "headful", Env: []string{"LOCUST_HEADFUL"}, Hidden: true, Switch: true, Set: setting.Into(&w.headful, setting.Bool)},
		{Flag: "autostart", Env: []string{"LOCUST_AUTOSTART"}, Default: "true", Bearing: setting.Load, Switch: true,
			Help: "run at once, with the page; false waits for a start from there", Set: setting.Into(&w.autostart, setting.Bool)},
		{Flag: "autoquit", Takes: "SECONDS", Env: []string{"LOCUST_AUTOQUIT"}, Default: "-1", Accepts: "whole seconds such as 10, or -1 for never",
			Help: "seconds that the page stays after a run; -1 keeps it until a signal", Set: setting.Into(&w.autoquit, setting.Int)},
		{Flag: "web-host", Takes: "ADDRESS", Env: []string{"LOCUST_WEB_HOST"}, Default: "127.0.0.1",
			Help: "address that the page listens on; * or 0.0.0.0 for every interface", Set: setting.Into(&w.host, setting.Text)},
		{Flag: "web-port", Short: "P", Takes: "PORT", Env: []string{"LOCUST_WEB_PORT"}, Default: "8089", Accepts: acceptsPort,
			Help: "port that the page listens on; 0 for any free one", Set: setting.Into(&w.port, portNumber)},
		{Flag: "web-base-path", Takes: "PATH", Env: []string{"LOCUST_WEB_BASE_PATH"},
			Help: "path below which the page lives, such as /load", Set: setting.Into(&w.basePath, setting.Text)},
		{Flag: "tls-cert", Takes: "FILE", Env: []string{"LOCUST_TLS_CERT"},
			Help: "certificate (PEM) of the page; with --tls-key it is served over HTTPS", Set: setting.Into(&w.cert, setting.Text)},
		{Flag: "tls-key", Takes: "FILE", Env: []string{"LOCUST_TLS_KEY"},
			Help: "key (PEM) of that certificate", Set: setting.Into(&w.key, setting.Text)},
	}, guardOptions(w)...)
}

// guardOptions say who may see and steer.
func guardOptions(w *webValues) []setting.Option {
	return []setting.Option{
		{Flag: "web-user", Takes: "NAME", Env: []string{"LOAD_WEB_USER"},
			Help: "user name that the page asks for with --web-password", Set: setting.Into(&w.user, setting.Text)},
		{Flag: "web-password", Takes: "PASSWORD", Env: []string{"LOAD_WEB_PASSWORD"}, Secret: true,
			Help: "password that the page asks for, with any user name unless --web-user is given; as a flag, everybody on this machine can read it", Set: setting.Into(&w.password, setting.Text)},
		{Flag: "web-token", Takes: "TOKEN", Env: []string{"LOAD_WEB_TOKEN"}, Secret: true,
			Help: "token that opens the page too: Authorization: Bearer TOKEN", Set: setting.Into(&w.token, setting.Text)},
		{Flag: "web-login", Env: []string{"LOCUST_WEB_LOGIN"}, Switch: true,
			Help: "refuse to serve the page without a password or token", Set: setting.Into(&w.login, setting.Bool)},
		{Flag: "web-allowed-hosts", Takes: "HOSTS", Env: []string{"LOAD_WEB_ALLOWED_HOSTS"}, Many: true,
			Help: "names other than localhost under which the page may be reached over loopback, by a proxy say; * for any", Set: setting.Items(&w.hosts)},
		{Flag: "web-trusted-origins", Takes: "ORIGINS", Env: []string{"LOAD_WEB_TRUSTED_ORIGINS"}, Many: true,
			Help: "origins such as https://ops.example whose pages may steer the load", Set: setting.Items(&w.trusted)},
		{Flag: "allow-host-change", Env: []string{"LOAD_ALLOW_HOST_CHANGE"}, Switch: true,
			Help: "a start from the page may name another target", Set: setting.Into(&w.allowHost, setting.Bool)},
		{Flag: "web-host-display-name", Env: []string{"LOCUST_WEB_HOST_DISPLAY_NAME"}, Hidden: true, Set: setting.Into(&w.display, setting.Text)},
	}
}

const acceptsPort = "a port from 1 to 65535, or 0 for any free one"

func portNumber(text string) (int, error) { return setting.Between(0, 65535)(text) }

// wanted reports whether there is a page.
func (w *webValues) wanted() bool { return !w.headless.V || w.headful.V }

// starts reports whether a run begins at once.
func (w *webValues) starts() bool { return w.autostart.V || !w.wanted() }

// address is where the page listens. An empty host is not every interface, unlike
// with Locust: compose files make it from an unset variable.
func (w *webValues) address() string {
	host := w.host.V
	switch host {
	case "":
		host = "127.0.0.1"
	case "*":
		host = ""
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(w.port.V))
}

// prefix is the base path without a slash at its end.
func (w *webValues) prefix() string { return strings.TrimRight(w.basePath.V, "/") }

// exposed reports whether other machines reach an address.
func exposed(addr net.Addr) bool {
	at, err := netip.ParseAddrPort(addr.String())
	return err == nil && !at.Addr().IsLoopback()
}

// open reports whether the page asks for no password.
func (w *webValues) open() bool { return w.password.V == "" && w.token.V == "" }

func (w *webValues) auth() web.Auth {
	return web.Auth{User: w.user.V, Password: w.password.V, Token: w.token.V}
}

// checkWeb refuses settings of the page that do not go together. Secrets stay
// out of the messages.
func (c *config) checkWeb() error {
	w := &c.values.web
	for _, secret := range []*setting.Source{&w.password.Source, &w.token.Source} {
		if secret.Blank() {
			return &setting.Error{Where: secret.Name(), Problem: "holds blanks alone", Accepts: "a secret, or nothing at all for none"}
		}
	}
	switch {
	case w.autoquit.V >= 0 && !w.autostart.V && w.autoquit.Given():
		return &setting.Error{Where: w.autoquit.Where(), Problem: "only means something with --autostart", Code: exitFailure}
	case w.basePath.V != "" && !strings.HasPrefix(w.basePath.V, "/"):
		return &setting.Error{Where: w.basePath.Where(), Accepts: "a path that begins with /", Code: exitFailure}
	case strings.ContainsAny(w.basePath.V, "{}?#% "):
		return &setting.Error{Where: w.basePath.Where(), Accepts: "a path without blanks, braces, %, ? and #", Code: exitFailure}
	case w.user.V != "" && w.password.V == "":
		return &setting.Error{Where: w.user.Where(), Problem: "a user name without a password", Accepts: "both, LOAD_WEB_PASSWORD too"}
	case w.login.V && w.open():
		return &setting.Error{Where: w.login.Where(), Problem: "there is no login page", Accepts: "a password in LOAD_WEB_PASSWORD or a token in LOAD_WEB_TOKEN"}
	}
	for _, origin := range w.trusted.V {
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); err != nil {
			return &setting.Error{Where: w.trusted.Where(), Accepts: "origins such as https://ops.example"}
		}
	}
	return nil
}

func (c *config) checkTLS() error {
	w := &c.values.web
	switch {
	case w.cert.V == "" && w.key.V == "":
		return nil
	case w.cert.V == "" || w.key.V == "":
		return &setting.Error{Where: "--tls-cert and --tls-key", Problem: "one without the other", Accepts: "both, or neither"}
	}
	var err error
	if w.pair, err = keyPair(w.cert.V, w.key.V); err != nil {
		return &setting.Error{Where: w.cert.Where() + " " + w.key.Where(), Problem: err.Error(), Accepts: "a certificate and its key as PEM files"}
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
			return tls.Certificate{}, fmt.Errorf("%s: %w", setting.Quote(path), err)
		}
	}
	pair, err := tls.X509KeyPair(parts[0], parts[1])
	if err != nil && isEncrypted(parts[1]) {
		return pair, errors.New("the key is encrypted")
	}
	return pair, err
}

// isEncrypted reports whether a key in PEM needs a password.
func isEncrypted(text []byte) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return true
		}
	}
	return false
}

// healthCommand asks a running page, or another URL, whether it is there: a
// container without a shell checks its health with it.
func healthCommand(parts []part.Part) Command {
	w := new(webValues)
	var address setting.Value[string]
	where := []*setting.Source{&w.headless.Source, &w.headful.Source, &w.host.Source, &w.port.Source, &w.basePath.Source, &w.cert.Source}
	options := slices.DeleteFunc(webOptions(w), func(o setting.Option) bool { return !slices.Contains(where, o.Source()) })
	return Command{
		Name: "health", Help: "exit with 0 if the page that runs by the same variables answers, 1 if not",
		Options: append(options, setting.Option{Flag: "url", Takes: "URL", Accepts: acceptsURL,
			Help: "ask this address instead, such as a target's http://127.0.0.1:8081/health", Set: setting.Into(&address, setting.Text)}),
		Run: func(ctx context.Context, _ *slog.Logger) error {
			switch {
			case address.V != "":
				return healthy(ctx, address.V)
			case !w.wanted() || working(parts, environment(os.Environ())):
				return nil // there is no page to ask
			}
			w.display.V = "" // the name for people need not lead here
			return healthy(ctx, w.url(w.address())+"healthz")
		},
	}
}

// working reports whether variables make the process that runs by them a worker.
func working(parts []part.Part, env map[string]string) bool {
	return slices.ContainsFunc(parts, func(p part.Part) bool {
		return p.Works != nil && setting.NewTable(setting.Section{Options: p.Options}).Read(nil, env) == nil && p.Works()
	})
}

const acceptsURL = "a URL such as http://127.0.0.1:8081/health"

// healthy returns an error unless url answers with a status from 200 to 299
// within three seconds. Nothing is sent but the question, so any certificate will do.
func healthy(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return &setting.Error{Where: "--url=" + setting.Quote(url), Accepts: acceptsURL}
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	}}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("not healthy: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("not healthy: %s answers %s", redact.Address(url), resp.Status)
	}
	return nil
}
