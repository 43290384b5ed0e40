package timing

import (
	"cmp"
	"slices"

	"github.com/gensim/load-generator/internal/say"
)

// means says what time goes to in each part.
var means = [Parts]string{
	"late starts", "waiting for a free connection", "connecting", "TLS handshakes", "waiting for the target", "receiving answers",
}

// Means says what the time of the part goes to: "waiting for the target".
func (p Part) Means() string { return means[p] }

// leastSaid is the share from which on a part is worth a word.
const leastSaid = 0.005

// Said is a sentence on the shares of the parts, the greatest first; "" without any.
func Said(figures []Figure) string {
	sum := sumOf(figures)
	if sum == 0 {
		return ""
	}
	sorted := slices.SortedStableFunc(slices.Values(figures), func(a, b Figure) int { return cmp.Compare(b.Mean, a.Mean) })
	var list []string
	for i, f := range sorted {
		verb := " "
		if i == 0 {
			verb = " was "
		}
		if share := f.Mean / sum; share >= leastSaid {
			list = append(list, say.Share(share)+verb+f.Part.Means())
		}
	}
	return "Of the response times " + say.And(list) + "."
}

// Notable reports whether a tenth of the time, late starts aside, went to getting a connection: then Said is news.
func Notable(figures []Figure) bool {
	connection, sum := 0.0, sumOf(figures)
	for _, f := range figures {
		switch f.Part {
		case Late:
			sum -= f.Mean
		case Blocked, Connecting, TLS:
			connection += f.Mean
		}
	}
	return connection > 0 && connection >= sum/10
}

func sumOf(figures []Figure) (sum float64) {
	for _, f := range figures {
		sum += f.Mean
	}
	return sum
}
