package web

import (
	"sync"
	"time"

	"github.com/gensim/load-generator/report"
)

// memo keeps what many clients ask for at once. The zero memo is empty.
type memo[T any] struct {
	mu    sync.Mutex
	key   moment
	at    time.Time
	value T
}

// moment names what a kept value depends on: when it changes, the value is
// stale however young it is, so that a start, stop or reset shows at once.
type moment struct {
	run   int
	state report.State
}

// lasting is how old what costs much to build may be, so that many who ask for
// it at once, or again and again, cost no more than one.
func (m moment) lasting() time.Duration {
	if idle(m.state) {
		return time.Minute
	}
	return fresh
}

// get returns the value, built at most once per age while the moment lasts.
func (m *memo[T]) get(now moment, age time.Duration, build func() T) T {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at.IsZero() || m.key != now || time.Since(m.at) >= age {
		m.value, m.key, m.at = build(), now, time.Now()
	}
	return m.value
}

// set puts a value that was just built.
func (m *memo[T]) set(now moment, value T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.value, m.key, m.at = value, now, time.Now()
}

// moment returns the present one.
func (h *Handler) moment() moment {
	return moment{run: h.source.Run().Number, state: h.source.State()}
}
