package main

import (
	"flag"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"
)

// TestMain silences what Toxiproxy says of its bandwidth, and lets pass that it
// leaves behind what still hands bytes on in links that broke off.
func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = parallel.Value.Set("6") // they mostly wait
	}
	goleak.VerifyTestMain(patient{m}, ofLinks)
}

// ofLinks is what links of the proxy leave until their connections have ended.
var ofLinks = goleak.IgnoreTopFunction("github.com/Shopify/toxiproxy/v2/toxics.(*NoopToxic).Pipe")

// patient waits for what tests leave to end: goleak itself waits for less than a second.
type patient struct{ *testing.M }

func (p patient) Run() int {
	code := p.M.Run()
	for end := time.Now().Add(time.Minute); goleak.Find(ofLinks) != nil && time.Now().Before(end); {
	}
	return code
}

// traffic is what Toxiproxy has counted of one direction, in bytes.
type traffic struct{ received, sent int64 }

// counted reads Toxiproxy's counters, by direction.
func (p *proxy) counted(t *assert.CollectT) (answers, requests traffic) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(p.traffic.Collectors()...)
	families, err := registry.Gather()
	assert.NoError(t, err)
	counts := map[string]int64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			counts[f.GetName()+" "+m.GetLabel()[0].GetValue()] += int64(m.GetCounter().GetValue())
		}
	}
	of := func(direction string) traffic {
		return traffic{counts["toxiproxy_proxy_received_bytes_total "+direction], counts["toxiproxy_proxy_sent_bytes_total "+direction]}
	}
	return of("downstream"), of("upstream")
}

// headBytes is the size of the head of every answer behind evenHeads.
const headBytes = 256
