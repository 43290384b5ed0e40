package report

// upgrade restates a Summary of schema 1 as one of this Schema: minimum, mean and maximum of the
// successes, and throughput.
func (s *Summary) upgrade() {
	if s.Schema >= 2 {
		return
	}
	s.Schema = 2
	s.Total.upgrade()
	for i := range s.Phases {
		s.Phases[i].upgrade()
	}
}

func (p *PhaseSummary) upgrade() {
	p.Throughput = p.RPS * (1 - share(p.Failures, p.Requests))
	for i := range p.Operations {
		o := &p.Operations[i]
		o.Throughput = o.RPS * (1 - o.FailureShare())
		if o.Failures > 0 {
			o.restate()
		}
	}
}

// restate takes the failures out of minimum, mean and maximum; what a file without sketches does not
// tell of the successes has no value.
func (o *Operation) restate() {
	o.ResponseMS.setSpread(o.Response)
	o.ServiceMS.setSpread(o.Service)
	if x := o.SuccessMS; o.Response.Count() == 0 && x != nil {
		o.ResponseMS.Min, o.ResponseMS.Mean, o.ResponseMS.Max = x.Min, x.Mean, x.Max
	}
}
