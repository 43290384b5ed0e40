package httpclient

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gensim/load-generator/report"
)

// Response is what came of one request. It is never nil.
type Response struct {
	// Op is the row of the report that the request belongs to.
	Op report.Op
	// Status is the status of the last answer; 0 when none came.
	Status int
	// Header is that of the last answer; nil when none came. It must not be changed.
	Header http.Header
	// Bytes is the size of the answer's body, those of followed redirects
	// included, also of what arrived of a body that broke off.
	Bytes int64
	// Time is how long the request took, from the call to the last byte.
	Time time.Duration

	body []byte
	err  *Error
}

// Err returns nil when the request was a success, and an *[Error] otherwise.
func (r *Response) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Body returns the body of the last answer; nil when none came complete or
// Discard was given. It is the caller's.
func (r *Response) Body() []byte { return r.body }

// JSON decodes the body into v. It returns Err when the request failed, and an
// *[Error] with the reason "body: not JSON" when the body does not fit v. In a
// Check that is the failure of the request.
func (r *Response) JSON(v any) error {
	if r.err != nil {
		return r.err
	}
	if err := json.Unmarshal(r.body, v); err != nil {
		return &Error{Op: r.Op, Status: r.Status, Reason: "body: not JSON", Err: err}
	}
	return nil
}

// take fills in what the wire brought.
func (r *Response) take(m *message) {
	r.Status, r.Header, r.Bytes, r.body = m.status, m.answer, m.size, m.data
}

// fail makes the request a failure unless reason is empty.
func (r *Response) fail(reason string, cause error) {
	if reason != "" {
		r.err = &Error{Op: r.Op, Status: r.Status, Reason: reason, Err: cause}
	}
}

func (r *Response) reason() string {
	if r.err == nil {
		return ""
	}
	return r.err.Reason
}
