package scenario

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/dist/stream"
)

func TestNewDispatcherRefuses(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name    string
		tasks   []Task
		weights map[string]float64
		want    string
	}{
		{"no tasks", nil, nil, "a user has no task: want at least one"},
		{"empty name", []Task{{Name: "a", Weight: 1}, {Weight: 1}}, nil, "task 2 has no name"},
		{"name twice", []Task{{Name: "a", Weight: 1}, {Name: "a", Weight: 1}}, nil,
			`task name "a" is used twice: want unique names`},
		{"unknown", weighted(1, 2), map[string]float64{"z": 1, "y": 1, "a": 1},
			`weights: unknown task "y": want one of a, b`},
		{"negative", weighted(1, -2), nil,
			`weight of task "b" is -2: want a finite number of at least 0 (tasks: a, b)`},
		{"negative by name", weighted(1, 2), map[string]float64{"a": -1},
			`weight of task "a" is -1: want a finite number of at least 0 (tasks: a, b)`},
		{"NaN", weighted(1, 2), map[string]float64{"b": nan},
			`weight of task "b" is NaN: want a finite number of at least 0 (tasks: a, b)`},
		{"negative, but the mix leaves it out", weighted(1, -2), map[string]float64{"a": 1},
			`weight of task "b" is -2: want a finite number of at least 0 (tasks: a, b)`},
		{"NaN, but the mix replaces it", weighted(1, nan), map[string]float64{"a": 1, "b": 1},
			`weight of task "b" is NaN: want a finite number of at least 0 (tasks: a, b)`},
		{"empty mix", weighted(1, 2), map[string]float64{}, "weights: the mix is empty: want at least one of a, b"},
		{"infinite", weighted(inf), nil,
			`weight of task "a" is +Inf: want a finite number of at least 0 (tasks: a)`},
		{"all zero", weighted(1, 0, 2), map[string]float64{"a": 0, "c": 0},
			"all weights are zero: want at least one of a, b, c above 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := NewDispatcher(c.tasks, c.weights)
			assert.EqualError(t, err, c.want)
			assert.Nil(t, d)
		})
	}
}

func TestDispatcherShares(t *testing.T) {
	for _, c := range []struct {
		tasks   []Task
		weights map[string]float64
		want    []float64
	}{
		{weighted(40, 30, 15, 10, 5), nil, []float64{.4, .3, .15, .1, .05}},
		{weighted(40, 30, 15, 10, 5), map[string]float64{"a": 1, "b": 1}, []float64{.5, .5, 0, 0, 0}},
		{weighted(1, 1), map[string]float64{"b": 3}, []float64{0, 1}},
		{weighted(1, 1), map[string]float64{"a": 1, "b": 0}, []float64{1, 0}},
		{weighted(1, 1), map[string]float64{"a": 1, "b": 3}, []float64{.25, .75}},
		{weighted(0, 0, 0), map[string]float64{"b": .1}, []float64{0, 1, 0}},
		{weighted(math.MaxFloat64, math.MaxFloat64), nil, []float64{.5, .5}},
		{weighted(5e-324, 5e-324), nil, []float64{.5, .5}},
	} {
		d, err := NewDispatcher(c.tasks, c.weights)
		require.NoError(t, err)
		for i, share := range d.Shares() {
			assert.Equal(t, c.tasks[i].Name, share.Name)
			assert.InDelta(t, c.want[i], share.Share, 1e-15)
			assert.Equal(t, c.want[i] == 0, slices.Contains(d.Idle(), share.Name), "%v", d.Idle())
		}
	}
}

func TestSharesBelongToTheCaller(t *testing.T) {
	d, err := NewDispatcher(weighted(1, 3), nil)
	require.NoError(t, err)
	d.Shares()[0].Share = 7
	assert.InDelta(t, .25, d.Shares()[0].Share, 0)
}

// TestMixIsWhole draws mixes of some of the tasks: their shares are their
// weights and no other task has any, whatever the tasks' own weights are.
func TestMixIsWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 2000 {
		own := make([]float64, 1+r.IntN(8))
		for i := range own {
			own[i] = float64(r.IntN(50))
		}
		tasks, mix, sum := weighted(own...), map[string]float64{}, 0.0
		for _, i := range r.Perm(len(tasks))[:1+r.IntN(len(tasks))] {
			w := math.Exp(3 * r.NormFloat64())
			mix[tasks[i].Name], sum = w, sum+w
		}
		d, err := NewDispatcher(tasks, mix)
		require.NoError(t, err)
		for i, p := range chances(d) {
			require.InDelta(t, mix[tasks[i].Name]/sum, p, 1e-14, "tasks %v, mix %v", own, mix)
			require.Equal(t, mix[tasks[i].Name] == 0, p == 0, "tasks %v, mix %v", own, mix)
		}
	}
}

// chances reads the exact probability of each task off the alias table.
func chances(d *Dispatcher) []float64 {
	p := make([]float64, len(d.shares))
	for _, c := range d.columns {
		own := math.Ldexp(float64(c.threshold), -64)
		p[c.own] += own / float64(len(d.columns))
		p[c.other] += (1 - own) / float64(len(d.columns))
	}
	return p
}

func TestAliasTableIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		weights := make([]float64, 1+r.IntN(20))
		for i := range weights {
			weights[i] = math.Exp(20 * r.NormFloat64())
			if r.IntN(4) == 0 {
				weights[i] = 0
			}
		}
		weights[0] = 1
		d, err := NewDispatcher(weighted(weights...), nil)
		require.NoError(t, err)
		for i, p := range chances(d) {
			require.InDelta(t, d.shares[i].Share, p, 1e-14, "weights %v", weights)
			if weights[i] == 0 {
				require.Zero(t, p, "weights %v", weights)
			}
		}
	}
}

func TestPickTakesOneDraw(t *testing.T) {
	d, err := NewDispatcher(weighted(70, 20, 9, 1), nil)
	require.NoError(t, err)
	for _, u := range []uint64{0, 1, 1 << 62, 1 << 63, math.MaxUint64 - 1, math.MaxUint64} {
		src := fixedRand{u, 42}
		assert.Less(t, d.Pick(&src), 4)
		assert.Len(t, src, 1)
	}
}

// TestPickSplitsAColumnExactly: with weights 1 and 3 the first column belongs
// to the poorer task up to its middle.
func TestPickSplitsAColumnExactly(t *testing.T) {
	d, err := NewDispatcher(weighted(1, 3), nil)
	require.NoError(t, err)
	for draw, want := range map[uint64]int{0: 0, 1<<62 - 1: 0, 1 << 62: 1, 1<<63 - 1: 1, 1 << 63: 1, math.MaxUint64: 1} {
		assert.Equal(t, want, d.Pick(&fixedRand{draw}), "%#x", draw)
	}
}

// TestPickProportions compares 200,000 choices of 70/20/9/1 with their shares.
func TestPickProportions(t *testing.T) {
	const n, limit = 200_000, 35 // chi2 with 3 degrees of freedom: p = 1.2e-7
	shares := []float64{.7, .2, .09, .01}
	d, err := NewDispatcher(weighted(70, 20, 9, 1), nil)
	require.NoError(t, err)
	statistic := func(pick func(rand.Source) int) float64 {
		src := choices(1)
		counts := make([]int, len(shares))
		for range n {
			counts[pick(&src)]++
		}
		return chi2(counts, shares)
	}
	below := func(limits []int, x int) int { // first i with x < limits[i]
		for i, l := range limits {
			if x < l {
				return i
			}
		}
		return len(limits)
	}

	assert.Less(t, statistic(d.Pick), float64(limit))
	for name, mutant := range map[string]func(rand.Source) int{
		"<= off by one": func(src rand.Source) int { return below([]int{71, 91, 100}, rand.New(src).IntN(100)) },
		"IntN(101)":     func(src rand.Source) int { return below([]int{70, 90, 99}, rand.New(src).IntN(101)) },
		"small class starved by 20 %": func(src rand.Source) int {
			i := d.Pick(src)
			if i == 3 && rand.New(src).IntN(5) == 0 {
				return 0
			}
			return i
		},
	} {
		assert.Greater(t, statistic(mutant), float64(limit), name)
	}
}

// TestPickGolden freezes the choices of a seed: they are part of a published
// result.
func TestPickGolden(t *testing.T) {
	d, err := NewDispatcher(weighted(40, 30, 15, 10, 5), nil)
	require.NoError(t, err)
	src := choices(1)
	picks := make([]byte, 64)
	for i := range picks {
		picks[i] = byte('a' + d.Pick(&src))
	}
	assert.Equal(t, "daabbcbcababaebacbcabaabbbbadabbbebdbbbecbbccabaaaaaacaeabbbaaad", string(picks))
}

func TestPickDoesNotAllocate(t *testing.T) {
	d, err := NewDispatcher(weighted(40, 30, 15, 10, 5), nil)
	require.NoError(t, err)
	src := choices(1)
	assert.Zero(t, testing.AllocsPerRun(1000, func() { d.Pick(&src) }))
}

func BenchmarkPick(b *testing.B) {
	many := make([]Task, 1000)
	for i := range many {
		many[i] = Task{Name: string(rune('0' + i)), Weight: float64(i)}
	}
	for _, c := range []struct {
		name  string
		tasks []Task
	}{{"tasks=5", weighted(40, 30, 15, 10, 5)}, {"tasks=1000", many}} {
		b.Run(c.name, func(b *testing.B) {
			d, err := NewDispatcher(c.tasks, nil)
			require.NoError(b, err)
			src := choices(1)
			b.ReportAllocs()
			for b.Loop() {
				d.Pick(&src)
			}
		})
	}
}

// weighted makes tasks a, b, c and so on.
func weighted(weights ...float64) []Task {
	tasks := make([]Task, len(weights))
	for i, w := range weights {
		tasks[i] = Task{Name: string(rune('a' + i)), Weight: w}
	}
	return tasks
}

func choices(seed uint64) rand.PCG {
	return stream.Key{Seed: seed, Purpose: stream.Choice, User: 1}.Source()
}
