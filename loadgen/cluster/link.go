package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
)

// defaultPort is that of Locust's master.
const defaultPort = 5557

// prefix is that of all subjects of a cluster.
func prefix(cluster string) string { return fmt.Sprintf("lg%d.%s", version, cluster) }

// subject names a subject of this cluster.
func (c *Coordinator) subject(what string) string { return prefix(c.cfg.Cluster) + "." + what }

// open makes the bus, or finds it, and answers what comes.
func (c *Coordinator) open(ctx context.Context) error {
	if err := c.connect(ctx); err != nil {
		return err
	}
	if err := c.listen(ctx); err != nil {
		c.shutdown()
		return err
	}
	return nil
}

func (c *Coordinator) connect(ctx context.Context) (err error) {
	files := bus.Files{Cert: c.cfg.TLS.CertFile, Key: c.cfg.TLS.KeyFile, CA: c.cfg.TLS.CAFile}
	var target bus.Target
	if c.cfg.server != nil {
		c.server = c.cfg.server
		target = c.server.Target()
	} else if c.cfg.Bus != "" {
		if target, err = bus.ParseJoin(c.cfg.Bus, defaultPort); err != nil {
			return err
		}
		target = target.WithToken(c.cfg.Token).WithFiles(files)
	} else {
		listen := c.cfg.Listen
		if c.cfg.inProcess {
			listen = ""
		}
		c.server, err = bus.Serve(bus.Config{Listen: listen, Prefix: prefix(c.cfg.Cluster), Token: c.cfg.Token, Files: files, Log: c.cfg.Log})
		if err != nil {
			return err
		}
		target = c.server.Target()
	}
	c.conn, err = bus.Dial(ctx, target, bus.Options{
		Down: func(error) {
			c.cfg.Log.Warn("the bus is lost, and is being looked for")
			c.question()
		},
		Up: func() {
			c.cfg.Log.Info("the bus is back")
			c.question()
		},
		Trouble: func(err error) { c.cfg.Log.Warn("the bus has trouble", "error", err) },
		Wrap:    c.cfg.wrap,
	})
	if err != nil && c.server != nil {
		c.server.Close()
	}
	return err
}

// listen subscribes to what workers send.
func (c *Coordinator) listen(ctx context.Context) error {
	if err := c.claim(ctx); err != nil {
		return err
	}
	for _, err := range []error{
		serve(c, "join", c.join),
		serve(c, "w.*.beat", c.beat),
		serve(c, "w.*.missed", c.replay),
		serve(c, "w.*.zero", c.regathered),
		serve(c, "w.*.log", c.keepLines),
		c.on("clock", c.tell),
		c.on("w.*.row", c.row),
	} {
		if err != nil {
			return err
		}
	}
	return c.conn.Flush(ctx)
}

// on calls f for each message of a kind.
func (c *Coordinator) on(what string, f func(bus.Message)) error {
	_, err := c.conn.Subscribe(c.subject(what), f)
	return err
}

// serve answers messages of one kind. answer gets the id of the worker that sent it, which the bus vouches
// for; "" for a kind that any client may send.
func serve[T any, M interface {
	*T
	checked
}](c *Coordinator, what string, answer func(id string, m M) any) error {
	return c.on(what, func(m bus.Message) {
		var v T
		if err := decode(m.Data, M(&v)); err != nil {
			c.cfg.Log.Warn("a message of a worker is refused", "subject", m.Subject, "error", err)
			return
		}
		if !c.isMaster() {
			return
		}
		if a := answer(senderOf(m.Subject), &v); a != nil {
			c.respond(m, a)
		}
	})
}

// respond answers a worker. An answer that is lost is asked for again.
func (c *Coordinator) respond(m bus.Message, a any) {
	if s, ok := a.(signed); ok {
		s.sign(c.id)
	}
	_ = m.Respond(encode(a))
}

// senderOf is the id in a subject such as lg1.default.w.ID.beat.
func senderOf(subject string) string {
	parts := strings.Split(subject, ".")
	if len(parts) < 5 {
		return ""
	}
	return parts[3]
}

// tell answers a worker that sets its clock.
func (c *Coordinator) tell(m bus.Message) {
	got := time.Now()
	if !c.isMaster() {
		return
	}
	sent := time.Now()
	c.respond(m, &instants{Got: c.clock(got), Sent: c.clock(sent), Wall: sent.UnixNano()})
}

// shutdown ends the connection and the bus.
func (c *Coordinator) shutdown() {
	c.conn.Close()
	if c.server != nil {
		c.server.Close()
	}
}

// Address is where workers reach the bus, host:port; "" on an external one.
func (c *Coordinator) Address() string {
	if c.server == nil {
		return ""
	}
	return c.server.Addr()
}

// JoinString is what WorkerConfig.Join needs, with the token and the certificate's
// fingerprint: show it to those who start workers. host is the name by which they reach
// this machine; "": where the bus listens. On an external bus it is "".
func (c *Coordinator) JoinString(host string) string {
	if c.server == nil {
		return ""
	}
	return c.server.Join(host)
}

// connect finds the bus.
func (w *worker) connect(ctx context.Context) error {
	target, err := w.target()
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		w.conn, err = bus.Dial(ctx, target, bus.Options{
			ID: w.cfg.ID, Wrap: w.cfg.wrap,
			Down: func(error) {
				if !w.isOver() {
					w.cfg.Log.Warn("the connection to the master is lost, and is being made again")
				}
			},
			Up:      func() { w.cfg.Log.Info("the connection to the master is back") },
			Trouble: func(err error) { w.cfg.Log.Warn("the bus has trouble", "error", err) },
		})
		switch {
		case err == nil || !errors.Is(err, bus.ErrUnreachable):
			return err
		case try > dials:
			return fmt.Errorf("%w: %w", ErrUnreached, err)
		}
		w.cfg.Log.Error(fmt.Sprintf("Failed to connect to master %s, retry %d/%d.", target, try, dials), "error", err)
		if !sleepTo(ctx, time.Now().Add(dialWait)) {
			return context.Cause(ctx)
		}
	}
}

func (w *worker) target() (bus.Target, error) {
	if w.cfg.target != nil {
		return *w.cfg.target, nil
	}
	t, err := bus.ParseJoin(w.cfg.Join, defaultPort)
	if err != nil {
		return t, err
	}
	return t.WithToken(w.cfg.Token).WithFiles(bus.Files{Cert: w.cfg.TLS.CertFile, Key: w.cfg.TLS.KeyFile, CA: w.cfg.TLS.CAFile}), nil
}

// subject names a subject of the cluster.
func (w *worker) subject(what string) string { return prefix(w.cfg.Cluster) + "." + what }

// own names a subject that only this worker may send to.
func (w *worker) own(what string) string { return w.subject("w." + w.cfg.ID + "." + what) }

// subscribe takes orders and commands.
func (w *worker) subscribe(ctx context.Context) error {
	if _, err := w.conn.Subscribe(w.subject("to."+w.cfg.ID+"."+w.nonce), func(m bus.Message) { w.orders <- m }); err != nil {
		return err
	}
	_, err := w.conn.Subscribe(w.subject("all.command"), func(m bus.Message) {
		var c command
		if err := decode(m.Data, &c); err != nil {
			w.cfg.Log.Warn("a command is refused", "error", err)
			return
		}
		if p := w.current(); p != nil && p.id == c.Run && c.Coordinator == w.master() {
			p.command(c)
		}
	})
	if err != nil {
		return err
	}
	return w.conn.Flush(ctx)
}

// errStranger is about an answer of a coordinator that this worker has not joined.
var errStranger = errors.New("another master answers")

// request asks the coordinator, and notes when it was heard. Where that has just been the case another one is not listened to.
func (w *worker) request(ctx context.Context, subject string, message []byte, answer checked) error {
	sent := time.Now()
	data, err := w.conn.Request(ctx, subject, message)
	if err != nil {
		return err
	}
	if err := decode(data, answer); err != nil {
		return err
	}
	w.mu.Lock()
	if a, ok := answer.(interface{ by() string }); ok && a.by() != w.coordinator {
		_, beats := answer.(*pulse)
		silent := time.Since(w.heard)
		if w.mu.Unlock(); beats && silent > silence {
			return nil // it may have taken over
		}
		return errStranger
	}
	later := sent.After(w.heard)
	if later {
		w.heard = sent
	}
	p := w.part
	w.mu.Unlock()
	if later && p != nil {
		p.renew()
	}
	return nil
}
