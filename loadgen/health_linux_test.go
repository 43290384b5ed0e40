package loadgen

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/loadgen/internal/machine"
)

// Elsewhere these figures are unknown.
func TestMonitorSeesThisProcess(t *testing.T) {
	m := newMonitor()
	atLeast := time.After(600 * time.Millisecond) // a value of the share of CPU is of half a second or more
	for used := machine.CPUTime(); machine.CPUTime()-used < 30*time.Millisecond; {
	}
	<-atLeast
	m.look()
	h := m.now()
	assert.Positive(t, h.CPU)
	assert.GreaterOrEqual(t, h.CPUPeak, h.CPU*0.99)
	assert.Positive(t, h.CPULimit)
	assert.Positive(t, h.Goroutines)
	assert.Positive(t, h.FileLimit)
	assert.Positive(t, h.MemoryBytes)
}
