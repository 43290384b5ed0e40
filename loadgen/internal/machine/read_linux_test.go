package machine

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// This machine reports what it does, in a sandbox zeros too, and it only grows.
func TestReadThisMachine(t *testing.T) {
	a := Read()
	b := Read()
	assert.Equal(t, a.Cores, b.Cores)
	assert.GreaterOrEqual(t, b.Busy, a.Busy)
	assert.Positive(t, Quota())
	assert.Positive(t, Memory())
}
