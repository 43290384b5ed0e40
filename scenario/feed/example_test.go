package feed_test

import (
	"fmt"
	"strings"

	"github.com/gensim/load-generator/scenario"
	"github.com/gensim/load-generator/scenario/feed"
)

// A file would be read by feed.CSV("customers.csv", feed.Once).
func Example() {
	customers, err := feed.ReadCSV("customers.csv", strings.NewReader("name,city\nada,London\ngrace,New York\n"), feed.Once)
	if err != nil {
		fmt.Println(err)
		return
	}
	newUser := func(env scenario.Env) (string, error) { // as NewUser of a Runner or a Kind
		row, err := customers.Row(env)
		if err != nil {
			return "", err
		}
		return row.Get("name") + " of " + row.Get("city"), nil
	}
	fmt.Println(newUser(scenario.Env{Index: 2, Users: 2}))
	fmt.Println(newUser(scenario.Env{Index: 1, Users: 3, Seat: 1, Most: 2}))
	// Output:
	// grace of New York <nil>
	//  feed: customers.csv has 2 rows for 3 users; give more rows, or use feed.Lend (2 at once), or feed.Circle
}
