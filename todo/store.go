package todo

import (
	"container/list"
	"encoding/json"
	"strings"
	"sync"
)

// store keeps the newest todos, up to a limit. Safe for concurrent use.
type store struct {
	mu     sync.RWMutex
	limit  int
	lastID uint64
	byID   map[uint64]*list.Element
	order  *list.List // of *stored, oldest first
}

// stored is one todo. It never changes: an update puts another in its place,
// so that readers may keep it without the lock.
type stored struct {
	id        uint64
	title     string
	completed bool
	json      []byte // as it is answered
}

func newStore(limit int) *store {
	return &store{limit: limit, byID: make(map[uint64]*list.Element), order: list.New()}
}

func newStored(id uint64, title string, completed bool) *stored {
	data, _ := json.Marshal(struct { // these types have no error
		ID        uint64 `json:"id"`
		Title     string `json:"title"`
		Completed bool   `json:"completed"`
	}{id, title, completed})
	return &stored{id, title, completed, data}
}

// create adds a todo and evicts the oldest when there are too many.
func (s *store) create(title string, completed bool) *stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	x := newStored(s.lastID, title, completed)
	s.byID[x.id] = s.order.PushBack(x)
	if s.order.Len() > s.limit {
		oldest := s.order.Remove(s.order.Front()).(*stored)
		delete(s.byID, oldest.id)
	}
	return x
}

// get returns nil when there is no such todo, and so do update and remove.
func (s *store) get(id uint64) *stored {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if e := s.byID[id]; e != nil {
		return e.Value.(*stored)
	}
	return nil
}

// update changes what is not nil.
func (s *store) update(id uint64, title *string, completed *bool) *stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.byID[id]
	if e == nil {
		return nil
	}
	old := e.Value.(*stored)
	if title == nil {
		title = &old.title
	}
	if completed == nil {
		completed = &old.completed
	}
	x := newStored(id, *title, *completed)
	e.Value = x
	return x
}

func (s *store) remove(id uint64) *stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.byID[id]
	if e == nil {
		return nil
	}
	delete(s.byID, id)
	return s.order.Remove(e).(*stored)
}

func (s *store) len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.order.Len()
}

// page returns up to limit todos that hold text in their title, in any case, newest first, after
// leaving out as many as offset says, and how many there are of them.
func (s *store) page(text string, offset, limit int) (found []*stored, matches int) {
	text = strings.ToLower(text)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for e := s.order.Back(); e != nil && (text != "" || len(found) < limit); e = e.Prev() {
		x := e.Value.(*stored)
		if text != "" && !strings.Contains(strings.ToLower(x.title), text) {
			continue
		}
		if matches++; matches > offset && len(found) < limit {
			found = append(found, x)
		}
	}
	if text == "" {
		matches = s.order.Len()
	}
	return found, matches
}
