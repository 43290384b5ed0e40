package loadgen

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Elsewhere these figures are unknown.
func TestMonitorSeesThisProcess(t *testing.T) {
	m := newMonitor()
	for begin, used := time.Now(), cpuTime(); cpuTime()-used < 100*time.Millisecond || time.Since(begin) < 600*time.Millisecond; {
	}
	m.look()
	h := m.now()
	assert.Positive(t, h.CPU)
	assert.GreaterOrEqual(t, h.CPUPeak, h.CPU*0.99)
	assert.Positive(t, h.CPULimit)
	assert.Positive(t, h.Goroutines)
	assert.Positive(t, h.FileLimit)
	assert.Positive(t, h.MemoryBytes)
}

func TestParseQuota(t *testing.T) {
	assert.Equal(t, 1.5, parseQuota("150000 100000\n"))
	for _, none := range []string{"max 100000\n", "", "x y", "0 0", "-1 100000"} {
		assert.True(t, math.IsInf(parseQuota(none), 1), none)
	}
}
