package bus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// patience is how long an attempt to connect may take.
const patience = 5 * time.Second

// Payload is how many bytes a message may have on each bus.
const Payload = 1 << 20

// writing is how long a write may take: an end that takes nothing for so long is as good as gone.
const writing = 10 * time.Second

// Options are of one connection. Its functions must return soon.
type Options struct {
	ID      string          // of a worker, by CleanID; empty: the coordinator
	Down    func(err error) // the connection is lost, and is being made again
	Up      func()          // it is back
	Trouble func(err error) // messages were dropped here, or the server refused a subject
	// Wrap is put around each connection below NATS and TLS, for tests: package link delays and cuts.
	Wrap func(net.Conn) net.Conn
}

// Dial connects, in one attempt of at most 5 s for each server. Its errors are of one line and one of the kinds
// ErrUnreachable to ErrTooNarrow, or that of ctx. Once connected, a Conn reconnects without end.
func Dial(ctx context.Context, t Target, o Options) (*Conn, error) {
	if o.ID != CleanID(o.ID) {
		return nil, failed(ErrDenied, "%q cannot be the ID of a worker: letters, digits, - and _", o.ID)
	}
	l, err := attempt(ctx, t, o)
	if err != nil {
		return nil, err
	}
	c := &Conn{target: t, options: o}
	c.life, c.end = context.WithCancel(context.Background())
	c.adopt(l)
	go c.keep(l)
	return c, nil
}

// attempt makes one connection.
func attempt(ctx context.Context, t Target, o Options) (*link, error) {
	d := &dialer{ctx: ctx, target: t, wrap: o.Wrap}
	options, err := d.options(o)
	if err != nil {
		return nil, err
	}
	nc, err := options.Connect()
	d.settle()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, d.explain(err)
	}
	if err = ctx.Err(); err == nil && !nc.HeadersSupported() {
		err = failed(ErrTooOld, "%s is a NATS server of version %s, and 2.2 or later is needed", t, nc.ConnectedServerVersion())
	}
	if err == nil && nc.MaxPayload() < Payload {
		err = failed(ErrTooNarrow, "%s takes messages of at most %d bytes, and %d are needed, which is the default of NATS: see max_payload in its configuration", t, nc.MaxPayload(), Payload)
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	return &link{nc, d.tries[len(d.tries)-1].wire}, nil
}

// options are those of nats.go.
func (d *dialer) options(o Options) (nats.Options, error) {
	n := nats.GetDefaultOptions()
	n.Servers, n.Name, n.Timeout, n.FlusherTimeout = d.target.servers, o.ID, patience, writing
	n.PingInterval, n.MaxPingsOut = pingEvery, pingsOut
	n.AllowReconnect = false // Conn does it
	n.SkipHostLookup = true  // net.Dialer tries all addresses of a name
	n.NoCallbacksAfterClientClose = true
	if o.ID != "" {
		n.InboxPrefix = inbox(o.ID)
	}
	if d.target.token != "" {
		n.User, n.Password, n.Token = "worker", d.target.token, d.target.token // an external server has either
		if o.ID != "" {
			n.User = o.ID
		}
	}
	n.AsyncErrorCB = func(_ *nats.Conn, s *nats.Subscription, err error) { // the default one prints
		if o.Trouble != nil {
			o.Trouble(trouble(s, err))
		}
	}
	if d.target.creds != "" {
		if err := nats.UserCredentials(d.target.creds)(&n); err != nil {
			return n, failed(ErrDenied, "the credentials of the bus: %s", strings.TrimPrefix(err.Error(), "nats: "))
		}
	}
	if d.target.within != nil {
		n.InProcessServer = d
		return n, nil
	}
	n.CustomDialer = d
	return n, d.secure(&n)
}

// secure sets what TLS needs. Where this end asks for none the server says whether it wants any. Beyond loopback a
// token goes to one of our servers by TLS or not at all: another that answers in its place would ask for none.
func (d *dialer) secure(n *nats.Options) (err error) {
	t := d.target
	if !t.ours {
		t.key = nil
	}
	n.TLSConfig, err = t.files.asking(t.pin, t.key)
	vouched := t.key != nil && t.beyond()
	n.Secure = t.pin != "" || t.files != (Files{}) || vouched ||
		slices.ContainsFunc(t.servers, func(s string) bool { return strings.HasPrefix(s, "tls:") })
	if vouched && t.pin == "" && t.files.CA == "" {
		t.key() // takes long on a slow machine: not of the time that both ends give to TLS
	}
	return err
}

// beyond reports whether the way there leaves this machine.
func (t Target) beyond() bool {
	return slices.ContainsFunc(t.servers, func(s string) bool {
		u, err := url.Parse(s)
		return err != nil || !isLoopback(u.Hostname())
	})
}

// dialer makes the connections of one attempt, below NATS, and remembers them, to explain why it failed. It is used by one
// goroutine.
type dialer struct {
	ctx    context.Context // of the attempt
	target Target
	wrap   func(net.Conn) net.Conn
	tries  []try
}

// try is one connection of the attempt.
type try struct {
	address string
	err     error      // why there is none
	wire    *overheard // if there is one
	unwatch func() bool
}

// InProcessConn implements nats.InProcessConnProvider.
func (d *dialer) InProcessConn() (net.Conn, error) {
	c, err := d.target.within().nats.InProcessConn()
	if err != nil {
		return nil, err
	}
	return d.made("this process", c), nil
}

// Dial implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: patience, KeepAlive: pingEvery, Control: untaken}).DialContext(d.ctx, network, address)
	if err != nil {
		d.tries = append(d.tries, try{address: address, err: err})
		return nil, err
	}
	return d.made(address, c), nil
}

// made wraps a connection, and closes it with the context.
func (d *dialer) made(address string, c net.Conn) net.Conn {
	if d.wrap != nil {
		c = d.wrap(c)
	}
	o := &overheard{Conn: c, gone: make(chan struct{})}
	d.tries = append(d.tries, try{address: address, wire: o, unwatch: context.AfterFunc(d.ctx, func() { _ = o.Close() })})
	return o
}

// settle ends the attempt.
func (d *dialer) settle() {
	for _, t := range d.tries {
		if t.unwatch != nil {
			t.unwatch()
		}
	}
}

// fault is why this end was refused, as far as it can know.
func (t Target) fault(err error) string {
	switch {
	case errors.Is(err, ErrDenied) && t.token == "" && t.creds == "" && !strings.Contains(strings.Join(t.servers, ","), "@"):
		return ", as none was given"
	case errors.Is(err, ErrCertificate) && t.files.expired() != "":
		return ": " + t.files.expired()
	}
	return ""
}

// explain says why the attempt failed: by the last server that answered, else all that could not be reached.
func (d *dialer) explain(err error) error {
	var texts []string
	for _, t := range slices.Backward(d.tries) {
		if t.wire == nil {
			texts = append(texts, undialled(t.address, t.err).Error())
			continue
		}
		head := t.wire.first()
		var timeout net.Error
		if len(head) == 0 && d.target.within == nil && errors.As(err, &timeout) && timeout.Timeout() {
			head = ask(d.ctx, t.address)
		}
		err = unwelcome(t.address, head, err)
		return fmt.Errorf("%w%s", err, d.target.fault(err))
	}
	if len(texts) == 0 {
		return failed(ErrUnreachable, "%s: %v", d.target, err)
	}
	slices.Reverse(texts)
	return failed(ErrUnreachable, "%s", strings.Join(texts, "; "))
}

// overheard is a connection that keeps what came first, and says when it ends.
type overheard struct {
	net.Conn
	once sync.Once
	gone chan struct{} // closed at its end
	mu   sync.Mutex
	head []byte
}

const headSize = 16

func (o *overheard) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	o.mu.Lock()
	if room := headSize - len(o.head); room > 0 {
		o.head = append(o.head, b[:min(n, room)]...)
	}
	o.mu.Unlock()
	if err != nil {
		o.ends()
	}
	return n, err
}

// Write leaves out what is empty: on a pipe even that waits for the other end. An error ends the connection, as nats.go would
// continue after the bytes that are missing.
func (o *overheard) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, err := o.Conn.Write(b)
	if err != nil {
		_ = o.Close()
	}
	return n, err
}

// Close implements net.Conn.
func (o *overheard) Close() error {
	o.ends()
	return o.Conn.Close()
}

func (o *overheard) ends() { o.once.Do(func() { close(o.gone) }) }

func (o *overheard) isGone() bool {
	select {
	case <-o.gone:
		return true
	default:
		return false
	}
}

func (o *overheard) first() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.head
}
