package prometheus

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/internal/metrics"
)

// How long a push may take while the run continues, how long all that is left to do at its end, and how
// long a receiver that did not take the end has until it is asked again.
const (
	pushLimit = 10 * time.Second
	endLimit  = time.Second
	retryWait = 200 * time.Millisecond
)

// pusher sends the metrics of one run to a receiver of remote write, one push at a time. Counts are
// cumulative, so the next push makes up for one that is late or refused.
type pusher struct {
	e       *Exporter
	began   time.Time            // the run
	metrics *prometheus.Registry // of the run
	series  *encoder
	every   time.Duration
	next    time.Duration // offset from which a push is due

	work   chan time.Duration // offsets of what is to be sent
	cancel context.CancelFunc // of the push in flight
	idle   chan struct{}      // closed when all of work is done
	pause  atomic.Int64       // Unix time in ns until which the receiver asks to be left alone

	sent  time.Time // timestamp of the last push, taken or not
	plain bool      // the receiver takes no native histograms
	lost  int64     // pushes that were not taken
}

// newPusher starts the sending for a run.
func newPusher(e *Exporter, r *run, start time.Time, id string) *pusher {
	host, _ := os.Hostname() // without one the label run has to tell instances apart
	p := &pusher{
		e: e, began: start, metrics: prometheus.NewRegistry(), every: max(time.Second, cmp.Or(e.config.PushEvery, 5*time.Second)),
		series: newEncoder(cmp.Or(e.config.Job, "load-generator"), cmp.Or(e.config.Instance, host), start),
		work:   make(chan time.Duration, 1), idle: make(chan struct{}),
	}
	p.metrics.MustRegister(undescribed(r.collect))
	prometheus.WrapRegistererWith(prometheus.Labels{"run": id}, p.metrics).MustRegister(undescribed(p.collect))
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	go p.loop(ctx)
	return p
}

// undescribed is a collector of metrics that it does not name beforehand.
type undescribed func(to chan<- prometheus.Metric)

// Describe implements prometheus.Collector.
func (undescribed) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (u undescribed) Collect(to chan<- prometheus.Metric) { u(to) }

// collect passes on what is not of the run. It is pushed with the label run all the same: runs at
// once, in this process or another one of the host, would write the same series, and a receiver refuses
// the whole of a request in which one value is older than the last.
func (p *pusher) collect(to chan<- prometheus.Metric) {
	to <- p.e.build
	to <- lostPushes(p.lost)
}

// loop sends what is offered until there is no more, or ctx ends.
func (p *pusher) loop(ctx context.Context) {
	defer close(p.idle)
	for at := range p.work {
		limited, done := context.WithTimeout(ctx, pushLimit)
		err := p.send(limited, at)
		done()
		if ctx.Err() == nil {
			p.note(err, false)
		}
	}
}

// offer has the figures of an offset sent if it is time, and waits for nothing.
func (p *pusher) offer(at time.Duration) {
	if at < p.next || time.Now().UnixNano() < p.pause.Load() {
		return
	}
	select {
	case p.work <- at:
		p.next = at + p.every
	default: // the last one is still on its way
	}
}

// finish sends the final figures, those of offset end, and ends the sending. What is on its way
// is given up: the final figures hold it too.
func (p *pusher) finish(end time.Duration) {
	p.cancel()
	close(p.work)
	<-p.idle
	ctx, cancel := context.WithTimeout(context.Background(), p.e.endLimit)
	defer cancel()
	p.note(p.insist(ctx, end), true)
}

// insist sends figures until they are taken, refused for good, or ctx ends.
func (p *pusher) insist(ctx context.Context, at time.Duration) (why error) {
	for {
		err := p.send(ctx, at)
		if err == nil {
			return nil
		}
		if why == nil || ctx.Err() == nil {
			why = err // and not that there is no more time, which says less
		}
		wait := retryWait
		if no := (*refusal)(nil); errors.As(err, &no) {
			if no.final() || no.after > p.e.endLimit {
				return why
			}
			wait = max(wait, no.after)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return why
		}
	}
}

// send sends the figures under the timestamp of an offset, in the form that the receiver takes: without
// zeros where it has them already, without native histograms where it knows none.
func (p *pusher) send(ctx context.Context, offset time.Duration) error {
	families, err := p.metrics.Gather()
	if err != nil && len(families) == 0 {
		return err
	}
	at := p.began.Add(offset)
	if !at.After(p.sent) { // two values of one instant contradict each other
		at = p.sent.Add(time.Millisecond)
	}
	p.sent = at
	for _, form := range []form{{zeros: true, native: true}, {zeros: true}, {native: true}, {}} {
		if form.native && p.plain {
			continue
		}
		err = p.post(ctx, p.series.encode(families, at, form))
		var no *refusal
		if err == nil {
			p.plain = !form.native
			p.series.taken(at)
			return nil
		}
		if !errors.As(err, &no) || no.status != http.StatusBadRequest && no.status != http.StatusInternalServerError {
			break
		}
	}
	return err
}

// refusal is an answer that is not a yes.
type refusal struct {
	status int
	after  time.Duration // that the receiver wants to be left alone
	text   string
}

// Error implements error.
func (r *refusal) Error() string { return fmt.Sprintf("it answers %d: %s", r.status, r.text) }

// final reports whether the same request would be refused again.
func (r *refusal) final() bool {
	return r.status/100 < 5 && r.status != http.StatusTooManyRequests && r.status != http.StatusRequestTimeout
}

// post sends one request.
func (p *pusher) post(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.e.config.Push, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for key, value := range map[string]string{
		"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
		"X-Prometheus-Remote-Write-Version": "0.1.0", "User-Agent": "load-generator",
	} {
		req.Header.Set(key, value)
	}
	resp, err := p.e.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 300)) // what is cut off is a message
	if resp.StatusCode/100 == 2 {
		return nil
	}
	no := &refusal{status: resp.StatusCode, after: retryAfter(resp.Header.Get("Retry-After")), text: strings.Join(strings.Fields(metrics.Clean(string(text))), " ")}
	if resp.StatusCode == http.StatusNotFound {
		no.text += " (Prometheus receives remote write with --web.enable-remote-write-receiver)"
	}
	p.pause.Store(time.Now().Add(no.after).UnixNano())
	return no
}

// retryAfter reads the header of that name; an hour at most.
func retryAfter(text string) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
		return time.Duration(min(max(n, 0), 3600)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(time.Until(at), 0), time.Hour)
	}
	return 0
}

// note counts a push that failed, and warns of the first.
func (p *pusher) note(err error, last bool) {
	if err == nil {
		return
	}
	p.lost++
	p.e.mu.Lock()
	p.e.losses.Pushes++
	if last {
		p.e.losses.Ends++
	}
	p.e.mu.Unlock()
	p.e.warned.Do(func() {
		p.e.log.Warn("what is pushed to Prometheus does not arrive; the load continues, and losses are counted",
			"url", redact.Address(p.e.config.Push), "error", redact.In(err.Error(), p.e.config.Push))
	})
}
