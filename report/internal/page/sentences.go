package page

import (
	"slices"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
)

// SignsMean says what the signs of percentiles mean (report.Rating.Signs).
const SignsMean = "~ marks a percentile that the generator's lag may have moved, ? one that it was too late to measure, > a lower bound, * one with fewer than 10 requests above it"

// Sentences are what a reader of a Summary must know first, the worst first.
func Sentences(s *report.Summary) []string {
	out := []string{}
	if s == nil {
		return out
	}
	warnings := s.Health.Warnings
	if s.Health.Bottleneck != "" { // which says that percentiles are not to be trusted, and why
		warnings = s.OtherWarnings()
	}
	for _, text := range slices.Concat(s.Cautions(), warnings) {
		out = append(out, say.Capital(text))
	}
	return out
}
