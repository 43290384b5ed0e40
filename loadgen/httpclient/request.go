package httpclient

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

// Request is one request in full, for [Client.Do]. The zero value of each field
// but Path has a meaning.
type Request struct {
	// Method is "GET" when empty.
	Method string
	// Path is a template, "/api/todos/{id}" or "/search?q={text}". It begins
	// with a slash and names the row of the report.
	Path string
	// Args are the values of the placeholders, in their order: strings and
	// numbers, or whatever fmt.Sprint makes of them. They are escaped. Empty
	// values and dot segments are refused in a path.
	Args []any
	// Name replaces Path as the name of the row.
	Name string
	// Query is added to the query of Path.
	Query url.Values
	// Header is added to the client's; same keys replace. A key without a value
	// takes the client's header away.
	Header http.Header
	// Body is sent as it is. It must not change until the call returns.
	Body []byte
	// Timeout replaces the client's: 0 leaves it, below 0 means none.
	Timeout time.Duration
	// Accept lists statuses of 400 and above that are not failures here.
	Accept []int
	// Checks run in order while the verdict is success; the first error makes
	// it a failure. See Check.
	Checks []func(*Response) error
	// Rename, if set, names the row by a complete answer; "" leaves the name. See Rename.
	Rename func(*Response) string
	// Discard reads and counts the answer's body but does not keep it.
	Discard bool

	json bool  // Body is JSON
	err  error // a mistake that is known already
}

// Option changes one request. Options stand among the path values of [Client.Get] and its
// siblings, in any place. A nil Option is a mistake, as is a nil Check.
type Option func(Request) Request

// Name names the row of the report, in place of the path template.
func Name(name string) Option {
	return func(r Request) Request { r.Name = name; return r }
}

// Rename names the row of the report by a complete answer, after its verdict: for answers whose times or
// counts are not to be mixed with the others'. "" leaves the name. A span keeps the name that it began with.
func Rename(f func(*Response) string) Option {
	return func(r Request) Request { r.Rename = f; return r }
}

// Header sets one header of this request. See Config.Header for those that have a
// special meaning; Content-Length must be the length of the body.
func Header(key, value string) Option {
	return func(r Request) Request {
		r.Header = r.Header.Clone()
		if r.Header == nil {
			r.Header = make(http.Header, 1)
		}
		r.Header.Set(key, value)
		return r
	}
}

// Timeout replaces the client's timeout for this request; below 0 means none.
func Timeout(d time.Duration) Option {
	return func(r Request) Request { r.Timeout = d; return r }
}

// Accept makes statuses of 400 and above a success.
func Accept(status ...int) Option {
	return func(r Request) Request {
		r.Accept = append(r.Accept[:len(r.Accept):len(r.Accept)], status...)
		return r
	}
}

// Check adds a condition to a successful answer. The error's text becomes
// the failure reason "check: text": keep it short and free of ids. f does not
// run on failures, so it cannot hide one. Checks run after the clock has stopped.
func Check(f func(*Response) error) Option {
	return func(r Request) Request { r.Checks = append(r.Checks[:len(r.Checks):len(r.Checks)], f); return r }
}

// Discard counts the answer's body without keeping it.
func Discard() Option {
	return func(r Request) Request { r.Discard = true; return r }
}

// Get sends a GET request. args are path values and options, in this and all
// following methods.
func (c *Client) Get(ctx context.Context, path string, args ...any) *Response {
	return c.Do(ctx, Request{Method: http.MethodGet, Path: path, Args: args})
}

// Delete sends a DELETE request without a body.
func (c *Client) Delete(ctx context.Context, path string, args ...any) *Response {
	return c.Do(ctx, Request{Method: http.MethodDelete, Path: path, Args: args})
}

// Post sends body as it is; give its type by Header("Content-Type", ...).
func (c *Client) Post(ctx context.Context, path string, body []byte, args ...any) *Response {
	return c.Do(ctx, Request{Method: http.MethodPost, Path: path, Body: body, Args: args})
}

// Put is Post with method PUT.
func (c *Client) Put(ctx context.Context, path string, body []byte, args ...any) *Response {
	return c.Do(ctx, Request{Method: http.MethodPut, Path: path, Body: body, Args: args})
}

// Patch is Post with method PATCH.
func (c *Client) Patch(ctx context.Context, path string, body []byte, args ...any) *Response {
	return c.Do(ctx, Request{Method: http.MethodPatch, Path: path, Body: body, Args: args})
}

// PostJSON sends body as JSON.
func (c *Client) PostJSON(ctx context.Context, path string, body any, args ...any) *Response {
	return c.Do(ctx, jsonRequest(http.MethodPost, path, body, args))
}

// PutJSON is PostJSON with method PUT.
func (c *Client) PutJSON(ctx context.Context, path string, body any, args ...any) *Response {
	return c.Do(ctx, jsonRequest(http.MethodPut, path, body, args))
}

// PatchJSON is PostJSON with method PATCH.
func (c *Client) PatchJSON(ctx context.Context, path string, body any, args ...any) *Response {
	return c.Do(ctx, jsonRequest(http.MethodPatch, path, body, args))
}

// PostForm sends a form as a browser does.
func (c *Client) PostForm(ctx context.Context, path string, form url.Values, args ...any) *Response {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	return c.Do(ctx, Request{Method: http.MethodPost, Path: path, Body: []byte(form.Encode()), Header: header, Args: args})
}

func jsonRequest(method, path string, body any, args []any) Request {
	data, err := json.Marshal(body)
	if err != nil {
		err = wire.Mistake("body cannot be encoded", err)
	}
	return Request{Method: method, Path: path, Body: data, Args: args, json: true, err: err}
}
