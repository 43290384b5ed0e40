package effect

import (
	"fmt"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/effect/internal/series"
)

// Workers that are lost take their users along, and users may leave for good: an arm that lost more of its load than
// the other is not the same arm with another target. Up to half a point apart arms are compared, and what was lost is in the warnings.

// disturbed says why arms that lost different parts of their load are not compared; "": they are.
func (c *comparison) disturbed() string {
	var a, b []*series.Phase
	for i, s := range c.phases {
		if c.weights[i] < 0 {
			a = append(a, s)
		} else {
			b = append(b, s)
		}
	}
	first, second := sideNames(c.same)
	return series.Disturbed("the "+first, a, "the "+second, b)
}

// void says why a pair does not count whose phases lost different parts of their load; "": it does.
func (c *comparison) void(pair int) string {
	a, b := c.phases[2*pair], c.phases[2*pair+1]
	return series.Disturbed("phase "+a.Name, []*series.Phase{a}, "phase "+b.Name, []*series.Phase{b})
}

// lossWarnings say what the phases that are compared lost.
func (c *comparison) lossWarnings(d Design) (out []string) {
	if c.stopped == Disturbed {
		return nil // the verdict says it
	}
	for i, cause := range series.Causes {
		var lost []string
		for k, s := range c.phases {
			if text := s.LossOf(i); text != "" && (d != Pairs || c.void(k/2) == "") {
				lost = append(lost, text)
			}
		}
		if lost != nil {
			out = append(out, fmt.Sprintf("%s %s; the arms lost alike, to %g points.", say.Capital(cause.Text), enumerate(lost), 100*series.MostLost))
		}
	}
	return out
}

// undisturbed returns the phases that lost next to nothing and whose hooks were called in time.
func undisturbed(in []*series.Phase) (out []*series.Phase) {
	for _, s := range in {
		if s.IsWhole() {
			out = append(out, s)
		}
	}
	return out
}
