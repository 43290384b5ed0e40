package claim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/effect"
	"github.com/gensim/load-generator/report/effect/recovery"
)

// Plan is what is known of a run before it starts; loadgen.Plan is one.
type Plan interface {
	// Phases returns the phases in order.
	Phases() []report.PhaseInfo
	// Operations returns the operations of the script as the report names them;
	// nil: unknown.
	Operations() []string
	// Declared returns the transactions and figures that the script declares.
	Declared() []report.Declared
}

// Check returns, before a run, an error for the claims that the run cannot answer:
// invalid ones, those about an unknown phase or operation, with the known names,
// and those whose phases are too short, with the run time that is enough for all
// claims. The error joins one line for each reason; claims that fail for the same
// reason share a line. Operations are checked only if the script lists them
// (scenario.Operator); if not, List.Judge refuses unknown ones.
func (l List) Check(p Plan) error {
	phases := p.Phases()
	c := checking{plan: phases, ops: p.Operations(), declared: p.Declared(), most: make([]time.Duration, len(phases))}
	needs := make([]need, len(l))
	for i := range l {
		own := l[i].resolved(phases)
		needs[i] = c.check(&own)
	}
	for i := range l {
		c.refuse(l[i].String(), &needs[i])
	}
	errs := make([]error, len(c.errs))
	for i, e := range c.errs {
		errs[i] = e.full()
	}
	return errors.Join(errs...)
}

// checking is the check of all claims.
type checking struct {
	plan     []report.PhaseInfo
	ops      []string
	declared []report.Declared
	most     []time.Duration // that a claim needs of each phase
	errs     []*refusal
}

// need is what a claim requires: an error, or time in some phases.
type need struct {
	err  error
	time []time.Duration // by phase
	what string          // needs it
}

// refusal is a problem and the claims that have it.
type refusal struct {
	problem string
	claims  []string
}

// full is the error of the first claim, with the names of the others.
func (r *refusal) full() error {
	e := &Error{r.claims[0], r.problem}
	if len(r.claims) > 1 {
		quoted := make([]string, len(r.claims)-1)
		for i, c := range r.claims[1:] {
			quoted[i] = fmt.Sprintf("%q", cut(c))
		}
		e.Problem += "; so it is for " + strings.Join(quoted, ", ")
	}
	return e
}

// refuse adds a claim to the refusals if it cannot be answered.
func (k *checking) refuse(claim string, n *need) {
	problem := ""
	switch short := effect.Short(k.plan, n.times(len(k.plan))); {
	case n.err != nil:
		problem = n.err.Error()
	case short != "":
		problem = fmt.Sprintf("%s; %s: %s", short, n.what, effect.Enough(k.plan, k.most))
	default:
		return
	}
	at := slices.IndexFunc(k.errs, func(r *refusal) bool { return r.problem == problem })
	if at < 0 {
		at, k.errs = len(k.errs), append(k.errs, &refusal{problem: problem})
	}
	k.errs[at].claims = append(k.errs[at].claims, claim)
}

// times are those of all phases.
func (n *need) times(phases int) []time.Duration {
	if n.time == nil {
		return make([]time.Duration, phases)
	}
	return n.time
}

// check returns what a claim needs.
func (k *checking) check(c *Claim) need {
	if err := c.validate(); err != nil {
		return need{err: err}
	}
	exact := c.withRow(func(name string) bool { return find(k.plan, name) != nil }, k.hasRow)
	c = &exact
	if c.Op.Kind != "" && !slices.Contains(kindsOf(k.plan), c.Op.Kind) {
		return need{err: noKind(k.plan, c.Op.Kind)}
	}
	if c.Metric == Own {
		return need{err: k.own(c)}
	}
	for _, name := range []string{c.Phase, c.Against} {
		if name != "" && find(k.plan, name) == nil {
			if err := k.misplaced(c); err != nil {
				return need{err: err}
			}
			return need{err: unknown(k.plan, name, c.alone())}
		}
	}
	if c.isValue() || slices.Contains(k.names(report.SortValue), c.Op.Anyone().String()) {
		return need{err: k.value(c)}
	}
	if err := k.journey(c.Op); err != nil {
		return need{err: err}
	}
	if k.ops != nil && c.Op.Anyone() != (report.Op{}) && !k.hasRow(c.Op.String()) && !k.declares(c.Op.Anyone().String()) {
		return need{err: noOperation(c.Op, append(slices.Clone(k.ops), k.names(report.SortTransaction)...))}
	}
	if c.Against == "" {
		return need{}
	}
	return k.needed(c)
}

// journey returns an error where op is a journey of other kinds of users.
func (k *checking) journey(op report.Op) error {
	at := slices.IndexFunc(k.declared, func(d report.Declared) bool { return d.Name == op.Anyone().String() })
	if op.Kind == "" || at < 0 || slices.Contains(k.ops, op.String()) {
		return nil
	}
	if d := k.declared[at]; d.Kinds != nil && !slices.Contains(d.Kinds, op.Kind) {
		return fmt.Errorf("%s has no journey %q; it belongs to %s", op.Kind, d.Name, inQuotes(d.Kinds))
	}
	return nil
}

func noOperation(op report.Op, ops []string) error {
	return fmt.Errorf("no operation %q; there %s", op.String(), listed(ops))
}

// needed returns the time that an effect or a recovery takes; package effect has
// the last word when the run is over.
func (k *checking) needed(c *Claim) need {
	phase, against := find(k.plan, c.Phase), find(k.plan, c.Against)
	switch {
	case c.Recovery && (len(phase) > 1 || len(against) > 1):
		return need{err: errors.New("a recovery is from one phase to another, not between arms")}
	case c.Recovery && phase[0] < against[0]:
		return need{err: fmt.Errorf("%q comes before %q: what recovers comes after its baseline", c.Phase, c.Against)}
	case c.Recovery:
		return k.least(recovery.LeastBaseline, "a recovery needs a baseline of "+say.Span(recovery.LeastBaseline), against)
	case byDesign(k.plan, phase, against) && crossed(k.plan):
	case c.Interaction:
		return need{err: errInteraction}
	case byDesign(k.plan, phase, against) && len(phase) > 1:
		return need{} // pairs may be short
	case len(phase) > 1 || len(against) > 1:
		return need{err: fmt.Errorf("%q and %q do not form a design that can be compared (A B, A B A, pairs)", c.Phase, c.Against)}
	}
	return k.least(effect.LeastUsable, fmt.Sprintf("an effect needs %s in each phase", say.Span(effect.LeastUsable)), append(phase, against...))
}

// least notes the time that a claim needs in some phases.
func (k *checking) least(t time.Duration, what string, phases []int) need {
	n := need{time: make([]time.Duration, len(k.plan)), what: what}
	for _, i := range phases {
		n.time[i] = t
		k.most[i] = max(k.most[i], t)
	}
	return n
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
