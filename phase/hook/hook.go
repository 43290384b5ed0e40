// Package hook has ready-made hooks for phase borders: an HTTP call that
// switches a chaos tool, a feature flag or a deployment with the phase.
//
//	stress := phase.Phase{
//		Name: "stress", For: 5 * time.Minute, Users: 50,
//		Enter: hook.Post("http://chaos:8474/proxies/todo/toxics", `{"name":"slow","type":"latency","attributes":{"latency":100}}`),
//		Exit:  hook.Delete("http://chaos:8474/proxies/todo/toxics/slow"),
//		AbortOnHook: true,
//	}
package hook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/phase"
)

// Request is the hook that calls an HTTP endpoint. It is not part of the load and
// is not measured. An invalid one is refused before the run; the call fails when
// no answer comes within the hook's time and when the answer is not one of those
// accepted.
type Request struct {
	Method string // "": GET, or POST with a Body
	URL    string // absolute, http or https
	Body   string
	// Header is sent with the request; a Body without a Content-Type is sent as
	// JSON. Host in it is the name that the target sees; Content-Length,
	// Transfer-Encoding and Trailer are refused.
	Header http.Header
	// Accept lists the status codes that mean success; nil: 200 to 299.
	Accept []int
	// Client makes the call; nil: http.DefaultClient.
	Client *http.Client
}

// Post is the hook that posts a JSON body to url.
func Post(url, body string) phase.Hook {
	return Request{Method: http.MethodPost, URL: url, Body: body}
}

// Put is the hook that puts a JSON body to url.
func Put(url, body string) phase.Hook {
	return Request{Method: http.MethodPut, URL: url, Body: body}
}

// Delete is the hook that deletes url.
func Delete(url string) phase.Hook {
	return Request{Method: http.MethodDelete, URL: url}
}

// Parse reads a request from text, as a command line has it: a URL; or method and
// URL; or method, URL and body, with one or more blanks between. It is validated.
func Parse(text string) (Request, error) {
	var r Request
	first, rest := cutBlanks(text)
	if r.URL = first; rest != "" {
		r.Method = first
		r.URL, r.Body = cutBlanks(rest)
	}
	return r, r.Validate()
}

// cutBlanks splits text after its first word.
func cutBlanks(text string) (first, rest string) {
	text = strings.TrimSpace(text)
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		return text[:i], strings.TrimSpace(text[i:])
	}
	return text, ""
}

// Validate reports what is wrong with the request, in one line.
func (r Request) Validate() error {
	_, err := r.request(context.Background())
	return err
}

// request is what goes out, or what is wrong with it.
func (r Request) request(ctx context.Context) (*http.Request, error) {
	u, err := url.Parse(r.URL)
	switch {
	case err != nil:
		return nil, errors.New("hook: URL cannot be read: want an absolute one such as http://localhost:8474/proxies") // the cause may repeat a password
	case u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("hook: URL is %q: want an absolute one such as http://localhost:8474/proxies", redact.Address(r.URL))
	}
	method := r.Method
	if method == "" && r.Body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, r.URL, strings.NewReader(r.Body)) // "" is GET
	if err != nil {
		return nil, fmt.Errorf("hook: %w", err)
	}
	if req.Header, req.Host, err = headerOf(r.Header); err != nil {
		return nil, err
	}
	if r.Body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Close = true // leaves no connection behind
	return req, nil
}

// longestAnswer is how much of a refusal's body is shown, bytes.
const longestAnswer = 200

// Call implements phase.Hook. The error has the start of the answer's body and no
// password of the URL.
func (r Request) Call(ctx context.Context) error {
	req, err := r.request(ctx)
	if err != nil {
		return err
	}
	where := req.Method + " " + redact.Address(req.URL.String())
	resp, err := cmp.Or(r.Client, http.DefaultClient).Do(req)
	if err != nil {
		if e := (*url.Error)(nil); errors.As(err, &e) {
			err = e.Err // its text repeats method and URL
		}
		return fmt.Errorf("%s: %w", where, err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, longestAnswer)) // what is missing of it changes nothing
	status := resp.StatusCode
	if slices.Contains(r.Accept, status) || r.Accept == nil && status >= 200 && status < 300 {
		return nil
	}
	return fmt.Errorf("%s: status %d: %s", where, status, strings.ToValidUTF8(strings.TrimSpace(string(body)), "?"))
}
