package main

import (
	"encoding/json"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/gensim/load-generator/bench/internal/page"
	"github.com/gensim/load-generator/bench/internal/rig"
	"github.com/gensim/load-generator/bench/internal/work"
)

// contender is one who takes part in a contest. run makes one run and returns its
// figures by name.
type contender struct {
	name   string
	absent error // why it can't take part
	run    func() (figures, error)
}

// figures are those of one run, by name.
type figures map[string]float64

// contest is several rounds in which all contenders take turns, in an order
// that changes from round to round, so that what changes on the machine
// meets all of them alike.
type contest struct {
	order  []string // those with figures, as they were given
	series map[string]map[string]page.Series
}

// hold runs the contest. A contender that fails is out, and a note says why.
func (b *bench) hold(all []contender) contest {
	all = b.wanted(all)
	c := contest{series: map[string]map[string]page.Series{}}
	for round := range b.rounds {
		turn := rand.New(rand.NewPCG(1, uint64(round))).Perm(len(all))
		for _, i := range turn {
			if b.ctx.Err() != nil || all[i].absent != nil {
				continue
			}
			f, err := all[i].run()
			if b.ctx.Err() != nil {
				continue // it may have been cut
			}
			if all[i].absent = err; err == nil {
				b.say("round %d: %s: %s", round+1, all[i].name, f)
				c.add(all[i].name, round, f)
			}
		}
	}
	for _, x := range all {
		if x.absent != nil {
			b.note("%s is absent: %v", x.name, x.absent)
			delete(c.series, x.name)
		}
		if c.series[x.name] != nil {
			c.order = append(c.order, x.name)
		}
	}
	return c
}

// wanted leaves out whom -only does not name.
func (b *bench) wanted(all []contender) []contender {
	return slices.DeleteFunc(all, func(c contender) bool { return !b.only.MatchString(c.name) })
}

func (c contest) add(name string, round int, f figures) {
	if c.series[name] == nil {
		c.series[name] = map[string]page.Series{}
	}
	for key, value := range f {
		s := c.series[name][key]
		for len(s) <= round {
			s = append(s, math.NaN())
		}
		s[round] = value
		c.series[name][key] = s
	}
}

// get returns one figure of one contender over all rounds.
func (c contest) get(name, figure string) page.Series { return c.series[name][figure] }

// table makes a table with a row for each contender and a column for each figure, median and extremes; a head
// "figure: words" shows other words than the figure's name.
func (c contest) table(title, first string, columns ...string) *page.Table {
	return c.tableOf(page.Series.Cell, title, first, columns)
}

// tableOf is table with another cell.
func (c contest) tableOf(cell func(page.Series) string, title, first string, columns []string) *page.Table {
	t := &page.Table{Title: title, Head: []string{first}}
	for _, name := range c.order {
		t.Add(name)
	}
	for _, col := range columns {
		figure, words, found := strings.Cut(col, ": ")
		if !found {
			words = col
		}
		t.Head = append(t.Head, words)
		for i, name := range c.order {
			t.Rows[i] = append(t.Rows[i], cell(c.get(name, figure)))
		}
	}
	return t
}

// over adds a figure to every contender: another one as a ratio to that of
// one contender, round by round.
func (c contest) over(figure, base, as string) {
	for name := range c.series {
		c.series[name][as] = c.get(name, figure).Over(c.get(base, figure))
	}
}

func (f figures) String() string {
	keys := slices.Sorted(maps.Keys(f))
	for i, key := range keys {
		keys[i] = key + " " + page.Number(f[key])
	}
	return strings.Join(keys, ", ")
}

// command is the process that does a job.
func command(j work.Job) (rig.Command, error) {
	self, err := os.Executable()
	if err != nil {
		return rig.Command{}, err
	}
	text, err := json.Marshal(j)
	if err != nil {
		return rig.Command{}, err
	}
	return rig.Command{Name: self, Args: []string{"work", string(text)}}, nil
}

// do runs a job in its own process on some cores.
func (b *bench) do(cores string, j work.Job) (o work.Outcome, u rig.Usage, err error) {
	c, err := command(j)
	if err != nil {
		return o, u, err
	}
	return b.run(cores, c)
}

// run runs a command to its end. Of a process of our own it returns the Outcome, and failed requests are an error.
func (b *bench) run(cores string, c rig.Command) (o work.Outcome, u rig.Usage, err error) {
	var out strings.Builder
	own := len(c.Args) > 0 && c.Args[0] == "work"
	if own {
		c.Stdout = &out
	}
	if u, err = rig.Run(b.ctx, cores, c); err != nil || !own {
		return o, u, err
	}
	if err = json.Unmarshal([]byte(out.String()), &o); err != nil {
		return o, u, err
	}
	return o, u, o.Trouble()
}

func megabytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// counted runs something and returns how many requests the target served meanwhile.
func (b *bench) counted(n *rig.Nginx, run func() (rig.Usage, error)) (requests float64, u rig.Usage, err error) {
	before, err := n.Served(b.ctx)
	if err != nil {
		return 0, u, err
	}
	if u, err = run(); err != nil {
		return 0, u, err
	}
	after, err := n.Served(b.ctx)
	return float64(after - before), u, err
}
