package page

import (
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// Sentences are what a reader of a Summary must know first, the worst first.
func Sentences(s *report.Summary) []string {
	out := []string{}
	if s == nil {
		return out
	}
	if s.Health.Bottleneck != "" {
		out = append(out, s.Health.Bottleneck)
	}
	for _, text := range slices.Concat(s.Notes, s.Health.Warnings) {
		out = append(out, say.Capital(text))
	}
	return out
}
