package cli

import (
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/cli/setting"
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
		{Flag: "header", Env: []string{"LOAD_HEADER"}, Many: true, Apart: true, Split: textLines, Redact: headerName, Accepts: "Name: value",
			Help: "header of every request, 'Name: value'; in the variable one a line", Set: setting.Items(&t.headers)},
		{Flag: "oauth2-bearer", Env: []string{"LOAD_OAUTH2_BEARER", "LOAD_BEARER_TOKEN"}, Redact: hideAll,
			Help: "token of every request, as Authorization: Bearer TOKEN", Set: setting.Into(&t.bearer, setting.Text)},
		{Flag: "insecure", Short: "k", Env: []string{"LOAD_INSECURE"}, Default: "false", Switch: true,
			Help: "take any certificate of the target", Set: setting.Into(&t.insecure, setting.Bool)},
		{Flag: "cacert", Env: []string{"LOAD_CACERT"}, Accepts: acceptsPath,
			Help: "authorities to trust (PEM), in place of the system's", Set: setting.Into(&t.cacert, setting.Text)},
		{Flag: "cert", Env: []string{"LOAD_CERT"}, Accepts: acceptsPath,
			Help: "certificate to show to the target (PEM)", Set: setting.Into(&t.cert, setting.Text)},
		{Flag: "key", Env: []string{"LOAD_KEY"}, Accepts: acceptsPath,
			Help: "key of that certificate (PEM), if it is in another file", Set: setting.Into(&t.key, setting.Text)},
		{Flag: "proxy", Env: []string{"LOAD_PROXY"}, Redact: redact.Address, Accepts: acceptsProxy,
			Help: "proxy of all requests; empty for none; not given: HTTP_PROXY, HTTPS_PROXY, NO_PROXY", Set: setting.Into(&t.proxy, setting.Text)},
		{Flag: "http2", Env: []string{"LOAD_HTTP2"}, Default: "false", Switch: true,
			Help: "offer HTTP/2 to an https target", Set: setting.Into(&t.http2, setting.Bool)},
		{Flag: "http1.1", Switch: true,
			Help: "HTTP/1.1 alone, which is the default", Set: setting.Into(&t.http1, setting.Bool)},
		{Flag: "compressed", Env: []string{"LOAD_COMPRESSED"}, Default: "false", Switch: true,
			Help: "ask for answers in gzip and unpack them; bytes count unpacked", Set: setting.Into(&t.compressed, setting.Bool)},
		{Flag: "unix-socket", Env: []string{"LOAD_UNIX_SOCKET"},
			Help: "socket in the file system that requests go to; the host is then a name alone", Set: setting.Into(&t.socket, setting.Text)},
		{Flag: "idle-timeout", Env: []string{"LOAD_IDLE_TIMEOUT"}, Default: "90s", Accepts: acceptsDuration,
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
