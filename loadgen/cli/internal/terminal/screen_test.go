package terminal

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestScreen(t *testing.T) {
	var out strings.Builder
	s := NewScreen(&out)
	write := func(text string) { _, _ = io.WriteString(s, text) }
	write("held\n")
	s.Live("not yet")
	assert.Empty(t, out.String())
	s.Release()
	s.Live("50 %")
	write("log\n")
	s.Live("")
	write("end\n")
	assert.Equal(t, "held\n"+clearLine+"50 %"+clearLine+"log\n50 %"+clearLine+"end\n", out.String())
}
