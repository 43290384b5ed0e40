package claim

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gensim/load-generator/report"
)

// parseOwn reads a claim about a counter or a rate of the script, whose name stands where others have a metric. It returns
// false for what is not one.
func (c *Claim) parseOwn(words []token, limit string) bool {
	n := len(words)
	if n == 0 || n > 3 || words[0].word("vs") {
		return false
	}
	if n == 1 && words[0].word("capacity") { // the one limit in users
		limit = strings.TrimSuffix(strings.TrimSuffix(limit, "users"), "user")
	}
	l, err := parseLimit(limit)
	if err != nil || l.Unit == Milliseconds || l.Unit == Points || strings.HasPrefix(limit, "+") {
		return false
	}
	c.Metric, c.Recovery, c.Interaction, c.Limit, c.Op = Own, false, false, l, report.Op{Name: words[n-1].text}
	if n == 3 { // the kind of users, which the run knows
		c.Op.Name = words[1].text + " " + c.Op.Name
	}
	if n > 1 && !words[0].word("run") {
		c.Phase = words[0].text
	}
	return true
}

// noChange adds to the error of a word other than a metric, in a claim on a change, what to write where it is a figure of the
// script.
func noChange(words []token, limit string, err error) error {
	isEffect := slices.ContainsFunc(words, func(t token) bool { return t.word("vs") }) || strings.HasPrefix(limit, "+") || strings.HasSuffix(limit, "pp")
	if !isEffect || len(words) == 0 {
		return err
	}
	phase := "intervention"
	if len(words) > 2 && words[1].word("vs") {
		phase = words[0].text
	}
	return fmt.Errorf("%w; if it names a figure of the script: no change of one is computed, so say what it must be in a phase, as in %s %s < 10",
		err, plain(phase), plain(words[len(words)-1].text))
}

// isValue reports whether the claim is about a value of the script: a quantile, the mean or the maximum, as a number.
func (c *Claim) isValue() bool { return isTime(c.Metric) && c.Limit.Unit == Number }

// ofFigure reports whether the claim is about a figure of the script.
func (c *Claim) ofFigure() bool { return c.Metric == Own || c.isValue() }

// hasRow says whether the script is known to have rows of a name: an operation, perhaps with a tag, a transaction or a value.
func (k *checking) hasRow(name string) bool {
	of, _ := report.Op{Name: name}.Untagged()
	return slices.Contains(k.ops, name) || slices.Contains(k.ops, of.Name) || k.declares(name)
}

// declares says whether the script declares a transaction or a value of a name.
func (k *checking) declares(name string) bool {
	return slices.Contains(k.names(report.SortTransaction, report.SortValue), name)
}

// names are those that are declared of some sorts.
func (k *checking) names(sorts ...report.Sort) (out []string) {
	for _, d := range k.declared {
		if slices.Contains(sorts, d.Sort) {
			out = append(out, d.Name)
		}
	}
	return out
}

// own returns what is wrong with a claim about a counter or a rate.
func (k *checking) own(c *Claim) error {
	if c.Phase != "" && find(k.plan, c.Phase) == nil {
		return unknown(k.plan, c.Phase, false)
	}
	i := slices.IndexFunc(k.declared, func(d report.Declared) bool { return d.Name == c.Op.Name })
	if name, ok := strings.CutSuffix(c.Op.Name, "/s"); i < 0 && ok && name != "" && c.Limit.Unit == Number {
		return fmt.Errorf("the unit of a rate stands after the number: write %s %s %s/s", quotedFigure(name), c.Is, c.Limit)
	}
	if i < 0 && c.Op.Name == "capacity" {
		return errors.New("a capacity is what a search finds, and this run is none: give --capacity too")
	}
	if i < 0 {
		return noFigure(c.Op.Name, k.names(report.SortCounter, report.SortRate, report.SortValue))
	}
	return c.fits(k.declared[i].Sort)
}

// misplaced returns what is wrong with a claim that has a figure of the script where a phase stands; nil: it has none.
func (k *checking) misplaced(c *Claim) error {
	i := slices.IndexFunc(k.declared, func(d report.Declared) bool { return d.Name == c.Phase })
	if i < 0 || !c.alone() {
		return nil
	}
	about := *c
	about.Op = report.Op{Name: c.Phase}
	return about.fits(k.declared[i].Sort)
}

// alone reports whether the only name in the claim stands where a phase does.
func (c *Claim) alone() bool { return c.Against == "" && c.Op == (report.Op{}) }

// noFigure says that a figure is not declared.
func noFigure(name string, names []string) error {
	there := "none"
	if names != nil {
		there = inQuotes(names)
	}
	return fmt.Errorf("%q is not a metric (%s), nor a figure that the script declares (%s)", cut(name), metrics, there)
}

// fits returns why a claim cannot be about a figure of a sort; nil: it can.
func (c *Claim) fits(sort report.Sort) error {
	name := c.Op.Name
	switch {
	case sort == report.SortTransaction:
		return fmt.Errorf("%q is a transaction: write %s p95 < 2s or %s failures < 1%%", name, plain(name), plain(name))
	case c.Metric != Own && sort != report.SortValue:
		return fmt.Errorf("%q is a %s: write %s without a metric", name, sort, quotedFigure(name))
	case sort == report.SortValue && c.Against != "":
		return fmt.Errorf("%q is a value, and only requests and transactions are compared: write %s %s p95 < 80", name, plain(c.Phase), plain(name))
	case sort == report.SortValue && !c.isValue():
		return fmt.Errorf("%q is a value: write %s p95 < 80", name, plain(name))
	case sort == report.SortCounter && c.Limit.Unit == Percent:
		return fmt.Errorf("%q is a counter: it is compared with a number such as 1, or a rate such as 2/s, not %s", name, c.Limit)
	case sort == report.SortRate && c.Limit.Unit != Percent:
		return fmt.Errorf("%q is a rate: it is compared with a share such as 99%%, not %s", name, c.Limit)
	}
	return nil
}

// value returns what is wrong with a claim about a value.
func (k *checking) value(c *Claim) error {
	i := slices.IndexFunc(k.declared, func(d report.Declared) bool { return d.Name == c.Op.Name })
	if i >= 0 && c.Op.Method == "" {
		return c.fits(k.declared[i].Sort)
	}
	return c.noValue(k.names(report.SortValue))
}

// noValue says that the claim is not about a value of the script; names are those there are.
func (c *Claim) noValue(names []string) error {
	err := fmt.Errorf("%s is compared with a time such as 250ms, not %s", c.Metric, c.Limit)
	if names != nil {
		err = fmt.Errorf("%w; a value of the script is compared with a number, and there %s", err, listed(names))
	}
	return err
}
