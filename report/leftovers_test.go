package report

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLeftoversAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, l := WithLeftovers(t.Context())
		assert.Same(t, l, LeftoversOf(ctx))
		l.Wait() // for nothing
		start := time.Now()
		for _, d := range []time.Duration{time.Hour, 2 * time.Hour} {
			l.Begin()
			go func() {
				defer l.End()
				time.Sleep(d)
			}()
		}
		l.Wait()
		assert.Equal(t, 2*time.Hour, time.Since(start))
		l.Begin()
		l.Wait() // for something that never ends
		assert.Equal(t, 26*time.Hour, time.Since(start))
	})
}

func TestLeftoversThatHangAreLeft(t *testing.T) {
	var l Leftovers
	l.Begin()
	start := time.Now()
	l.Wait()
	assert.Less(t, time.Since(start), time.Minute)
}

func TestNoLeftovers(t *testing.T) {
	l := LeftoversOf(t.Context())
	assert.Nil(t, l)
	l.Begin()
	l.End()
	l.Wait()
}
