package claim

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// Error says what is wrong with the text of a claim, in one line.
type Error struct {
	Text    string // of the claim
	Problem string // what is wrong and what is accepted
}

// Error returns the line.
func (e *Error) Error() string { return fmt.Sprintf("claim %q: %s", cut(e.Text), e.Problem) }

// Parse reads one claim. The error is an *[Error].
func Parse(text string) (Claim, error) {
	c, err := parseClaim(text)
	if err != nil {
		return Claim{}, &Error{text, err.Error()}
	}
	return c, nil
}

// ParseAll reads several claims. The error joins those of all that are wrong.
func ParseAll(texts ...string) (List, error) {
	var list List
	var errs []error
	for _, text := range texts {
		c, err := Parse(text)
		list, errs = append(list, c), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return list, nil
}

func parseClaim(text string) (c Claim, err error) {
	words, err := tokens(text)
	if err != nil {
		return c, err
	}
	if len(words) > 0 && words[0].word("abort") {
		if len(words) < 3 || !words[1].word("unless") {
			return c, errors.New(`"abort" says which claim must hold: write abort unless intervention failures < 20%`)
		}
		c.Abort, words = true, words[2:]
	}
	if len(words) == 0 {
		return c, errors.New("is empty: write a claim such as intervention p95 < 250ms")
	}
	if words[0].word("generator") {
		return c, c.parseGenerator(words)
	}
	return c, c.parseClaim(words)
}

func (c *Claim) parseGenerator(words []token) error {
	if len(words) != 2 || !words[1].word("healthy") {
		return errors.New(`the only claim about the generator is: generator healthy (put a phase of that name in quotes)`)
	}
	c.Metric = Generator
	return nil
}

// parseClaim reads subject, metric, relation and limit.
func (c *Claim) parseClaim(words []token) error {
	at := slices.IndexFunc(words, func(t token) bool { return t.is })
	if at < 0 {
		return errors.New("nothing is compared: write <, <=, >, >= or = and a limit after the metric, as in p95 < 250ms")
	}
	if err := c.parseRelation(words[at].text); err != nil {
		return err
	}
	limit := ""
	for _, t := range words[at+1:] {
		if t.is || t.quoted {
			return fmt.Errorf("%q does not belong after the first comparison; put a name with %q in it in quotes", t.text, words[at].text)
		}
		limit += t.text
	}
	subject, err := c.parseMetric(words[:at])
	if err != nil {
		if !c.parseOwn(words[:at], limit) {
			return noChange(words[:at], limit, err)
		}
		return c.validate()
	}
	if err := c.parseSubject(subject); err != nil {
		return err
	}
	if c.Limit, err = parseLimit(limit); err != nil {
		return err
	}
	return c.validate()
}

func (c *Claim) parseRelation(text string) error {
	switch r := Relation(text); {
	case slices.Contains([]Relation{Below, AtMost, Above, AtLeast, Equal}, r):
		c.Is = r
	case text == "==":
		c.Is = Equal
	default:
		return fmt.Errorf("%q compares nothing: write <, <=, >, >= or =", text)
	}
	return nil
}

const metrics = "p50, p95, p99, any other p<number>, mean, max, failures, throughput, requests, exceptions or exceedance"

// parseMetric takes the metric from the end of the words and returns the rest.
func (c *Claim) parseMetric(words []token) ([]token, error) {
	n := len(words)
	switch {
	case n > 1 && words[n-1].word("recovery"):
		c.Recovery, n = true, n-1
	case n > 1 && words[n-1].word("interaction"):
		c.Interaction, n = true, n-1
	}
	if n == 0 || words[n-1].quoted {
		return nil, errors.New("no metric before the comparison: write " + metrics)
	}
	m, err := metricOf(words[n-1].text)
	if err != nil {
		return nil, err
	}
	c.Metric = m
	return words[:n-1], nil
}

func metricOf(word string) (effect.Metric, error) {
	switch m := effect.Metric(strings.ToLower(word)); m {
	case Max, Requests, Exceptions:
		return m, nil
	case "rps":
		return effect.Throughput, nil
	}
	m, err := effect.ParseMetric(word)
	if err != nil {
		return "", fmt.Errorf("%q is not a metric: write %s", cut(word), metrics)
	}
	return m, nil
}

var errBetween = errors.New(`"vs" stands between two phases, as in intervention vs baseline p95 < +10%; the whole run is none`)

// parseSubject reads phases and operation.
func (c *Claim) parseSubject(words []token) error {
	if len(words) == 0 {
		return nil
	}
	if words[0].word("vs") {
		return errBetween
	}
	if !isOperation(words) || len(words) > 1 && words[1].word("vs") {
		if c.Phase = words[0].text; words[0].word("run") {
			c.Phase = ""
		}
		words = words[1:]
	}
	if len(words) > 0 && words[0].word("vs") {
		if len(words) == 1 {
			return errors.New(`no phase after "vs": write intervention vs baseline p95 < +10%`)
		}
		if c.Phase == "" || words[1].word("run") {
			return errBetween
		}
		c.Against, words = words[1].text, words[2:]
	}
	if slices.ContainsFunc(words, func(t token) bool { return t.word("vs") }) {
		return errors.New(`"vs" stands between the two phases, the operation after them: intervention vs baseline GET /api/todos p95 < +10%`)
	}
	if len(words) > 0 {
		c.Op = ParseOp(joined(words))
	}
	if c.Op == (report.Op{Name: report.Aggregated}) {
		c.Op = report.Op{}
	}
	return nil
}

// joined puts the words of an operation together.
func joined(words []token) string {
	texts := make([]string, len(words))
	for i, t := range words {
		texts[i] = t.text
	}
	return strings.Join(texts, " ")
}
