package web

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// beat is how often viewers hear of the run; patience is how long one of them
// may take for one message.
const (
	beat     = time.Second
	patience = 10 * time.Second
	idleBeat = 5 * time.Second
)

// hub sends the newest frame to every viewer. One goroutine builds frames while
// there are viewers; each viewer keeps only the number of the frame it has
// seen, so that a slow one skips to the newest and costs no memory.
type hub struct {
	start func() frames // makes the source of frames for one encoder
	limit int

	mu      sync.Mutex
	viewers map[chan struct{}]struct{} // each holds a token when there is news
	frame   []byte
	number  uint64 // of frame
	cancel  context.CancelFunc
	closed  bool
}

// frames returns the next frame; nil when nothing has changed.
type frames func() []byte

func newHub(limit int, start func() frames) *hub {
	return &hub{start: start, limit: limit, viewers: make(map[chan struct{}]struct{})}
}

// join adds a viewer; false when there are too many, or the hub is closed. The
// first one starts the encoder.
func (h *hub) join() (chan struct{}, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.viewers) >= h.limit {
		return nil, false
	}
	news := make(chan struct{}, 1)
	h.viewers[news] = struct{}{}
	if h.cancel == nil {
		ctx, cancel := context.WithCancel(context.Background())
		h.cancel = cancel
		go h.work(ctx)
	} else if h.frame != nil {
		news <- struct{}{}
	}
	return news, true
}

// leave removes a viewer. The last one ends the encoder.
func (h *hub) leave(news chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.viewers, news)
	if len(h.viewers) == 0 && h.cancel != nil {
		h.cancel()
		h.cancel, h.frame = nil, nil
	}
}

// close sends every viewer away.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for news := range h.viewers {
		close(news)
		delete(h.viewers, news)
	}
	if h.cancel != nil {
		h.cancel()
		h.cancel = nil
	}
}

// work builds a frame at once and then every beat.
func (h *hub) work(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for next := h.start(); ; {
		if frame := next(); frame != nil {
			h.publish(ctx, frame)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// publish makes a frame the newest, unless its encoder was ended meanwhile.
func (h *hub) publish(ctx context.Context, frame []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	h.frame = frame
	h.number++
	for news := range h.viewers {
		select {
		case news <- struct{}{}:
		default: // it has not read the last news yet and will find this frame
		}
	}
}

// newest returns the newest frame; nil if the viewer has seen it.
func (h *hub) newest(seen uint64) ([]byte, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.number == seen {
		return nil, seen
	}
	return h.frame, h.number
}

// serve streams to one viewer until it leaves.
func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	news, ok := h.join()
	if !ok {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "There are too many viewers; the page asks again.", http.StatusServiceUnavailable)
		return
	}
	defer h.leave(news)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies would otherwise hold messages back
	v := viewer{w: w, control: http.NewResponseController(w)}
	if !v.send([]byte("retry: 1000\n\n")) {
		return
	}
	v.follow(h, news, r.Context().Done())
}

// viewer is the connection to one browser.
type viewer struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// follow sends frames as they come, and a sign of life when there are none.
func (v *viewer) follow(h *hub, news <-chan struct{}, gone <-chan struct{}) {
	quiet := time.NewTicker(idleBeat)
	defer quiet.Stop()
	for seen := uint64(0); ; {
		ok := true
		select {
		case _, open := <-news:
			if !open {
				return
			}
			var frame []byte
			if frame, seen = h.newest(seen); frame != nil {
				quiet.Reset(idleBeat)
				ok = v.send([]byte("event: frame\ndata: "), frame, []byte("\n\n"))
			}
		case <-quiet.C:
			ok = v.send([]byte("event: beat\ndata: {}\n\n"))
		case <-gone:
			return
		}
		if !ok {
			return
		}
	}
}

// send writes one message within the viewer's patience.
func (v *viewer) send(parts ...[]byte) bool {
	// Writers without deadlines, as in tests, are as patient as they like.
	_ = v.control.SetWriteDeadline(time.Now().Add(patience))
	for _, part := range parts {
		if _, err := v.w.Write(part); err != nil {
			return false
		}
	}
	return v.control.Flush() == nil
}
