package metrics

import "github.com/gensim/load-generator/report"

// own passes on what is in no count of requests: transactions, requests by tag and figures of the script. Each sort has
// labels within the bounds of operations.
func (r *Run) own(o *out) {
	transactions, tags, figures := map[row]*cell{}, map[row]*cell{}, map[report.Sort]map[row]report.Figure{}
	add := func(to map[row]*cell, sort report.Sort, phase string, list []report.Operation) {
		for i := range list {
			at := r.ownNames(sort).row(phase, list[i].Op())
			if to[at] == nil {
				to[at] = new(cell)
			}
			to[at].add(&list[i])
		}
	}
	for i := range r.figs.Phases {
		p := &r.figs.Phases[i]
		phase := r.phase(p.Name)
		add(transactions, report.SortTransaction, phase, p.Transactions)
		add(tags, report.SortTag, phase, p.Tags)
		for _, f := range p.Figures {
			at := r.ownNames(f.Sort).row(phase, f.Op())
			if figures[f.Sort] == nil {
				figures[f.Sort] = map[row]report.Figure{}
			}
			if before, ok := figures[f.Sort][at]; ok {
				f = report.PoolFigures(0, before, f)
			}
			figures[f.Sort][at] = f
		}
	}
	for at, c := range transactions {
		o.transactions(c, at)
	}
	for at, c := range tags {
		o.tagged(c, at)
	}
	for at, f := range figures[report.SortCounter] {
		o.Count(counts, f.N, at.phase, at.kind, at.operation)
	}
	for at, f := range figures[report.SortRate] {
		o.Count(answers, f.N, at.phase, at.kind, at.operation, "yes")
		o.Count(answers, f.Of-f.N, at.phase, at.kind, at.operation, "no")
	}
	for at, f := range figures[report.SortValue] {
		o.Histogram(value, f.Sketch, nil, at.phase, at.kind, at.operation)
	}
}

// transactions passes on the transactions of a row.
func (o *out) transactions(c *cell, at row) {
	o.Count(transactionsCut, c.cut, at.phase, at.kind, at.operation)
	for _, x := range c.outcomes() {
		o.Histogram(transaction, x.times, nil, at.phase, at.kind, at.operation, x.outcome)
	}
}

// tagged passes on requests with a tag, which ends the name of their operation.
func (o *out) tagged(c *cell, at row) {
	of, tag := report.Op{Name: at.operation}.Untagged()
	for _, x := range c.outcomes() {
		o.Histogram(tagged, x.times, nil, at.phase, at.kind, of.Name, tag, x.outcome)
	}
}

// ownNames are the names of a sort.
func (r *Run) ownNames(sort report.Sort) *names {
	if r.others[sort] == nil {
		r.others[sort] = newNames()
	}
	return r.others[sort]
}
