package feed_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/scenario/feed"
)

type order struct {
	Name    string
	Amount  uint8 `feed:"n"`
	Price   float64
	Express bool
	Wait    time.Duration
	Serial  *big.Int `feed:"-"`
	Big     big.Int
	other   string
}

func TestInto(t *testing.T) {
	f, err := feed.ReadCSV("orders.csv", strings.NewReader("name,n,PRICE,express,wait,big,other\nada,7,1.5,true,1m30s,123456789012345678901,x\n"), feed.Circle)
	require.NoError(t, err)
	row, err := f.Row(user(1, 1, 1, 1))
	require.NoError(t, err)
	var o order
	require.NoError(t, row.Into(&o))
	assert.Equal(t, "123456789012345678901", o.Big.String())
	o.Big = big.Int{}
	assert.Equal(t, order{Name: "ada", Amount: 7, Price: 1.5, Express: true, Wait: 90 * time.Second}, o)
	assert.Empty(t, o.other, "is not exported")
	assert.Equal(t, "x", row.Get("other"))
	assert.PanicsWithError(t, `feed: orders.csv has no column "nmae"; want one of "name", "n", "PRICE", "express", "wait", "big", "other"`, func() { row.Get("nmae") })
}

func TestIntoFromJSON(t *testing.T) {
	f, err := feed.ReadJSON("orders.jsonl", strings.NewReader(`{"items": [1, 2], "name": "ada", "n": 3}`), feed.Circle)
	require.NoError(t, err)
	row, err := f.Row(user(1, 1, 1, 1))
	require.NoError(t, err)
	var o struct {
		Items []int
		Name  string
		N     int
	}
	require.NoError(t, row.Into(&o))
	assert.Equal(t, []int{1, 2}, o.Items)
	assert.Equal(t, "ada", o.Name)
	assert.Equal(t, 3, o.N)
	assert.Equal(t, "[1, 2]", row.Get("items"))
}

// Named is embedded.
type Named struct{ Name string }

func TestIntoWhatDoesNotFit(t *testing.T) {
	f, err := feed.ReadCSV("orders.csv", strings.NewReader("name,n,list\nada,300,1\n"), feed.Circle)
	require.NoError(t, err)
	row, err := f.Row(user(1, 1, 1, 1))
	require.NoError(t, err)
	for want, v := range map[string]any{
		`feed: orders.csv, row 1, column "n": "300": want a whole number of 8 bits, 0 or more`: &struct{ N uint8 }{},
		`feed: orders.csv, row 1, column "name": "ada": want true or false`:                    &struct{ Name bool }{},
		`feed: orders.csv, row 1, column "name": "ada": want a number`:                         &struct{ Name float64 }{},
		`feed: orders.csv, row 1, column "n": "300": want a whole number of 8 bits`:            &struct{ N int8 }{},
		`feed: orders.csv, row 1, column "n": "300": want a time span such as 1m30s`:           &struct{ N time.Duration }{},
		`feed: orders.csv, row 1, column "list": a field of type []int takes no text`:          &struct{ List []int }{},
		`feed: orders.csv has no column "x"; want one of "name", "n", "list"`: &struct {
			N int `feed:"x"`
		}{},
		`feed: orders.csv, row 1, column "name": reflect: indirection through nil pointer to embedded struct field Named`: &struct{ *Named }{},
		`feed: Into writes into the struct at a pointer, not into a struct { N int }`:                                     struct{ N int }{},
		`feed: Into writes into the struct at a pointer, not into a <nil>`:                                                nil,
	} {
		assert.EqualError(t, row.Into(v), want)
	}
	assert.EqualError(t, feed.Row{}.Into(&order{}), "feed: there is no row to write into a *feed_test.order")
	assert.Empty(t, feed.Row{}.Get("name"))
	assert.Zero(t, feed.Row{}.Number())
}
