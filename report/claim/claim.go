package claim

import (
	"strings"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// Claim is one claim about a run. [Parse] reads it from text and String
// writes it.
type Claim struct {
	// Phase is the name of a phase, or of an arm ("baseline", "intervention", "A",
	// "B") or a load ("low", "high") for all its phases together; "": the whole run.
	Phase string
	// Against is the phase or arm that Phase is compared with, which makes it a
	// claim about an effect; "": a claim about a figure of Phase itself.
	Against string
	// Op is the operation; zero: all of them together.
	Op report.Op
	// Metric is one of package effect, or Max, Requests, Exceptions or Generator.
	Metric effect.Metric
	// Recovery makes it a claim about the time that Metric takes in Phase to get
	// back to where it was in Against.
	Recovery bool
	// Interaction makes it a claim about how far load and intervention together
	// are from what the effects of both explain, in a design of two loads.
	Interaction bool
	// Is compares the figure with Limit. Generator has neither.
	Is    Relation
	Limit Limit
	// Abort ends a run in which the claim is broken for sure, before its time: see
	// [List.Guard].
	Abort bool
}

// Metrics in addition to those of package effect, for claims about figures.
const (
	Max        effect.Metric = "max"        // the longest response time
	Requests   effect.Metric = "requests"   // how many came to an end
	Exceptions effect.Metric = "exceptions" // panics and errors of the script, whole run only
	Generator  effect.Metric = "generator"  // it was not the bottleneck, whole run only
	Own        effect.Metric = "figure"     // a counter or a rate of the script, which Op names
)

// Relation compares a figure with a limit.
type Relation string

// The relations.
const (
	Below   Relation = "<"
	AtMost  Relation = "<="
	Above   Relation = ">"
	AtLeast Relation = ">="
	Equal   Relation = "=" // for numbers of something
)

// holds reports whether x, or an interval whose limits are x and y, stands in the
// relation to limit.
func (r Relation) holds(limit, low, high float64) bool {
	switch r {
	case Below:
		return high < limit
	case AtMost:
		return high <= limit
	case Above:
		return low > limit
	case AtLeast:
		return low >= limit
	}
	return low == limit && high == limit
}

// isUpper reports whether the relation bounds a figure from above.
func (r Relation) isUpper() bool { return r == Below || r == AtMost }

// List is the claims of one run.
type List []Claim

// isEffect reports whether the claim is about an effect.
func (c *Claim) isEffect() bool { return c.Against != "" && !c.Recovery }

// OfLoad reports whether the claim is about the effect of the load, in a design
// of two loads: what high does against low.
func (c *Claim) OfLoad() bool { return c.Phase == "high" && c.Against == "low" && c.isEffect() }

// String is the claim as text, which [Parse] reads back.
func (c Claim) String() string {
	var words []string
	if c.Abort {
		words = append(words, "abort unless")
	}
	if c.Metric == Generator {
		return strings.Join(append(words, "generator healthy"), " ")
	}
	words = append(words, c.subject()...)
	if c.Metric == Own {
		return strings.Join(append(words, quotedFigure(c.Op.String()), string(c.Is), c.Limit.String()), " ")
	}
	words = append(words, string(c.Metric))
	if c.Recovery {
		words = append(words, "recovery")
	}
	if c.Interaction {
		words = append(words, "interaction")
	}
	limit := c.Limit.String()
	if c.isEffect() {
		limit = c.Limit.signed()
	}
	return strings.Join(append(words, string(c.Is), limit), " ")
}

// subject returns the words for what the claim is about.
func (c *Claim) subject() (words []string) {
	op := quotedOp(c.Op.Anyone())
	switch {
	case c.Metric == Own:
		if c.Phase != "" {
			words = append(words, quotedPhase(c.Phase))
		}
		return words
	case c.Phase != "":
		words = append(words, quotedPhase(c.Phase))
	case op != "" && !isMethod(c.Op.Method) && c.Op.Kind == "":
		words = append(words, "run")
	}
	if c.Against != "" {
		words = append(words, "vs", quotedPhase(c.Against))
	}
	if c.Op.Kind != "" {
		words = append(words, plain(c.Op.Kind))
	}
	if op != "" {
		words = append(words, op)
	}
	return words
}
