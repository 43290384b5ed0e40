package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/loadgen/httpclient"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/scenario/feed"
)

// The load runs in virtual time against a handler in this process, and its claims hold.
func TestShop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(20 * time.Millisecond)
			_, _ = io.WriteString(w, `{"id": 7}`)
		})
		web, err := httpclient.New(httpclient.Config{Host: "http://shop", Base: httpclient.Handler(target)})
		require.NoError(t, err)
		defer web.Close()
		rows, err := feed.ReadCSV("customers.csv", strings.NewReader(customers), feed.Once)
		require.NoError(t, err)
		r := shop(web, rows, 10*time.Second)
		list, err := claim.ParseAll(claims...)
		require.NoError(t, err)
		plan, err := r.Plan()
		require.NoError(t, err)
		require.NoError(t, list.Check(plan))
		sum, err := r.Run(t.Context())
		require.NoError(t, err)
		for _, result := range list.Judge(sum) {
			assert.True(t, result.Held(), result.Said)
		}
		var text strings.Builder
		require.NoError(t, sum.WriteText(&text))
		for line := range strings.Lines(text.String()) {
			assert.LessOrEqual(t, utf8.RuneCountInString(line), 81, line)
		}
		assert.Contains(t, text.String(), "shopping")
		assert.Equal(t, []report.KindInfo{{Name: "buyer", Users: 16, Share: .8}, {Name: "browser", Users: 4, Share: .2}}, without(sum.Phases[0].Kinds))
		assert.Equal(t, 19, sum.Phases[1].Kinds[0].Users)
	})
}

// without leaves out the paces.
func without(kinds []report.KindInfo) []report.KindInfo {
	for i := range kinds {
		kinds[i].Pace = ""
	}
	return kinds
}
