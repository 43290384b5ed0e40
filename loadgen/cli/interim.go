package cli

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen"
)

// interimEvery is the time between two states of the summary file while a run
// goes on; the first comes sooner, so that the file of a former run does not
// stand for this one. Writing one may take a part in interimCost of the time, so
// a very large one is written less often.
const (
	interimFirst = time.Second
	interimEvery = 5 * time.Second
	interimCost  = 50
)

// interim keeps the summary file of a run that goes on up to date, so that a
// process that is killed loses no more than its last seconds.
type interim struct {
	load   *load
	mu     sync.Mutex // held by whoever writes the file
	failed bool       // that has been said
	ended  chan struct{}
	loop   sync.WaitGroup
}

// start begins to write, if there is a file that may be written more than
// once: into a pipe goes only the last word.
func (i *interim) start(l *load) {
	i.load, i.ended = l, make(chan struct{})
	if l.values.output.summaryFile.V == "" || !output.IsFile(l.values.output.summaryFile.V) {
		return
	}
	i.loop.Go(i.keep)
}

// stop ends it.
func (i *interim) stop() {
	close(i.ended)
	i.loop.Wait()
}

func (i *interim) keep() {
	wait := interimFirst
	for {
		select {
		case <-i.ended:
			return
		case <-time.After(wait):
		}
		began := time.Now()
		i.write()
		wait = max(interimEvery, interimCost*time.Since(began))
	}
}

// write writes the state of a run that has begun and is not told yet.
func (i *interim) write() {
	i.mu.Lock()
	defer i.mu.Unlock()
	l := i.load
	info, state := l.control.Info(), l.control.State()
	if info.Start.IsZero() || info.Number == l.number || state == loadgen.Stopped {
		return
	}
	sum := *l.control.Summary() // a copy: it may be the one of the run's end
	note := fmt.Sprintf("the run was not over: these are its figures after %v", time.Duration(sum.EndS*float64(time.Second)).Round(time.Second))
	if text := sum.Total.Unanswered(); text != "" {
		note += "; " + text
	}
	sum.Notes = append([]string{note}, slices.Clone(sum.Notes)...)
	err := output.Write(l.ctx, l.values.output.summaryFile.V, sum.WriteJSON)
	if err != nil && !i.failed {
		i.failed = true
		l.log.Warn("the summary file cannot be written; the run goes on", "error", err)
	}
}

// final keeps the file from being written while do writes it for good.
func (i *interim) final(do func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	do()
}
