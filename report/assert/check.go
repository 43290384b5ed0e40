package assert

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gensim/load-generator/report"
)

// Plan is what is known of a run before it begins; loadgen.Plan is one.
type Plan interface {
	// Phases returns the phases in order.
	Phases() []report.PhaseInfo
	// Operations returns the operations of the script as the report names them;
	// nil when it does not say.
	Operations() []string
}

// Check says before a run which claims it cannot answer: those that make no
// sense, that name a phase or an operation which there is not, with the names
// that there are, and those whose phases are too short. The error joins all, one
// line each. An operation is checked only if the script tells what it does
// (scenario.Operator); if not, it is refused when the run is over.
func (l List) Check(p Plan) error {
	var errs []error
	for _, a := range l {
		if err := a.check(p); err != nil {
			errs = append(errs, &Error{a.String(), err.Error()})
		}
	}
	return errors.Join(errs...)
}

func (a *Assertion) check(p Plan) error {
	if err := a.validate(); err != nil {
		return err
	}
	in := planned(p.Phases())
	for _, name := range []string{a.Phase, a.Against} {
		if name != "" && find(in, name) == nil {
			return unknown(in, name)
		}
	}
	if ops := p.Operations(); ops != nil && a.Op != (report.Op{}) && !slices.Contains(ops, a.Op.String()) {
		return noOperation(a.Op, ops)
	}
	if a.Against == "" {
		return nil
	}
	return a.checkLength(in)
}

func noOperation(op report.Op, ops []string) error {
	return fmt.Errorf("no operation %q; there %s", op.String(), listed(ops))
}

// What effects and recoveries need at the least; package effect has the last
// word when the run is over.
const (
	leastUsable = 60 * time.Second
	leastSteady = 120 * time.Second // of a baseline, for a recovery
)

// checkLength refuses what cannot be answered however the run goes.
func (a *Assertion) checkLength(in []stretch) error {
	phase, against := find(in, a.Phase), find(in, a.Against)
	switch {
	case a.Recovery && (len(phase) > 1 || len(against) > 1):
		return errors.New("a recovery is from one phase to another, not between arms")
	case a.Recovery:
		if phase[0] < against[0] {
			return fmt.Errorf("%q comes before %q: what recovers comes after its baseline", a.Phase, a.Against)
		}
		return longEnough(in, against, leastSteady, "a recovery needs a baseline of")
	case byDesign(in, phase, against) && len(phase) > 1:
		return nil // pairs may be short
	case len(phase) > 1 || len(against) > 1:
		return fmt.Errorf("%q and %q are no design that can be compared (A B, A B A, pairs)", a.Phase, a.Against)
	}
	return longEnough(in, append(phase, against...), leastUsable, "an effect needs")
}

func longEnough(in []stretch, phases []int, least time.Duration, what string) error {
	for _, i := range phases {
		if s := in[i]; !s.open && s.usable < least {
			return fmt.Errorf("phase %q has %v after ramp and settling; %s %v", s.name, max(0, s.usable).Round(time.Second), what, least)
		}
	}
	return nil
}

// operationsOf names the operations of a run.
func operationsOf(rows []report.Operation) (names []string) {
	for i := range rows {
		if n := rows[i].Op().String(); n != report.Aggregated {
			names = append(names, n)
		}
	}
	return names
}
