package cli

import (
	"bufio"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A thousand viewers of the page, every other one of whom never reads, change
// nothing in the run: in virtual time it makes the same requests as one that
// nobody looks at.
func TestAThousandViewers(t *testing.T) {
	const seconds = "40"
	alone, watched := filepath.Join(t.TempDir(), "alone.json"), filepath.Join(t.TempDir(), "watched.json")
	virtual(t, market(nil), nil, "-t", seconds, "--summary-file", alone)
	var mu sync.Mutex
	codes := map[int]int{}
	got, _ := visiting(t, market(nil), "-t "+seconds+" --autoquit=0 --summary-file "+watched, func(v *visit) {
		dial := v.client.Transport.(*http.Transport).DialContext
		for i := range 1000 {
			conn, err := dial(t.Context(), "", "")
			require.NoError(t, err)
			_, err = io.WriteString(conn, "GET /api/events HTTP/1.1\r\nHost: localhost:8089\r\n\r\n")
			require.NoError(t, err)
			if i%2 == 0 {
				continue // it never reads
			}
			go func() {
				answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					return
				}
				mu.Lock()
				codes[answer.StatusCode]++
				mu.Unlock()
				_, _ = io.Copy(io.Discard, answer.Body)
			}()
		}
		time.Sleep(20 * time.Second)
		code, _ := v.get("/stats/requests")
		assert.Equal(t, 200, code, "the page still answers")
	})
	assert.Zero(t, got.code)
	want, have := summaryIn(t, alone), summaryIn(t, watched)
	assert.Equal(t, want.Total.Counters, have.Total.Counters)
	assert.Equal(t, want.Total.Requests, have.Total.Requests)
	assert.Equal(t, 500, codes[200]+codes[503], "everybody who reads is answered")
	assert.LessOrEqual(t, codes[200], 256)
	assert.Positive(t, codes[200])
}
