package httpclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
	"github.com/gensim/load-generator/report"
)

// Response is what came of one request. It is never nil.
type Response struct {
	// Op is the row of the report that the request belongs to.
	Op report.Op
	// Status is the status of the last answer; 0 when none came.
	Status int
	// Bytes is the size of the answer's body, those of followed redirects
	// included, also of what arrived of a body that broke off.
	Bytes int64
	// Time is how long the request took, from the call to the last byte.
	Time time.Duration

	header wire.AnswerHeader
	body   []byte
	err    *Error

	renamed string // what Rename named the row; "" if it did not
}

// Err returns nil when the request was a success, and an *[Error] otherwise.
func (r *Response) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Header returns the header of the last answer; nil when none came. It must not
// be changed, and not be asked for by two goroutines at once.
func (r *Response) Header() http.Header { return r.header.All() }

// Body returns the body of the last answer; nil when none came complete or
// Discard was given. It is the caller's.
func (r *Response) Body() []byte { return r.body }

// JSON decodes the body into v. It returns Err when the request failed, and an
// *[Error] with the reason "body: not JSON" when the body does not fit v. In a
// Check that is the failure of the request. A byte order mark before the JSON is
// passed over, as in browsers.
func (r *Response) JSON(v any) error {
	if r.err != nil {
		return r.err
	}
	err := json.Unmarshal(bytes.TrimPrefix(r.body, byteOrderMark), v)
	if err == nil {
		return nil
	}
	reason := "body: not JSON"
	if _, mistake := errors.AsType[*json.InvalidUnmarshalError](err); mistake {
		reason = "check: JSON wants a pointer that is not nil"
	}
	return &Error{Op: r.Op, Status: r.Status, Reason: reason, Err: err}
}

// byteOrderMark is that of UTF-8, which JSON has to be in.
var byteOrderMark = []byte("\xef\xbb\xbf")

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
