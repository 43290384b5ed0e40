package httpclient

import (
	"net/http"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
)

// session is the header of one session after SetHeader.
type session struct {
	own         http.Header
	plain, json *wire.Fields
	err         error // why it cannot be sent
}

// SetHeader sets a header of all further requests of this session, such as the
// token that a login has brought: over Config.Header, and below the header of a
// request. An empty value takes it back. Other sessions, also later ones of the
// same client, do not have it. One that cannot be sent fails the requests with
// the reason "request: header ...".
func (c *Client) SetHeader(key, value string) {
	key = http.CanonicalHeaderKey(key)
	for {
		old := c.set.Load()
		fresh := &session{own: make(http.Header)}
		if old != nil {
			fresh.own = old.own.Clone()
		}
		if fresh.own.Set(key, value); value == "" {
			fresh.own.Del(key)
		}
		if fresh.plain, fresh.err = c.header.ForAll(fresh.own); fresh.err == nil {
			fresh.json = asJSON(fresh.plain)
		}
		if c.set.CompareAndSwap(old, fresh) {
			return
		}
	}
}

// asJSON is f for bodies in JSON.
func asJSON(f *wire.Fields) *wire.Fields {
	f = f.Change()
	f.Set("Content-Type", "application/json")
	return f.Written()
}

// headerOf is the header of a request, or what is wrong with it.
func (c *Client) headerOf(q *Request) (*wire.Fields, error) {
	plain, json := c.header, c.jsonHeader
	if own := c.set.Load(); own != nil {
		if own.err != nil {
			return nil, own.err
		}
		plain, json = own.plain, own.json
	}
	if q.json {
		plain = json
	}
	if len(q.Header) == 0 {
		return plain, nil
	}
	f, err := plain.With(q.Header)
	if err == nil {
		err = f.Fits(q.op().Method, len(q.Body))
	}
	return f, err
}

// withOptions returns q as its options make it. A nil one, or a nil check, is a
// mistake that the request will fail with.
func (q Request) withOptions() Request {
	for _, a := range q.Args {
		option, ok := a.(Option)
		switch {
		case !ok:
		case option == nil:
			q.err = wire.Refuse("an Option is nil")
		default:
			q = option(q)
		}
	}
	for _, check := range q.Checks {
		if check == nil {
			q.err = wire.Refuse("a Check is nil")
		}
	}
	return q
}
