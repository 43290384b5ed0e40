package measure

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// began notes the runs that begin.
type began []Run

func (b *began) BeginRun(run Run) RunObserver {
	*b = append(*b, run)
	return nil
}

func TestRunsOfAWorkerNameIt(t *testing.T) {
	var seen began
	OfWorker("shop_1", &seen).BeginRun(Run{Name: "shop"})
	assert.Equal(t, began{{Name: "shop", Worker: "shop_1"}}, seen)
	assert.Nil(t, OfWorker("shop_1", nil))
}
