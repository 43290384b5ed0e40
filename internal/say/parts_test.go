package say

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPartsHaveWhatThereIsToSay(t *testing.T) {
	var p Parts
	p.Add(false, "nothing")
	assert.Nil(t, p)
	p.Add(true, "%d %%", 5)
	assert.Equal(t, Parts{"5 %"}, p)
}
