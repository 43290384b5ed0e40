package feed_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/scenario/feed"
)

// numbered is a Feed of n rows, whose column n holds 1, 2, 3...
func numbered(t *testing.T, n int, how feed.Deal) *feed.Feed {
	var text strings.Builder
	text.WriteString("n\n")
	for i := range n {
		fmt.Fprintln(&text, i+1)
	}
	f, err := feed.ReadCSV("numbers.csv", strings.NewReader(text.String()), how)
	require.NoError(t, err)
	return f
}

// user is one of users of a plan, of which most are there at once.
func user(index, users, seat, most int) scenario.Env {
	return scenario.Env{User: index, Index: index, Users: users, Seat: seat, Most: most, Rand: rand.New(rand.NewPCG(1, uint64(index)))}
}
