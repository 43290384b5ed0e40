package web_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/internal/fake"
	"github.com/gensim/load-generator/report/web"
)

// A frame has the tables of what is in no count of requests, where there is any; the phases leave them out.
func TestFramesHaveTransactionsAndFigures(t *testing.T) {
	for _, own := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			load := fake.New(fake.Todo(), nil)
			load.Own = own
			require.NoError(t, load.Start(web.Order{Users: 40, SpawnRate: 10}))
			load.Advance(20 * time.Second)
			h, err := web.New(load, web.Options{})
			require.NoError(t, err)
			v := watch(h, nil)
			synctest.Wait()
			v.leave()
			var frame struct{ Own []report.Table }
			require.NoError(t, json.Unmarshal([]byte(v.frames()[0]), &frame))
			var titles []string
			for _, table := range frame.Own {
				titles = append(titles, table.Title)
			}
			if !own {
				assert.Nil(t, titles)
				return
			}
			assert.Equal(t, []string{"Transactions", "Requests by tag", "Figures of the script"}, titles)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/api/phases", nil))
			assert.NotContains(t, w.Body.String(), "checkout")
			assert.NotContains(t, w.Body.String(), "wins")
		})
	}
}

// Each table names its CSV file, which has its rows.
func TestTablesOfTheScriptHaveCSVFiles(t *testing.T) {
	load := fake.New(fake.Todo(), nil)
	load.Own = true
	require.NoError(t, load.Start(web.Order{Users: 40, SpawnRate: 10}))
	load.Advance(20 * time.Second)
	s := serve(t, load, web.Options{})
	for _, own := range load.Snapshot().OwnTables() {
		a := s.get("/api/csv/" + own.File)
		assert.Equal(t, "text/csv", a.header.Get("Content-Type"), own.File)
		assert.Contains(t, a.header.Get("Content-Disposition"), "_"+own.File+".csv")
		assert.Len(t, table(t, a.body), len(own.Rows), own.File)
	}
	assert.Equal(t, 404, s.get("/api/csv/requests").code)
}
