package cli

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/httpclient"
)

const acceptsHost = "a base URL such as http://localhost:8081"

// checkHost refuses targets that are no base URL. Passwords stay out of the
// messages.
func (c *config) checkHost() error {
	host := c.values.host
	if host == "" {
		if c.app.HostOptional || c.values.list {
			return nil
		}
		return &UsageError{Where: "--host", Problem: "not given", Accepts: acceptsHost + " (variable LOCUST_HOST)"}
	}
	if problem, ok := baseURL(host); !ok {
		return &UsageError{Where: c.where("host"), Problem: problem, Accepts: acceptsHost}
	}
	if u, err := url.Parse(strings.TrimSpace(host)); c.values.wire == string(httpclient.Fast) && err == nil && !ascii(u.Host) {
		return &UsageError{Where: c.where("host") + " " + c.where("wire"), Problem: "this wire takes a name in ASCII", Accepts: "Punycode, or --wire net/http"}
	}
	return nil
}

// baseURL reports whether a text can be put before paths, and what is wrong if
// that does not meet the eye.
func baseURL(host string) (problem string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(host))
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	if strings.ContainsAny(host, "?#") {
		return "has a query or a fragment", false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return "port " + port + " is not one from 1 to 65535", false
		}
	}
	return "", true
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// redacted is a target as messages may name it.
func redacted(host string) string { return redact.Address(host) }
