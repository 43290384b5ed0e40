package web

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect"
)

func TestLimitsAmongTheFailures(t *testing.T) {
	inf := math.Inf(1)
	assert.Equal(t, "beyond every success", limitsText(effect.Interval{Estimate: inf, Low: inf, High: inf}, say.Change))
	assert.Equal(t, "at least +5 %", limitsText(effect.Interval{Estimate: inf, Low: .05, High: inf}, say.Change))
}
