package cluster

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/gensim/load-generator/dist/stream"
)

// join answers a worker that wants to work.
func (c *Coordinator) join(_ string, h *hello) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if why := c.refusal(h); why != "" {
		c.cfg.Log.Warn("worker refused: "+why, "worker", h.ID)
		return welcome{Refused: why}
	}
	if s := c.seat(h.Nonce); s == nil {
		c.seats = slices.DeleteFunc(c.seats, func(s *seat) bool {
			s.gone = s.gone || s.ID == h.ID
			return s.ID == h.ID
		})
		s = &seat{hello: *h, index: c.freeIndex(h.Hint), heard: time.Now()}
		c.seats = append(c.seats, s)
		c.takeBack(s)
		c.cfg.Log.Info(fmt.Sprintf("%s (index %d) reported as ready. %d workers connected.", s.ID, s.index, c.present()))
		if c.run != nil && s.part == nil {
			c.cfg.Log.Info("a run is in progress; this worker takes part in the next one", "worker", s.ID)
		}
		c.changed()
	}
	return welcome{
		Coordinator: c.id, Settings: c.cfg.Settings, Secrets: c.cfg.Secrets,
		OrphanNS: int64(c.cfg.Orphan), IntervalNS: int64(c.cfg.Interval),
	}
}

// refusal says in a sentence why a worker cannot work here; "": it can. The caller holds the lock.
func (c *Coordinator) refusal(h *hello) string {
	const same = "start the same release everywhere"
	own := ownHello()
	switch {
	case c.shut:
		return "the master is about to end"
	case h.Protocol != own.Protocol:
		return fmt.Sprintf("worker %s speaks version %d of the protocol, the master version %d; %s", h.ID, h.Protocol, own.Protocol, same)
	case h.Program != c.cfg.Program:
		return fmt.Sprintf("worker %s runs the program %q, the master %q; start the same one", h.ID, h.Program, c.cfg.Program)
	case h.Streams != own.Streams:
		return fmt.Sprintf("worker %s draws random streams of version %d, the master of version %d; %s", h.ID, h.Streams, own.Streams, same)
	}
	if !c.cfg.AllowOtherBuild {
		const allow = "start the same executable, or allow others with --allow-other-build"
		switch {
		case h.Version != c.cfg.Version:
			return fmt.Sprintf("worker %s is version %q of %s, the master version %q; %s", h.ID, h.Version, h.Program, c.cfg.Version, allow)
		case h.System != own.System:
			return fmt.Sprintf("worker %s runs on %s, the master on %s; %s", h.ID, h.System, own.System, allow)
		case h.Build != own.Build:
			return fmt.Sprintf("worker %s is another build of %s (%.8s) than the master's (%.8s); %s", h.ID, h.Program, h.Build, own.Build, allow)
		}
	}
	for _, s := range c.seats {
		if s.ID == h.ID && s.Nonce != h.Nonce && time.Since(s.heard) < silence {
			return fmt.Sprintf("a worker %s is there already; give each worker another id", h.ID)
		}
	}
	return ""
}

// ownHello is what this process says of itself, coordinator or worker.
func ownHello() hello {
	return hello{Protocol: version, Build: build(), System: runtime.GOOS + "/" + runtime.GOARCH, Streams: stream.Version}
}

// seat returns the worker with that nonce; nil if none is there. The caller holds the lock.
func (c *Coordinator) seat(nonce string) *seat {
	for _, s := range c.seats {
		if s.Nonce == nonce {
			return s
		}
	}
	return nil
}

// freeIndex is the index of a new worker. The caller holds the lock.
func (c *Coordinator) freeIndex(hint int) int {
	taken := make(map[int]bool)
	for _, s := range c.seats {
		taken[s.index] = true
	}
	if hint >= 0 && !taken[hint] {
		return hint
	}
	for i := 0; ; i++ {
		if !taken[i] {
			return i
		}
	}
}
