package httpclient

import "net/http"

// session is the header of one session after SetHeader.
type session struct {
	own         http.Header
	plain, json *fields
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
		if fresh.plain, fresh.err = c.header.forAll(fresh.own); fresh.err == nil {
			fresh.json = fresh.plain.forJSON()
		}
		if c.set.CompareAndSwap(old, fresh) {
			return
		}
	}
}

// forJSON is f for bodies in JSON.
func (f *fields) forJSON() *fields {
	f = f.change()
	f.Set("Content-Type", "application/json")
	return f.written()
}

// headerOf is the header of a request, or what is wrong with it.
func (c *Client) headerOf(q *Request) (*fields, error) {
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
	f, err := plain.with(q.Header)
	if err == nil {
		err = f.fits(q.op().Method, len(q.Body))
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
			q.err = refuse("an Option is nil")
		default:
			q = option(q)
		}
	}
	for _, check := range q.Checks {
		if check == nil {
			q.err = refuse("a Check is nil")
		}
	}
	return q
}
