package phase

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/gensim/load-generator/scenario"
)

// Shares are the whole mix of the kinds without a fixed count, by name, in any unit:
// a kind left out has no users. Nil leaves each kind its own weight.
type Shares map[string]float64

// Paces replace the pace of the kinds that they name.
type Paces map[string]scenario.Pacer

// Order is the order in which users of several kinds join: each of its beginnings has
// each kind's share to less than one user. So which kinds the users of a level
// are follows from the level alone, and up, down and up again cannot make it
// drift. Fixed counts come first.
//
// It is Tijdeman's solution of the chairman assignment problem (1980): of the kinds
// that are owed enough, the one whose turn must come soonest has it. With K kinds no
// number of users is further from its share than 1 - 1/(2K-2). Not safe for
// concurrent use.
type Order struct {
	counts, shares cycle
	arrivals       cycle // the shares again, for arrivals
}

// mostKinds is how many kinds an Order has at most.
const mostKinds = 1 << 8

// NewOrder returns the order of kinds where some shares hold. It returns an error
// when there are more than 256 kinds, when shares is empty, names an unknown kind or one with a fixed count, or holds a
// number that is negative, NaN or infinite, and when there are kinds without a
// fixed count and all their shares are zero. The message lists the names.
func NewOrder(kinds []scenario.Kind, shares Shares) (*Order, error) {
	if len(kinds) > mostKinds {
		return nil, fmt.Errorf("there are %d kinds: want at most %d", len(kinds), mostKinds)
	}
	var counts []int64
	var weights []float64
	var names []string
	for _, k := range kinds {
		counts, weights = append(counts, int64(k.Count)), append(weights, k.Weight)
		if k.Count == 0 {
			names = append(names, k.Name)
		}
	}
	known := strings.Join(names, ", ")
	if err := shares.validate(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		switch i := slices.IndexFunc(kinds, func(k scenario.Kind) bool { return k.Name == name }); {
		case i < 0:
			return nil, fmt.Errorf("unknown kind %q: want one of %s", name, known)
		case kinds[i].Count > 0:
			return nil, fmt.Errorf("kind %q has a fixed count: want one of %s", name, known)
		}
	}
	if shares != nil {
		for i, k := range kinds {
			weights[i] = shares[k.Name]
		}
	}
	o := &Order{counts: newOf(counts), shares: newCycle(weights)}
	if o.shares.sum == 0 && len(names) > 0 {
		return nil, fmt.Errorf("all weights are zero: want at least one of %s above 0", known)
	}
	o.arrivals = newOf(o.shares.weights)
	return o, nil
}

// validate checks the numbers in the order of the names.
func (s Shares) validate() error {
	if s != nil && len(s) == 0 {
		return errors.New("the mix of kinds is empty: want at least one")
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !finite(s[name]) {
			return fmt.Errorf("the share of %q is %v: want a finite number of at least 0", name, s[name])
		}
	}
	return nil
}

// Fixed is how many users have a kind with a fixed count.
func (o *Order) Fixed() int { return int(o.counts.sum) }

// Kind is the index of the n-th user's kind, n from 1, in the order of the kinds.
func (o *Order) Kind(n int) int {
	at, fixed := int64(n-1), o.counts.sum
	if at < fixed || o.shares.sum == 0 { // only a level set by hand is above all counts and without shares
		return o.counts.at(at)
	}
	return o.shares.at(at - fixed)
}

// Counts is how many users of each kind a level of n has.
func (o *Order) Counts(n int) []int {
	have := make([]int, len(o.shares.weights))
	fixed := min(int64(n), o.counts.sum)
	if o.shares.sum == 0 {
		fixed = int64(n)
	}
	o.counts.count(fixed, have)
	o.shares.count(int64(n)-fixed, have)
	return have
}

// Arrival is the index of the kind of the next arrival. Fixed counts do not arrive.
func (o *Order) Arrival() int { return o.arrivals.next() }

// Skip passes over the next n arrivals and adds to each kind's number how many of them it has.
func (o *Order) Skip(n uint64, arrived []uint64) {
	c, sum := &o.arrivals, uint64(o.arrivals.sum)
	for i, w := range c.weights {
		arrived[i] += n / sum * uint64(w)
	}
	for range n % sum {
		arrived[c.next()]++
	}
}

// Share is the share of a kind, by its index, of the users above the fixed counts: 0 to 1.
func (o *Order) Share(kind int) float64 {
	if o.shares.sum == 0 {
		return 0
	}
	return float64(o.shares.weights[kind]) / float64(o.shares.sum)
}

// cycle deals turns to kinds by their weights, over and over: after sum turns each
// has had exactly its weight.
type cycle struct {
	weights []int64 // without a common divisor
	owed    []int64 // of a kind: its share so far minus its turns, times sum
	sum     int64   // of the weights
	spread  int64   // 2K-2, of the K kinds with a weight; 0: one kind
	made    []uint8 // the first turns, as far as they have been asked for
}

// The weights of kinds are taken to six decimal places, so that .1 and .2 have a short cycle. They are
// scaled down where the cycle would be longer than longestCycle, which moves a share by a
// billionth.
const weightUnit, longestCycle = 1e6, 1 << 30

// newCycle returns the turns of weights, which are finite and not negative.
func newCycle(weights []float64) cycle {
	most := slices.Max(weights)
	var sum float64 // of weights relative to the largest, so that it cannot overflow
	for _, w := range weights {
		sum += w / max(most, math.SmallestNonzeroFloat64)
	}
	whole := make([]int64, len(weights))
	var divisor int64
	for i, w := range weights {
		if w > 0 {
			if w *= weightUnit; most*sum*weightUnit > longestCycle {
				w = weights[i] / most * (longestCycle / sum)
			}
			whole[i] = max(1, int64(math.RoundToEven(w)))
			divisor = gcd(whole[i], divisor)
		}
	}
	for i := range whole {
		if divisor > 0 {
			whole[i] /= divisor
		}
	}
	return newOf(whole)
}

// newOf returns the turns of whole weights, from the first one on.
func newOf(weights []int64) cycle {
	c := cycle{weights: weights, owed: make([]int64, len(weights)), spread: -2}
	for _, w := range weights {
		c.sum += w
		if w > 0 {
			c.spread += 2
		}
	}
	return c
}

// at is who has turn i, from 0.
func (c *cycle) at(i int64) int {
	i %= c.sum
	for int64(len(c.made)) <= i {
		c.made = append(c.made, uint8(c.next()))
	}
	return int(c.made[i])
}

// count adds the first n turns to have.
func (c *cycle) count(n int64, have []int) {
	if n <= 0 {
		return
	}
	for i, w := range c.weights {
		have[i] += int(n / c.sum * w)
	}
	for i := range n % c.sum {
		have[c.at(i)]++
	}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// next deals one turn. Some weight is above 0.
func (c *cycle) next() int {
	best, soonest := -1, int64(0)
	for i, w := range c.weights {
		c.owed[i] += w
		if w == 0 || c.spread*c.owed[i] < c.sum && c.spread > 0 {
			continue
		}
		left := (c.spread-1)*c.sum - c.spread*c.owed[i] // until its turn must have come, times its weight
		if best < 0 || sooner(left, w, soonest, c.weights[best]) {
			best, soonest = i, left
		}
	}
	c.owed[best] -= c.sum
	return best
}

// sooner reports whether a/v < b/w, v and w being above 0.
func sooner(a, v, b, w int64) bool {
	if a < 0 || b < 0 {
		if a >= 0 || b >= 0 {
			return a < b
		}
		a, v, b, w = -b, w, -a, v
	}
	h1, l1 := bits.Mul64(uint64(a), uint64(w))
	h2, l2 := bits.Mul64(uint64(b), uint64(v))
	return h1 < h2 || h1 == h2 && l1 < l2
}
