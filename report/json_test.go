package report

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLargeFilesAreRefused(t *testing.T) {
	_, err := readLimited(io.MultiReader(strings.NewReader(`{"schema":1,"name":"`), blather{}), 1<<20)
	require.EqualError(t, err, "not a summary of a run, as --summary-file writes it: more than 1 MiB")
}

// blather never ends.
type blather struct{}

func (blather) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
