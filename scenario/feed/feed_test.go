package feed_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/scenario/feed"
)

func TestDeals(t *testing.T) {
	for _, c := range []struct {
		how  feed.Deal
		env  scenario.Env
		want []int
	}{
		{feed.Once, user(2, 3, 2, 3), []int{2, 5, 8}},
		{feed.Once, user(3, 3, 1, 1), []int{3, 6}},
		{feed.Once, user(8, 0, 1, 0), []int{8}},
		{feed.Lend, user(9, 20, 2, 3), []int{2, 5, 8, 2, 5}},
		{feed.Lend, user(9, 20, 3, 3), []int{3, 6, 3, 6, 3}},
		{feed.Lend, user(30, 40, 4, 2), []int{4, 8, 4, 8, 4}},
		{feed.Circle, user(7, 20, 1, 3), []int{7, 8, 1, 2, 3}},
		{feed.Circle, life(2, 2, 3), []int{5, 6, 7, 8, 1}},
		{feed.Circle, user(1<<30, 0, 1, 3), []int{8, 1, 2, 3, 4}},
	} {
		f := numbered(t, 8, c.how)
		assert.Equal(t, c.want, hand(t, f, c.env, 5), "%v %+v", c.how, c.env)
		row, err := f.Row(c.env)
		require.NoError(t, err)
		assert.Equal(t, c.want[0], row.Number())
	}
}

// TestNoRowTwice: whatever users of whatever machines draw, Once hands out each row once, and Lend none to two seats.
func TestNoRowTwice(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rows := rapid.IntRange(1, 60).Draw(r, "rows")
		users := rapid.IntRange(1, rows).Draw(r, "users")
		for _, how := range []feed.Deal{feed.Once, feed.Lend} {
			f := numbered(t, rows, how)
			holders := map[int]int{}
			for u := 1; u <= users; u++ {
				for _, row := range hand(t, f, user(u, users, u, users), 2*rows) {
					if holder := holders[row]; holder != 0 && holder != u {
						r.Fatalf("%v: row %d of users %d and %d", how, row, holder, u)
					}
					holders[row] = u
				}
			}
			if len(holders) != rows {
				r.Fatalf("%v: %d of %d rows were handed out", how, len(holders), rows)
			}
		}
	})
}

// TestRandomIsTheUsersOwn: the same user draws the same rows, and all rows come alike often.
func TestRandomIsTheUsersOwn(t *testing.T) {
	const rows, draws = 10, 200
	f := numbered(t, rows, feed.Random)
	var counts [rows]float64
	for u := range 100 {
		drawn := hand(t, f, user(u+1, 100, 1, 1), draws)
		assert.Equal(t, drawn, hand(t, f, user(u+1, 100, 1, 1), draws))
		for _, row := range drawn {
			counts[row-1]++
		}
	}
	var chi2 float64
	for _, n := range counts {
		const want = 100 * draws / rows
		chi2 += (n - want) * (n - want) / want
	}
	assert.Less(t, chi2, 27.88, "beyond the 0.999 quantile of chi-square with 9 degrees of freedom")
}

func TestTooFewRows(t *testing.T) {
	kind := user(1, 500, 1, 400)
	kind.Kind = "buyer"
	small := kind
	small.Most = 200
	for _, c := range []struct {
		how  feed.Deal
		env  scenario.Env
		want string
	}{
		{feed.Once, kind, "feed: numbers.csv has 300 rows for 500 users of kind buyer; give more rows, or use feed.Circle"},
		{feed.Once, small, "feed: numbers.csv has 300 rows for 500 users of kind buyer; give more rows, or use feed.Lend (200 at once), or feed.Circle"},
		{feed.Once, user(301, 0, 1, 0), "feed: all 300 rows of numbers.csv are dealt; give more rows, or use feed.Circle"},
		{feed.Lend, user(6, 5, 0, 5), "feed: numbers.csv: feed.Lend deals by seats, and users that arrive, or that the plan does not have, take none; use feed.Circle or feed.Random"},
		{feed.Lend, user(1<<30, 5, 0, 5), "feed: numbers.csv: feed.Lend has no row for users that run single tasks as they arrive, since the target decides how many they are; use feed.Circle or feed.Random"},
		{feed.Once, user(1<<30, 5, 0, 5), "feed: numbers.csv: feed.Once has no row for users that run single tasks as they arrive, since the target decides how many they are; use feed.Circle or feed.Random"},
		{feed.Lend, kind, "feed: numbers.csv has 300 rows for 400 users of kind buyer at once; give more rows, or use feed.Circle"},
		{feed.Once, scenario.Env{User: 1}, "feed: feed.Once needs the Env of a user in a run, not one without Index or Rand"},
	} {
		_, err := numbered(t, 300, c.how).Row(c.env)
		assert.EqualError(t, err, c.want)
	}
	few := numbered(t, 8, feed.Once)
	for n, want := range []int{2, 5, 8} {
		row, err := few.Row(life(2, n+1, 3))
		require.NoError(t, err)
		assert.Equal(t, want, row.Number(), "of life %d", n+1)
	}
	for _, env := range []scenario.Env{life(2, 4, 3), life(4, 2, 3)} {
		_, err := few.Row(env)
		assert.EqualError(t, err, "feed: all 8 rows of numbers.csv are dealt; give more rows, or use feed.Circle")
	}
	_, err := few.Cursor(life(2, 2, 3))
	assert.EqualError(t, err, "feed: all 8 rows of numbers.csv are dealt; give more rows, or use feed.Circle", "the cursor of life 1 has them")
	beyond, err := few.Row(user(5, 3, 0, 3))
	require.NoError(t, err)
	assert.Equal(t, 5, beyond.Number())
	_, err = few.Cursor(user(5, 3, 0, 3))
	assert.EqualError(t, err, "feed: all 8 rows of numbers.csv are dealt; give more rows, or use feed.Circle", "its row 5 is one of user 2's")
	_, err = (*feed.Feed)(nil).Row(kind)
	assert.EqualError(t, err, "feed: there is no Feed; see the error of the function that reads its file")
	var none feed.Cursor
	_, ok := none.Next()
	assert.False(t, ok)
}

func TestAFeedDoesNotChange(t *testing.T) {
	f := numbered(t, 3, feed.Once)
	f.Columns()[0] = "other"
	assert.Equal(t, []string{"n"}, slices.Clone(f.Columns()))
	assert.Equal(t, 3, f.Len())
}

// life is the Env of a user who renews a place.
func life(index, life, users int) scenario.Env {
	env := user(index, users, index, users)
	env.Life = life
	return env
}

// hand is what a Cursor hands out, up to a number of rows.
func hand(t *testing.T, f *feed.Feed, env scenario.Env, most int) (rows []int) {
	c, err := f.Cursor(env)
	require.NoError(t, err)
	for range most {
		row, ok := c.Next()
		if !ok {
			break
		}
		rows = append(rows, row.Number())
	}
	return rows
}
