package httpclient

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gensim/load-generator/loadgen/httpclient/internal/wire"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/report/timing"
)

// Do sends q. Options among q.Args apply.
func (c *Client) Do(ctx context.Context, q Request) *Response {
	q = q.withOptions()
	if ctx == nil {
		ctx, q.err = context.Background(), wire.Refuse("context is nil")
	}
	scope := measure.FromContext(ctx)
	r := &Response{Op: q.op()}
	if scope != nil && ctx.Err() != nil { // nothing would reach the target
		scope.NotSent(ctx)
		r.fail(reasonFor(ctx, ctx.Err()), ctx.Err())
		return r
	}
	m, err := c.message(&q)
	epoch := c.epoch // outside a run only differences count
	if scope != nil {
		epoch = scope.Task().Epoch
	}
	start := time.Since(epoch)
	sent, done := start, start
	sample := scope.Ask(r.Op, start)
	if err == nil {
		m.Usual = q.Timeout == 0
		if d := cmp.Or(q.Timeout, c.timeout); d > 0 {
			m.Deadline = epoch.Add(start + d)
		}
		m.Watch = wire.StartWatch(epoch, timing.Blocked, start)
		if sent, err = c.enter(ctx, m.Deadline, epoch, start); err == nil {
			m.Watch.ToAt(timing.Waiting, sent)
		}
	}
	sample.Sent(sent)
	var times timing.Times
	reason := "panic" // of a check or of Config.Base: it continues, but the sample is not lost
	defer func() {
		sample.End(measure.Outcome{Name: r.renamed, Done: done, Reason: reason, Bytes: r.Bytes, Status: r.Status, Err: r.Err(), Timings: times})
	}()
	if err == nil {
		propagate(m, &sample)
		err = c.follow(ctx, m)
	}
	if m != nil {
		done = time.Since(epoch)
		times = m.Watch.StopAt(done)
		r.Status, r.header, r.Bytes, r.body = m.Status, m.Answer, m.Size, m.Data
		c.messages.Put(m) // no one else knows it
	}
	r.Time = done - start
	r.fail(reasonFor(ctx, err), err)
	if err == nil {
		r.judge(&q)
	}
	reason = r.reason()
	return r
}

// op is the row of the report that q belongs to.
func (q *Request) op() report.Op {
	return report.Op{Method: cmp.Or(q.Method, http.MethodGet), Name: cmp.Or(q.Name, q.Path)}
}

// message makes what goes out.
func (c *Client) message(q *Request) (*wire.Message, error) {
	if q.err != nil {
		return nil, q.err
	}
	header, err := c.headerOf(q)
	if err != nil {
		return nil, err
	}
	m := c.messages.Get().(*wire.Message)
	target, err := expand(m.Target[:0], c.prefix, q.Path, q.Args)
	if err != nil {
		return nil, wire.Mistake(err.Error(), err)
	}
	if len(q.Query) > 0 {
		separator := byte('?')
		if bytes.IndexByte(target, '?') >= 0 {
			separator = '&'
		}
		target = append(append(target, separator), q.Query.Encode()...)
	}
	*m = wire.Message{Method: q.op().Method, Origin: c.origin, Target: target, VHost: header.Host, Home: header.Host,
		Header: header, Body: q.Body, Limit: c.maxBody, Memory: &c.memory, Discard: q.Discard}
	return m, nil
}

// propagate lets the observers of the request add headers to it.
func propagate(m *wire.Message, sample *measure.Span) {
	if sample.Traced() {
		m.Header = m.Header.Change()
		sample.Propagate(m.URL().String(), m.Header.Set)
	}
}

// enter waits until one more request may be in flight and says when that was:
// at once, and then without another look at the clock, unless MaxConns is set.
func (c *core) enter(ctx context.Context, deadline, epoch time.Time, start time.Duration) (time.Duration, error) {
	if c.slots == nil {
		return start, nil
	}
	select {
	case c.slots <- struct{}{}:
		return start, nil
	default:
	}
	var expired <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		expired = timer.C
	}
	var err error
	select {
	case c.slots <- struct{}{}:
	case <-expired:
		err = errNoSlot
	case <-ctx.Done():
		err = ctx.Err()
	}
	return time.Since(epoch), err
}

func (c *core) leave() {
	if c.slots != nil {
		<-c.slots
	}
}

// follow exchanges m and goes where redirects lead. Afterwards m holds the
// last answer, and as its size the bytes of all of them. The place that enter
// took is given up, even if Config.Base panics.
func (c *Client) follow(ctx context.Context, m *wire.Message) error {
	defer c.leave()
	m.Private = c.private()
	for ; ; m.Hop++ {
		if m.Hop > 0 {
			m.Watch.To(timing.Waiting)
		}
		c.sendCookies(m)
		if err := c.wire.Exchange(ctx, m); err != nil {
			return err
		}
		c.storeCookies(ctx, m)
		if c.hops < 0 || !isRedirect(m.Status) || m.Answer.All().Get("Location") == "" {
			return nil
		}
		if m.Hop == c.hops {
			return errManyHops
		}
		if err := c.redirect(m); err != nil {
			return err
		}
	}
}

// judge applies Accept, the checks and Rename to a complete answer.
func (r *Response) judge(q *Request) {
	if !slices.Contains(q.Accept, r.Status) {
		r.fail(statusReason(r.Status), nil)
	}
	for _, check := range q.Checks {
		if r.err != nil {
			break
		}
		err := check(r)
		r.fail(checkReason(err), err)
	}
	if q.Rename != nil {
		if name := q.Rename(r); name != "" {
			r.Op.Name, r.renamed = name, name
		}
	}
}
