package phase

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/scenario"
)

// KindTasks is a kind of users with its tasks.
type KindTasks struct {
	scenario.Kind
	Tasks []scenario.Task
}

// Course is what becomes of the kinds of users in the course of a schedule.
type Course struct {
	Made, Most []int           // users of each kind: in all, and at once; those that arrive left out
	Users      [][]int         // of each kind at the end of each phase
	Reached    []time.Duration // offset at which each phase has its level and its shares, or its end
	Settled    []time.Duration // offset from which it counts as settled
}

// Follow follows the kinds through the schedule; none: one kind. It returns an
// error where a phase names an unknown kind, has a level above 0 and below the sum
// of all counts, users beyond the counts and no kind for them, or arrivals and no kind
// that arrives, and where phases of the same Replay have other Kinds. It costs some 20 ns a user who comes or goes.
func (s Schedule) Follow(kinds []scenario.Kind) (Course, error) {
	n := max(1, len(kinds))
	c := Course{Made: make([]int, n), Most: make([]int, n)}
	var r Roster
	for i := range s {
		if err := s.followPhase(i, kinds, &r, &c); err != nil {
			return Course{}, fmt.Errorf("phase %q: %w", s[i].Name, err)
		}
	}
	return c, nil
}

func (s Schedule) followPhase(i int, kinds []scenario.Kind, r *Roster, c *Course) error {
	if kinds == nil && (s[i].Kinds != nil || s[i].Paces != nil) {
		return errors.New("it has Kinds or Paces, and there is one kind of users only: want Runner.Kinds")
	}
	if kinds != nil {
		o, err := s.order(i, kinds)
		if err != nil {
			return err
		}
		r.Follow(o)
	}
	end, steps, reached := s.endOf(i), s.Steps(i, r.Users()), s.RampEnd(i)
	swap := func(n int) {
		for j := range n {
			at := steps.Swap(j)
			if reached = max(reached, min(at, end)); at >= end {
				break
			}
			_, k := r.Swap()
			c.Made[k]++
			c.note(r)
		}
	}
	for j, level := range s.turns(i, r.Users()) {
		if s[i].Stages != nil && s[i].Stages[j].For > 0 {
			swap(r.Pending()) // at once where they begin, after what jumps there
		}
		c.move(r, level)
	}
	swap(r.Pending())
	users := make([]int, len(c.Made))
	for k := range users {
		users[k] = r.Have(k)
	}
	c.Users, c.Reached, c.Settled = append(c.Users, users), append(c.Reached, reached), append(c.Settled, s.settledFrom(i, reached))
	return nil
}

// move brings the users to a level.
func (c *Course) move(r *Roster, level int) {
	if r.order == nil {
		c.Made[0] += max(0, level-r.users)
		r.users = level
	}
	for r.Users() < level {
		c.Made[r.Join()]++
		c.note(r)
	}
	for r.Users() > level {
		r.Leave()
		c.note(r) // the order of other shares may have more of a kind now
	}
	c.note(r)
}

func (c *Course) note(r *Roster) {
	for k := range c.Most {
		c.Most[k] = max(c.Most[k], r.Have(k))
	}
}

// order checks what phase i says of kinds, and returns the order of its users.
func (s Schedule) order(i int, kinds []scenario.Kind) (*Order, error) {
	p := s[i]
	o, err := NewOrder(kinds, p.Kinds)
	if err != nil && p.Kinds == nil {
		return nil, fmt.Errorf("the kinds of users: %w", err)
	} else if err != nil {
		return nil, fmt.Errorf("its Kinds: %w", err)
	}
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Paces)) {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("its Paces: unknown kind %q: want one of %s", name, strings.Join(names, ", "))
		}
	}
	switch shared := o.shares.sum > 0; {
	case p.Most() > 0 && p.Most() < o.Fixed():
		return nil, fmt.Errorf("the highest level is %d, and %s have a fixed count: want at least %d, or 0", p.Most(), fixedKinds(kinds), o.Fixed())
	case p.Most() > o.Fixed() && !shared:
		return nil, fmt.Errorf("the highest level is %d, and all kinds have a fixed count, %s: want %d, or a kind with a Weight", p.Most(), fixedKinds(kinds), o.Fixed())
	case p.Arrivals != nil && !shared:
		return nil, fmt.Errorf("all kinds have a fixed count, %s, and no user of these arrives: want a kind with a Weight", fixedKinds(kinds))
	}
	for _, other := range s[:i] {
		if p.Replay > 0 && other.Replay == p.Replay && !maps.Equal(other.Kinds, p.Kinds) {
			return nil, fmt.Errorf("its Kinds differ from those of phase %q with the same Replay, %d: want the same users in matched arms", other.Name, p.Replay)
		}
	}
	return o, nil
}

// Fit returns an error where the phase's Kinds, Paces, level or arrivals do not fit the kinds; see [Schedule.Follow].
func (p Phase) Fit(kinds []scenario.Kind) error {
	_, err := Schedule{p}.order(0, kinds)
	return err
}

// fixedKinds lists the kinds with a fixed count: "2 admin, 1 auditor".
func fixedKinds(kinds []scenario.Kind) string {
	var parts []string
	for _, k := range kinds {
		if k.Count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", k.Count, k.Name))
		}
	}
	return strings.Join(parts, ", ")
}

// PaceOf is the pacer of a kind in the phase: that of Paces, of Pace, the kind's own, or else the
// runner's.
func (p Phase) PaceOf(k scenario.Kind, runner scenario.Pacer) scenario.Pacer {
	return cmp.Or(p.Paces[k.Name], p.Pace, k.Pace, runner)
}
