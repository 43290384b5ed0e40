package loadtest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/phase"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
	"github.com/gensim/load-generator/scenario"
)

// visitor does one operation that takes as long as the phase says.
type visitor struct{ took map[string]time.Duration }

func (v visitor) Tasks() []scenario.Task {
	return []scenario.Task{{Name: "visit", Weight: 1, Do: func(ctx context.Context) error {
		p := measure.FromContext(ctx).Phase().Name
		return measure.Do(ctx, report.Op{Name: "visit"}, func(context.Context) error {
			time.Sleep(v.took[p])
			if v.took[p] > time.Second {
				return errors.New("too slow")
			}
			return nil
		})
	}}}
}

func (v visitor) Operations() []string { return []string{"visit"} }

// runner is a run of four minutes whose requests take slow in the second half.
func runner(slow time.Duration) loadgen.Runner {
	v := visitor{map[string]time.Duration{"baseline": 100 * time.Millisecond, "intervention": slow}}
	return loadgen.Runner{
		Name: "visits", NewUser: func(scenario.Env) (scenario.User, error) { return v, nil },
		Pace: scenario.Between(time.Second, 3*time.Second), Seed: 7,
		Schedule: phase.AB(phase.Phase{For: 2 * time.Minute, Users: 20}, phase.Phase{For: 2 * time.Minute, Users: 20}),
	}
}

// witness is a test that notes what happens to it.
type witness struct {
	testing.TB
	dir    string
	mu     sync.Mutex
	log    bytes.Buffer
	fatal  string
	failed bool
}

func (w *witness) Helper() {}

func (w *witness) Logf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(&w.log, format+"\n", args...)
}

func (w *witness) Errorf(format string, args ...any) { w.failed = true; w.Logf(format, args...) }

func (w *witness) Fatalf(format string, args ...any) {
	w.fatal, w.failed = fmt.Sprintf(format, args...), true
	runtime.Goexit()
}

func (w *witness) Output() io.Writer { return w }

func (w *witness) ArtifactDir() string { return w.dir }

func (w *witness) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

// seen runs f as a test in a separate bubble.
func seen(t *testing.T, f func(testing.TB)) *witness {
	t.Helper()
	w := &witness{dir: t.TempDir()}
	synctest.Test(t, func(t *testing.T) {
		w.TB = t
		done := make(chan struct{})
		go func() {
			defer close(done)
			f(w)
		}()
		<-done
	})
	return w
}
