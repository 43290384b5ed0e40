package say

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestStages(t *testing.T) {
	levels := []float64{10, 50.2468, 0, 1e6}
	stage := func(i int) (time.Duration, float64) { return time.Duration(i%4) * 90 * time.Second, levels[i%4] }
	assert.Equal(t, "stages 0:10/s", Stages(1, stage, "/s"))
	assert.Equal(t, "stages 0:10, 1m30s:50.2, 3m:0", Stages(3, stage, ""))
	assert.Equal(t, "stages 0:10, 1m30s:50.2, ...", Stages(4, stage, ""))
	assert.Equal(t, "stages 0:10, 1m30s:50.2, ...", Stages(20, stage, ""))
	assert.Equal(t, "1,801 stages, 0 to 1,000,000/s", Stages(1801, stage, "/s"))
}
