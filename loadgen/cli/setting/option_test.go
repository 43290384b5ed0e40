package setting

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestQuoteCutsLongValues(t *testing.T) {
	got := Quote(strings.Repeat("é", 200))
	assert.Equal(t, `"`+strings.Repeat("é", 80)+`"...`, got)
}
