package terminal

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLinesOfOtherWriters(t *testing.T) {
	var out bytes.Buffer
	j := &JSONLines{Log: slog.NewJSONHandler(&out, nil)}
	for _, part := range []string{"a ", "b\r\n\n--|--\nc", "\n", "never ended"} {
		n, err := j.Write([]byte(part))
		require.NoError(t, err)
		assert.Len(t, part, n)
	}
	assert.Equal(t, 2, strings.Count(out.String(), "\n"))
	assert.Contains(t, out.String(), `"msg":"a b"`)
}
