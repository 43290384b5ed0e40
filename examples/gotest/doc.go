// Package gotest shows a load test inside go test: an hour of load against a
// handler, in virtual time, with claims on the figures of each phase.
package gotest

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Service is the system under test: it lists and adds words. A store that
// holds more words is slower.
type Service struct {
	mu    sync.Mutex
	words []string
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		s.mu.Lock()
		words := s.words
		s.mu.Unlock()
		time.Sleep(5*time.Millisecond + time.Duration(len(words))*10*time.Microsecond)
		_ = json.NewEncoder(w).Encode(words) // a client that has gone does not matter
	case http.MethodPost:
		time.Sleep(10 * time.Millisecond)
		s.mu.Lock()
		s.words = append(s.words, "word")
		s.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}
