package todo

import (
	"math/rand/v2"

	"github.com/brianvoe/gofakeit/v7"
)

// title makes up what people put on their lists.
func title(r *rand.Rand) string {
	f := gofakeit.NewFaker(r, false)
	switch r.IntN(6) {
	case 0:
		return "Buy " + f.ProductName()
	case 1:
		return "Call " + f.FirstName()
	case 2:
		return "Cook " + f.Dinner()
	case 3:
		return "Read " + f.BookTitle()
	case 4:
		return "Try " + f.Hobby()
	default:
		return "Book a trip to " + f.City()
	}
}
