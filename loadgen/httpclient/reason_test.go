package httpclient

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhatEndsWithItsContextIsCutOff(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	assert.Equal(t, "cut off", reasonFor(ended, io.EOF))
	assert.Equal(t, "", reasonFor(ended, nil), "an answer that came in time counts")
}
