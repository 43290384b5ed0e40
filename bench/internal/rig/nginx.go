package rig

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Nginx is the target: one nginx process that answers from memory and counts
// the requests that it has served.
type Nginx struct {
	URL     string // without a slash at its end
	process *Process
	client  http.Client
	asked   int64 // times that Served has asked
}

// The one process needs no master; so its cost is the target's whole cost and
// nothing can outlive it. Answers fit every request of the to-do scenario, and what a
// collector, Prometheus and Datadog's agent would answer to what exporters send.
const nginxConf = `
daemon off;
master_process off;
pid %[1]s/pid;
error_log %[1]s/error.log error;
events { worker_connections 19000; }
http {
  access_log off;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  default_type application/json;
  server {
    listen %[2]s backlog=16384;
    location = /served { stub_status; }
    client_max_body_size 0;
    location /v1/ { default_type application/x-protobuf; return 200 ''; }
    location = /api/v1/write { return 204; }
    location /v0. { return 200 '{}'; }
    location = /api/todos {
      if ($request_method = POST) { return 201 '{"id":1,"title":"milk","completed":false}'; }
      return 200 '[{"id":1,"title":"milk","completed":false}]';
    }
    location /api/todos/ { return 200 '{"id":1,"title":"milk","completed":false}'; }
    location / { return 200 'ok\n'; }
  }
}
`

// StartNginx starts the target in dir, which must exist, on a free port of the
// loopback interface, and returns when it answers.
func StartNginx(ctx context.Context, cores, dir string) (n *Nginx, err error) {
	for range 5 { // nginx must be told a port, which another process may take before it
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		n, err = startNginx(ctx, cores, dir, address)
		if err == nil || !strings.Contains(err.Error(), "already in use") {
			return n, err
		}
	}
	return nil, err
}

func startNginx(ctx context.Context, cores, dir, address string) (*Nginx, error) {
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, dir, address), 0o600); err != nil {
		return nil, err
	}
	process, err := Start(ctx, cores, Command{Name: "nginx", Args: []string{"-c", conf, "-p", dir, "-e", dir + "/error.log"}})
	if err != nil {
		return nil, err
	}
	n := &Nginx{URL: "http://" + address, process: process}
	n.client.Transport = &http.Transport{DisableKeepAlives: true}
	for range 1500 { // 30 s
		try, cancel := context.WithTimeout(ctx, time.Second) // another process may sit there, and be silent
		_, err = n.Served(try)
		cancel()
		if err == nil {
			return n, nil
		}
		if process.Ended() {
			_, err = process.Wait()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	n.Stop()
	return nil, fmt.Errorf("nginx does not answer: %w", err)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Served is how many requests the target has served, this one not counted.
func (n *Nginx) Served(ctx context.Context) (int64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.URL+"/served", nil)
	if err != nil {
		return 0, err
	}
	resp, err := n.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	n.asked++
	total, err := parseServed(string(text))
	return total - n.asked, err
}

// Usage is what the target has cost so far.
func (n *Nginx) Usage() Usage { return n.process.Usage() }

// Stop ends the target.
func (n *Nginx) Stop() { n.process.Stop() }

// parseServed reads the third number under "server accepts handled requests".
func parseServed(text string) (int64, error) {
	_, rest, _ := strings.Cut(text, "server accepts handled requests")
	fields := strings.Fields(rest)
	if len(fields) < 3 {
		return 0, fmt.Errorf("not the status of nginx: %.80q", text)
	}
	return strconv.ParseInt(fields[2], 10, 64)
}
