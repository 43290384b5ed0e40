package assert

import (
	"errors"
	"fmt"
	"math"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
)

// Validate says what makes no sense in the claim by itself, in one line.
func (a Assertion) Validate() error {
	if err := a.validate(); err != nil {
		return &Error{a.String(), err.Error()}
	}
	return nil
}

func (a *Assertion) validate() error {
	if a.Metric == Generator {
		return nil
	}
	if _, err := metricOf(string(a.Metric)); err != nil {
		return err
	}
	switch a.Is {
	case Below, AtMost, Above, AtLeast:
	case Equal:
		if a.Limit.Unit != Number || a.Limit.Value != math.Trunc(a.Limit.Value) {
			return errors.New("= compares whole numbers, as in failures = 0; measured figures are never equal")
		}
	default:
		return fmt.Errorf("%q compares nothing: write <, <=, >, >= or =", string(a.Is))
	}
	if math.IsNaN(a.Limit.Value) || math.Abs(a.Limit.Value) > longestLimit {
		return errors.New("the limit is no number in range")
	}
	if err := a.validateKind(); err != nil {
		return err
	}
	return a.validateAbort()
}

// validateKind checks what depends on whether the claim is about a figure, an
// effect or a recovery.
func (a *Assertion) validateKind() error {
	switch {
	case a.Recovery:
		return a.validateRecovery()
	case a.Against != "":
		return a.validateEffect()
	}
	return a.validateFigure()
}

// units refuses a unit that does not fit.
func (a *Assertion) units(accepted string, units ...Unit) error {
	for _, u := range units {
		if a.Limit.Unit == u {
			return nil
		}
	}
	return fmt.Errorf("%s is compared with %s, not %s", a.what(), accepted, a.Limit)
}

// what names the figure.
func (a *Assertion) what() string {
	switch {
	case a.Recovery:
		return "a recovery time"
	case a.isEffect():
		return "the change of " + string(a.Metric)
	}
	return string(a.Metric)
}

func (a *Assertion) validateFigure() error {
	switch m := a.Metric; {
	case isTime(m):
		return a.notNegative(a.units("a time such as 250ms", Milliseconds))
	case m == effect.Failures:
		return a.notNegative(a.units("a share such as 1%, or a number such as 10", Percent, Number))
	case m == effect.Throughput:
		return a.notNegative(a.units("a rate such as 20/s", PerSecond))
	case m == Requests:
		return a.notNegative(a.units("a number such as 1000", Number))
	case m == Exceptions:
		if a.Phase != "" || a.Op != (report.Op{}) {
			return errors.New("exceptions are counted for the whole run: write exceptions = 0")
		}
		return a.notNegative(a.units("a number such as 0", Number))
	}
	return errors.New("exceedance needs a baseline: write intervention vs baseline exceedance < +2pp")
}

func (a *Assertion) notNegative(err error) error {
	if err == nil && a.Limit.Value < 0 {
		return fmt.Errorf("%s is never negative", a.Metric)
	}
	return err
}

func (a *Assertion) validateEffect() error {
	if a.Phase == a.Against {
		return fmt.Errorf("%q is compared with itself", a.Phase)
	}
	if a.Is == Equal {
		return errors.New("a change is never equal to a number: write < and >")
	}
	switch m := a.Metric; {
	case m == effect.Failures || m == effect.Exceedance:
		return a.units("percentage points such as +1pp", Points)
	case m == effect.Throughput:
		return a.units("a change such as -5% or -3/s", Percent, PerSecond)
	case m == effect.Mean || isQuantile(m):
		return a.units("a change such as +10% or +20ms", Percent, Milliseconds)
	}
	return fmt.Errorf("no effect is computed on %s", a.Metric)
}

func (a *Assertion) validateRecovery() error {
	switch {
	case a.Against == "":
		return errors.New("a recovery is to a baseline: write after vs baseline p95 recovery < 60s")
	case a.Phase == a.Against:
		return fmt.Errorf("%q is compared with itself", a.Phase)
	case !isQuantile(a.Metric) && a.Metric != effect.Failures && a.Metric != effect.Throughput:
		return fmt.Errorf("no recovery of %s is computed: write a quantile such as p95, failures or throughput", a.Metric)
	case !a.Is.isUpper():
		return errors.New("a recovery takes less than something: write < or <=")
	}
	return a.notNegative(a.units("a time such as 60s", Milliseconds))
}

// validateAbort refuses to end a run by what only its end can tell.
func (a *Assertion) validateAbort() error {
	switch {
	case !a.Abort:
	case a.Against != "":
		return errors.New("effects and recoveries are judged when the run is over; while it goes on a figure of a phase can end it")
	case a.Metric == Requests || a.Metric == Exceptions:
		return fmt.Errorf("%s cannot end a run: write a time, failures or throughput", a.Metric)
	case a.Is == Equal:
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
