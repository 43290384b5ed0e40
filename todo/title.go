package todo

import (
	"math/rand/v2"

	"github.com/brianvoe/gofakeit/v7/data"
)

// chores are what people put on their lists. Of gofakeit only the words are used: the package itself brings
// templates with it, for which the linker keeps every exported method of a program.
var chores = []struct {
	begins string
	words  []string
}{
	{"Buy ", data.Product["name"]},
	{"Call ", data.Person["first"]},
	{"Cook ", data.Food["dinner"]},
	{"Read ", data.Books["title"]},
	{"Try ", data.Person["hobby"]},
	{"Book a trip to ", data.Address["city"]},
}

// title makes one up.
func title(r *rand.Rand) string {
	c := &chores[r.IntN(len(chores))]
	return c.begins + c.words[r.IntN(len(c.words))]
}
