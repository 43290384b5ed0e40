package prometheus_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/loadgen/prometheus"
)

// A program that makes its own load, with its metrics on a separate port.
func ExampleNew() {
	exporter, err := prometheus.New(prometheus.Config{Token: "open-sesame"})
	if err != nil {
		fmt.Println(err)
		return
	}
	var runner loadgen.Runner // with users, pace, schedule
	runner.Observer = exporter
	server := httptest.NewServer(exporter) // or http.Handle("/metrics", exporter)
	defer server.Close()

	req, _ := http.NewRequest(http.MethodGet, server.URL, nil)
	req.Header.Set("Authorization", "Bearer open-sesame")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status, strings.Split(resp.Header.Get("Content-Type"), ";")[0])
	// Output: 200 OK text/plain
}

// A program of package loadgen/cli gets --prometheus and its variables.
func ExamplePart() {
	app := cli.App{
		Name:  "shop",
		Parts: []part.Part{prometheus.Part(prometheus.Config{Job: "shop"})},
	}
	fmt.Println(app.Parts[0].Name, app.Parts[0].Options[0].Flag)
	// Output: Prometheus prometheus
}
