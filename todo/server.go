package todo

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a backend on a socket.
type Server struct {
	// URL is where it listens: "http://127.0.0.1:40217".
	URL string

	http *http.Server
	busy sync.WaitGroup // requests being answered
	done chan error
}

// Listen serves the backend on address until Close. "" means a free port on
// loopback, ":8081" every interface. The error is that of listening.
func (b *Backend) Listen(address string) (*Server, error) {
	listener, err := net.Listen("tcp", cmp.Or(address, "127.0.0.1:0"))
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(),
		http: &http.Server{
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       30 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    16 << 10,
			ErrorLog:          log.New(io.Discard, "", 0), // broken clients are daily bread here
		},
		done: make(chan error, 1),
	}
	s.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.busy.Add(1)
		defer s.busy.Done()
		b.ServeHTTP(w, r)
	})
	go func() { s.done <- s.http.Serve(listener) }()
	return s, nil
}

// Close stops listening, lets requests in progress finish until ctx ends and
// cuts those that are left. It returns when nothing of the server is left;
// the error is that of ctx, or what ended the server before. Close it once.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		s.http.Close() // ends the contexts that requests wait with
	}
	s.busy.Wait()
	if ended := <-s.done; !errors.Is(ended, http.ErrServerClosed) {
		return ended
	}
	return err
}
