package account

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/capacity"
)

// word is what a claim on the result is about.
const word = "capacity"

// CheckClaim returns why a claim cannot be held against a search of arrivals, or of users; nil: it can, as
// "capacity > 150/s" and "capacity > 40 users" can.
func CheckClaim(c claim.Claim, users bool) error {
	unit, example := claim.PerSecond, "capacity > 150/s"
	if users {
		unit, example = claim.Number, "capacity > 40 users"
	}
	switch {
	case c.Metric != claim.Own || c.Op != (report.Op{Name: word}) || c.Phase != "":
		return errors.New("a search for a capacity is held to claims on that alone, such as " + example)
	case c.Abort:
		return errors.New("a capacity is known at the end of the search, so no claim on it can end that")
	case c.Limit.Unit != unit || c.Is == claim.Equal:
		return errors.New("this search can be held to a claim such as " + example)
	}
	return nil
}

// judge holds the result to a claim: it holds if the whole interval keeps it, and is broken if none of it does.
func (s *Search) judge(c claim.Claim) claim.Result {
	r := s.Result
	limit := strings.TrimSuffix(s.Load(c.Limit.Value), "/s")
	if !s.Asked.Users {
		limit += "/s"
	}
	out := claim.Result{Claim: fmt.Sprintf("%s %s %s", word, c.Is, limit), Outcome: claim.NotShown, Said: s.Sentence, Seed: s.Seed}
	for _, h := range s.Holds {
		out.Requests += h.Requests
	}
	lowest, _ := r.Tried()
	switch v := c.Limit.Value; {
	case r.Outcome == capacity.Found:
		high := r.High
		out.Figure = &effect.Interval{Estimate: r.Capacity, Low: r.Low, High: high}
		switch {
		case keeps(c.Is, r.Low, high, v):
			out.Outcome = claim.Holds
		case keeps(opposite[c.Is], r.Low, high, v):
			out.Outcome = claim.Broken
		}
	case r.Outcome == capacity.Never && v >= lowest && slices.Contains([]claim.Relation{claim.Above, claim.AtLeast}, c.Is):
		out.Outcome = claim.Broken
	}
	return out
}

var opposite = map[claim.Relation]claim.Relation{claim.Above: claim.AtMost, claim.AtLeast: claim.Below, claim.Below: claim.AtLeast, claim.AtMost: claim.Above}

// keeps reports whether all of an interval stands in a relation to a limit.
func keeps(is claim.Relation, low, high, limit float64) bool {
	switch is {
	case claim.Above:
		return low > limit
	case claim.AtLeast:
		return low >= limit
	case claim.Below:
		return high < limit && !math.IsInf(high, 1)
	}
	return high <= limit
}

// ParseClaim reads what is searched for: a metric of an operation below a limit, in the words of package claim.
func ParseClaim(text string) (c capacity.Claim, err error) {
	x, err := claim.Parse(text)
	if err != nil {
		if wrong, ok := errors.AsType[*claim.Error](err); ok {
			err = errors.New(wrong.Problem)
		}
		return c, err
	}
	op := x.Op
	if x.Phase != "" && op == (report.Op{}) { // a search has no phases, so the name is that of an operation
		op = claim.ParseOp(x.Phase)
	}
	const example = "p95 < 250ms, GET /api/todos p95 < 250ms, failures < 1% or mean < 100ms"
	switch {
	case x.Against != "" || x.Recovery || x.Interaction || x.Abort || x.Phase != "" && x.Op != (report.Op{}):
		return c, errors.New("a search has no phases and ends at its time; write " + example)
	case x.Is != claim.Below && x.Is != claim.AtMost:
		return c, fmt.Errorf("%q does not get worse under more load; write %s", x.Is, example)
	case x.Metric == effect.Failures && x.Limit.Unit == claim.Percent:
		c = capacity.Claim{Metric: x.Metric, Op: op, Below: x.Limit.Value / 100}
	case x.Limit.Unit == claim.Milliseconds:
		c = capacity.Claim{Metric: x.Metric, Op: op, Below: x.Limit.Value}
	default:
		return c, errors.New("write " + example)
	}
	if _, err := c.Ask(capacity.Search{}); err != nil {
		return c, errors.New(strings.TrimPrefix(err.Error(), "capacity: "))
	}
	return c, nil
}
