package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
)

// claimTime is how long another coordinator on the same bus may take to object.
const claimTime = 500 * time.Millisecond

// claim makes this the coordinator of its cluster, or finds out that there is one. An embedded bus has no other.
func (c *Coordinator) claim(ctx context.Context) error {
	if !c.shared() {
		c.leads, c.ticked = true, time.Now()
		return nil
	}
	if err := c.on("lead", c.object); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, claimTime)
	defer cancel()
	if data, err := c.conn.Request(ctx, c.subject("lead"), []byte(c.id)); err == nil {
		return fmt.Errorf("another master (%s) leads the cluster %q on this bus; stop it, or give this one another name with --cluster", data, c.cfg.Cluster)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leads, c.ticked = true, time.Now()
	return nil
}

// asks reports whether it is about to be known whether another coordinator leads, or that it does.
func (c *Coordinator) asks() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asking || c.deposed != nil
}

// shared reports whether the bus may have another coordinator of the same cluster.
func (c *Coordinator) shared() bool { return c.server == nil || c.cfg.shared }

// isMaster reports whether this is the coordinator for certain: not while it asks, nor where it stood still a moment ago and has not
// asked yet.
func (c *Coordinator) isMaster() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leads && (!c.shared() || !c.isStale())
}

// isAnothers reports whether a message of a worker is for another coordinator: one that has taken over, if the worker was one of
// this one's, or that did and has ended since, if none has objected a moment ago.
func (c *Coordinator) isAnothers(nonce, coordinator string) bool {
	if coordinator == c.id || coordinator == "" {
		return false
	}
	c.mu.Lock()
	mine := c.seat(nonce) != nil && time.Since(c.asked) > silence
	c.mu.Unlock()
	if mine {
		c.question()
	}
	return true
}

// question asks whether there is another coordinator, as may be after a time in which this one was not heard, or heard nothing. Until it
// knows it says nothing, so that no worker has two. Of two that ask the one with the lower rank stays.
func (c *Coordinator) question() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.shared() || c.asking || c.shut || c.deposed != nil {
		return
	}
	c.leads, c.asking = false, true
	rank := c.rank()
	c.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), claimTime)
		defer cancel()
		other, err := c.conn.Request(ctx, c.subject("lead"), []byte(rank))
		c.mu.Lock()
		defer c.mu.Unlock()
		switch c.asking = false; {
		case err == nil:
			c.depose(string(other))
		case !errors.Is(err, bus.ErrDisconnected): // else it asks again when the bus is back
			c.leads, c.stood, c.asked = true, false, time.Now()
		}
	})
}

// depose ends the work of a coordinator in whose place there is another one, which has its workers. The caller holds the lock.
func (c *Coordinator) depose(other string) {
	c.deposed = fmt.Errorf("another master (%s) leads the cluster %q on this bus now, and this one ends", other, c.cfg.Cluster)
	c.cfg.Log.Error(c.deposed.Error())
	close(c.over)
	if r := c.run; r != nil {
		if r.keeper != nil {
			r.keeper.gaveUp = true
		}
		if !r.Stopping {
			r.Stopping, r.Stopped = true, r.now()
		}
		if !r.over {
			r.over = true
			close(r.done)
		}
		r.abort(c.deposed)
	}
}

// What stands before the id of a coordinator that asks and led before: it is lower than one that starts, and higher than any other
// where it stood still, as another one may have taken its place.
const (
	lowest  = "!"
	highest = "~"
)

// rank is what a coordinator asks with. The caller holds the lock.
func (c *Coordinator) rank() string {
	switch {
	case c.stood || c.isStale():
		return highest + c.id
	case c.asking:
		return lowest + c.id
	default:
		return c.id
	}
}

// isStale reports whether it leads by what it knew before it stood still, and has not asked since. The caller holds the lock.
func (c *Coordinator) isStale() bool { return !c.ticked.IsZero() && time.Since(c.ticked) > 2*watchly }

// object answers another coordinator that wants this cluster. Of two that start at once, or ask, the one with the
// lower rank stays.
func (c *Coordinator) object(m bus.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	other := string(m.Data)
	id := strings.TrimLeft(other, lowest+highest)
	leads := c.leads && (id == other || !c.isStale()) // one that starts has not taken its place
	if id != c.id && c.deposed == nil && (leads || c.rank() < other) {
		_ = m.Respond([]byte(hostName()))
	}
}
