package claim

import (
	"errors"
	"fmt"
	"math"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// validate returns what makes no sense in the claim by itself.
func (c *Claim) validate() error {
	if c.Metric == Generator {
		return nil
	}
	if _, err := metricOf(string(c.Metric)); err != nil && c.Metric != Own {
		return err
	}
	switch c.Is {
	case Below, AtMost, Above, AtLeast:
	case Equal:
		if c.Limit.Unit != Number || c.Limit.Value != math.Trunc(c.Limit.Value) {
			return errors.New("= compares whole numbers, as in failures = 0; measured figures are never equal")
		}
	default:
		return fmt.Errorf("%q compares nothing: write <, <=, >, >= or =", string(c.Is))
	}
	if math.IsNaN(c.Limit.Value) || math.Abs(c.Limit.Value) > longestLimit {
		return errors.New("the limit is not a number in range")
	}
	if c.Interaction && c.Against == "" {
		return errInteraction
	}
	if err := c.validateKind(); err != nil {
		return err
	}
	return c.validateAbort()
}

var errInteraction = errors.New("an interaction is that of the intervention with the load, in a design of two loads: write intervention vs baseline p95 interaction < +10%")

// validateKind checks what depends on whether the claim is about a figure, an
// effect or a recovery.
func (c *Claim) validateKind() error {
	switch {
	case c.Recovery:
		return c.validateRecovery()
	case c.Against != "":
		return c.validateEffect()
	}
	return c.validateFigure()
}

// units refuses a unit that does not fit.
func (c *Claim) units(accepted string, units ...Unit) error {
	for _, u := range units {
		if c.Limit.Unit == u {
			return nil
		}
	}
	return fmt.Errorf("%s is compared with %s, not %s", c.what(), accepted, c.Limit)
}

// what names the figure.
func (c *Claim) what() string {
	switch {
	case c.Recovery:
		return "a recovery time"
	case c.Interaction:
		return "the interaction on " + string(c.Metric)
	case c.isEffect():
		return "the change of " + string(c.Metric)
	}
	return string(c.Metric)
}

func (c *Claim) validateFigure() error {
	switch m := c.Metric; {
	case m == Own:
		return c.notNegative(c.units("a number such as 1, a rate such as 2/s or a share such as 99%", Number, PerSecond, Percent))
	case isTime(m) && (c.Phase != "" && arms[c.Phase] == "" || c.Op != (report.Op{})): // it may name a value
		return c.notNegative(c.units("a time such as 250ms, or that of a value of the script with a number such as 80", Milliseconds, Number))
	case isTime(m):
		return c.notNegative(c.units("a time such as 250ms", Milliseconds))
	case m == effect.Failures:
		return c.notNegative(c.units("a share such as 1%, or a number such as 10", Percent, Number))
	case m == effect.Throughput:
		return c.notNegative(c.units("a rate such as 20/s", PerSecond))
	case m == Requests:
		return c.notNegative(c.units("a number such as 1000", Number))
	case m == Exceptions:
		if c.Phase != "" || c.Op != (report.Op{}) {
			return errors.New("exceptions are counted for the whole run: write exceptions = 0")
		}
		return c.notNegative(c.units("a number such as 0", Number))
	}
	return errors.New("exceedance needs a baseline: write intervention vs baseline exceedance < +2pp")
}

func (c *Claim) notNegative(err error) error {
	if err == nil && c.Limit.Value < 0 {
		return fmt.Errorf("%s is never negative", c.Metric)
	}
	return err
}

func (c *Claim) validateEffect() error {
	if c.Phase == c.Against {
		return fmt.Errorf("%q is compared with itself", c.Phase)
	}
	if c.Metric == Own {
		return errors.New("no effect is computed on a figure of the script")
	}
	if c.Is == Equal {
		return errors.New("a change is never equal to a number: write < and >")
	}
	switch m := c.Metric; {
	case m == effect.Failures || m == effect.Exceedance:
		return c.units("percentage points such as +1pp", Points)
	case m == effect.Throughput:
		return c.units("a change such as -5% or -3/s", Percent, PerSecond)
	case m == effect.Mean || isQuantile(m):
		return c.units("a change such as +10% or +20ms", Percent, Milliseconds)
	}
	return fmt.Errorf("no effect is computed on %s", c.Metric)
}

func (c *Claim) validateRecovery() error {
	switch {
	case c.Against == "":
		return errors.New("a recovery is to a baseline: write after vs baseline p95 recovery < 60s")
	case c.Phase == c.Against:
		return fmt.Errorf("%q is compared with itself", c.Phase)
	case !isQuantile(c.Metric) && c.Metric != effect.Failures && c.Metric != effect.Throughput:
		return fmt.Errorf("no recovery of %s is computed: write a quantile such as p95, failures or throughput", c.Metric)
	case !c.Is.isUpper():
		return errors.New("a recovery takes less than something: write < or <=")
	}
	return c.notNegative(c.units("a time such as 60s", Milliseconds))
}

// validateAbort refuses to end a run by what is only known at its end.
func (c *Claim) validateAbort() error {
	switch {
	case !c.Abort:
	case c.Against != "":
		return errors.New("effects and recoveries are judged when the run is over; only a figure of a phase can end it before")
	case c.Metric == Own || c.isValue():
		return errors.New("a figure of the script cannot end a run: write a time, failures or throughput")
	case c.Metric == Requests || c.Metric == Exceptions:
		return fmt.Errorf("%s cannot end a run: write a time, failures or throughput", c.Metric)
	case c.Is == Equal:
		return errors.New("= cannot end a run: write <= or >=")
	}
	return nil
}

// isQuantile says whether m is a quantile of the response time.
func isQuantile(m effect.Metric) bool {
	_, ok := m.Quantile()
	return ok
}

// isTime says whether m is a response time.
func isTime(m effect.Metric) bool { return isQuantile(m) || m == effect.Mean || m == Max }
