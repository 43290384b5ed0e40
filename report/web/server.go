package web

import (
	"net/http"
	"time"
)

// NewServer returns a server for a Handler, or for a mux that holds one, whose
// sizes and times are bounded: no client can hold it up by being slow. Shutdown
// ends the live streams of page first.
func NewServer(page *Handler, all http.Handler) *http.Server {
	s := &http.Server{
		Handler:           all,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute, // streams and /stop set their own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	s.RegisterOnShutdown(page.Close)
	return s
}
