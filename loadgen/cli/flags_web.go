package cli

import (
	"crypto/tls"

	"github.com/gensim/load-generator/loadgen/cli/setting"
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
		{Flag: "autoquit", Env: []string{"LOCUST_AUTOQUIT"}, Default: "-1", Accepts: "whole seconds such as 10, or -1 for never",
			Help: "seconds that the page stays after a run; -1 keeps it until a signal", Set: setting.Into(&w.autoquit, setting.Int)},
		{Flag: "web-host", Env: []string{"LOCUST_WEB_HOST"}, Default: "127.0.0.1",
			Help: "address that the page listens on; * or 0.0.0.0 for every interface", Set: setting.Into(&w.host, setting.Text)},
		{Flag: "web-port", Short: "P", Env: []string{"LOCUST_WEB_PORT"}, Default: "8089", Accepts: acceptsPort,
			Help: "port that the page listens on; 0 for any free one", Set: setting.Into(&w.port, portNumber)},
		{Flag: "web-base-path", Env: []string{"LOCUST_WEB_BASE_PATH"},
			Help: "path below which the page lives, such as /load", Set: setting.Into(&w.basePath, setting.Text)},
		{Flag: "tls-cert", Env: []string{"LOCUST_TLS_CERT"},
			Help: "certificate (PEM) of the page; with --tls-key it is served over HTTPS", Set: setting.Into(&w.cert, setting.Text)},
		{Flag: "tls-key", Env: []string{"LOCUST_TLS_KEY"},
			Help: "key (PEM) of that certificate", Set: setting.Into(&w.key, setting.Text)},
	}, guardOptions(w)...)
}

// guardOptions say who may see and steer.
func guardOptions(w *webValues) []setting.Option {
	return []setting.Option{
		{Flag: "web-user", Env: []string{"LOAD_WEB_USER"},
			Help: "user name that the page asks for with --web-password", Set: setting.Into(&w.user, setting.Text)},
		{Flag: "web-password", Env: []string{"LOAD_WEB_PASSWORD"}, Secret: true,
			Help: "password that the page asks for, with any user name unless --web-user is given; as a flag, everybody on this machine can read it", Set: setting.Into(&w.password, setting.Text)},
		{Flag: "web-token", Env: []string{"LOAD_WEB_TOKEN"}, Secret: true,
			Help: "token that opens the page too: Authorization: Bearer TOKEN", Set: setting.Into(&w.token, setting.Text)},
		{Flag: "web-login", Env: []string{"LOCUST_WEB_LOGIN"}, Switch: true,
			Help: "refuse to serve the page without a password or token", Set: setting.Into(&w.login, setting.Bool)},
		{Flag: "web-allowed-hosts", Env: []string{"LOAD_WEB_ALLOWED_HOSTS"}, Many: true,
			Help: "names other than localhost under which the page may be reached over loopback, by a proxy say; * for any", Set: setting.Items(&w.hosts)},
		{Flag: "web-trusted-origins", Env: []string{"LOAD_WEB_TRUSTED_ORIGINS"}, Many: true,
			Help: "origins such as https://ops.example whose pages may steer the load", Set: setting.Items(&w.trusted)},
		{Flag: "allow-host-change", Env: []string{"LOAD_ALLOW_HOST_CHANGE"}, Switch: true,
			Help: "a start from the page may name another target", Set: setting.Into(&w.allowHost, setting.Bool)},
		{Flag: "web-host-display-name", Env: []string{"LOCUST_WEB_HOST_DISPLAY_NAME"}, Hidden: true, Set: setting.Into(&w.display, setting.Text)},
	}
}

const acceptsPort = "a port from 1 to 65535, or 0 for any free one"

func portNumber(text string) (int, error) { return setting.Between(0, 65535)(text) }
