package feed

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/gensim/load-generator/scenario"
)

// Deal is how a Feed hands out its rows.
type Deal uint8

const (
	// Once gives no row to two users of a kind, and none twice. Users that run single tasks as they arrive take none:
	// the target decides how many they are. A user that renews a
	// place ([scenario.Kind.Renew]) takes a row past those of the plan's users, as a user of a level that is set by hand does: of these one may
	// get the same.
	Once Deal = iota
	// Lend gives no row to two users at once: that of a user who leaves is another one's later. A task that is
	// still running then (loadgen.Runner.StopTimeout) may end after the other has begun, if there are as few rows as
	// users at once. Users that arrive, in sessions too, take none.
	Lend
	// Circle begins with the first row again after the last one.
	Circle
	// Random draws each row from [scenario.Env.Rand], a row may come twice.
	Random
)

var deals = [...]string{"feed.Once", "feed.Lend", "feed.Circle", "feed.Random"}

// firstArrival is the least Index of users that run single tasks as they arrive.
const firstArrival = 1 << 30

// String is the name in Go.
func (d Deal) String() string {
	if int(d) < len(deals) {
		return deals[d]
	}
	return fmt.Sprintf("feed.Deal(%d)", uint8(d))
}

// Feed holds the rows of a file. [CSV] and [JSON] make it.
type Feed struct {
	name    string
	columns []string
	at      map[string]int // of a column
	rows    [][]string
	json    bool // values other than strings are JSON
	deal    Deal
}

// Len is the number of rows, at least 1.
func (f *Feed) Len() int { return len(f.rows) }

// Columns are the names of the columns, in the order of the file.
func (f *Feed) Columns() []string { return append([]string(nil), f.columns...) }

// Row is the row of a user, the same each time that it is asked for, except with [Random]. Call it where the user is made,
// in NewUser: an error there refuses the run before it begins if the plan has more users than there are rows for. A user
// that the plan does not have, such as one of a level that was set by hand, gets an error where none is left.
func (f *Feed) Row(env scenario.Env) (Row, error) {
	c, err := f.deals(env)
	if err != nil {
		return Row{}, err
	}
	row, _ := c.Next()
	return row, nil
}

// Cursor hands out one row after another to a user, beginning with its Row. The errors are those of Row; with [Once] a
// user that the plan does not have, or who renews a place, gets one always, as all rows are the others'.
func (f *Feed) Cursor(env scenario.Env) (Cursor, error) {
	c, err := f.deals(env)
	if err == nil && f.deal == Once && 0 < env.Users && (env.Users < env.Index || env.Life > 1) {
		return Cursor{}, f.dealt()
	}
	return c, err
}

func (f *Feed) deals(env scenario.Env) (Cursor, error) {
	if f == nil {
		return Cursor{}, errors.New("feed: there is no Feed; see the error of the function that reads its file")
	}
	rows := len(f.rows)
	switch {
	case env.Index >= firstArrival && (f.deal == Once || f.deal == Lend):
		return Cursor{}, refuse("feed: %s: %v has no row for users that run single tasks as they arrive, since the target decides how many they are; use feed.Circle or feed.Random", f.name, f.deal)
	case f.deal == Lend && (env.Seat < 1 || env.Most < 1) && env.Index > 0:
		return Cursor{}, refuse("feed: %s: feed.Lend deals by seats, and users that arrive, or that the plan does not have, take none; use feed.Circle or feed.Random", f.name)
	case f.deal == Random && env.Rand == nil, env.Index < 1:
		return Cursor{}, refuse("feed: %v needs the Env of a user in a run, not one without Index or Rand", f.deal)
	}
	row := int64(env.Index) - 1 + int64(max(0, env.Life-1))*int64(env.Users)
	switch f.deal {
	case Random:
		return Cursor{feed: f, rand: env.Rand}, nil
	case Circle:
		return Cursor{feed: f, next: int(row % int64(rows)), step: 1}, nil
	case Lend:
		if most := max(env.Most, env.Seat); most > rows {
			return Cursor{}, f.few(fmt.Sprintf("%d users%s at once", most, of(env)), "feed.Circle")
		}
		return Cursor{feed: f, next: env.Seat - 1, first: env.Seat - 1, step: max(env.Most, env.Seat)}, nil
	}
	switch {
	case env.Users > rows:
		other := "feed.Circle"
		if 0 < env.Most && env.Most <= rows {
			other = fmt.Sprintf("feed.Lend (%d at once), or feed.Circle", env.Most)
		}
		return Cursor{}, f.few(fmt.Sprintf("%d users%s", env.Users, of(env)), other)
	case row >= int64(rows), env.Life > 1 && env.Index > env.Users:
		return Cursor{}, f.dealt()
	}
	return Cursor{feed: f, next: int(row), step: env.Users}, nil
}

// refusal is an error of a file, or of a plan for which its rows do not do. A command ends with exit code 2 for it.
type refusal struct{ error }

// BadInput is for package cli, which imports no feeds.
func (refusal) BadInput() bool { return true }

// Unwrap makes errors.Is see what the error wraps.
func (r refusal) Unwrap() error { return r.error }

func refuse(format string, args ...any) error { return refusal{fmt.Errorf(format, args...)} }

// few says that there are too few rows.
func (f *Feed) few(users, other string) error {
	return refuse("feed: %s has %d rows for %s; give more rows, or use %s", f.name, len(f.rows), users, other)
}

// dealt says that no row is left.
func (f *Feed) dealt() error {
	return refuse("feed: all %d rows of %s are dealt; give more rows, or use feed.Circle", len(f.rows), f.name)
}

// of names the kind.
func of(env scenario.Env) string {
	if env.Kind == "" {
		return ""
	}
	return " of kind " + env.Kind
}

// Cursor hands out rows to one user. Its methods must not be called concurrently. The zero value has none.
type Cursor struct {
	feed        *Feed
	rand        *rand.Rand // nil: the rows are given by the numbers
	next, first int
	step        int // 0: there is one row only
}

// Next is the next row. With [Once] it is false when there are no more.
func (c *Cursor) Next() (Row, bool) {
	if c.feed == nil || c.next >= len(c.feed.rows) {
		return Row{}, false
	}
	if c.rand != nil {
		return Row{c.feed, c.rand.IntN(len(c.feed.rows))}, true
	}
	row := Row{c.feed, c.next}
	switch c.next += c.step; {
	case c.feed.deal == Once && c.step == 0:
		c.next = len(c.feed.rows)
	case c.feed.deal != Once && c.next >= len(c.feed.rows):
		c.next = c.first
	}
	return row, true
}
