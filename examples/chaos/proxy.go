package main

import (
	"net"
	"net/http"
	"net/url"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/collectors"
	"github.com/gorilla/mux"
	"github.com/rs/zerolog"
)

// proxy is a Toxiproxy with one proxy, in this process.
type proxy struct {
	url string // where the proxy listens
	api string // of Toxiproxy
	one *toxiproxy.Proxy
	srv *http.Server

	// traffic is what Toxiproxy counts: the bytes of each connection, once it has
	// ended.
	traffic *collectors.ProxyMetricCollectors
}

// newProxy puts a proxy before an upstream such as http://127.0.0.1:8081.
func newProxy(upstream string) (*proxy, error) {
	u, err := url.Parse(upstream)
	if err != nil {
		return nil, err
	}
	metrics := toxiproxy.NewMetricsContainer(nil)
	metrics.ProxyMetrics = collectors.NewProxyMetricCollectors()
	server := toxiproxy.NewServer(metrics, zerolog.Nop())
	p := &proxy{one: toxiproxy.NewProxy(server, "todo", "127.0.0.1:0", u.Host), traffic: metrics.ProxyMetrics}
	if err := server.Collection.Add(p.one, true); err != nil {
		return nil, err
	}
	p.url = "http://" + p.one.Listen
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.one.Stop()
		return nil, err
	}
	// The routes of Toxiproxy's own server, which cannot be stopped.
	routes := mux.NewRouter()
	routes.HandleFunc("/proxies/{proxy}/toxics", server.ToxicCreate).Methods(http.MethodPost)
	routes.HandleFunc("/proxies/{proxy}/toxics/{toxic}", server.ToxicDelete).Methods(http.MethodDelete)
	p.api = "http://" + listener.Addr().String()
	p.srv = &http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.srv.Serve(listener) }() // ends with close
	return p, nil
}

// toxics is where the proxy's toxics are created and deleted.
func (p *proxy) toxics() string { return p.api + "/proxies/todo/toxics" }

func (p *proxy) close() error {
	p.one.Stop()
	return p.srv.Close()
}
